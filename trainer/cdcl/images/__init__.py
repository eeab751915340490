"""Image files: formats, planes within files, remote objects, reduction. Knows no screen."""
