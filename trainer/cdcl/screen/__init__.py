"""What a screen is: its table, its pixels, their intensities, and which rows are held out."""

from cdcl.screen.screen import Screen

__all__ = ["Screen"]
