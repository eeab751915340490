"""The napari plugin: shows what a screen and its runs hold, and never imports torch."""

from __future__ import annotations

from cdcl import __version__

__all__ = ["__version__"]
