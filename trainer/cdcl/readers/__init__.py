"""Recognise how a screen lies on disk and read its table; no pixel is touched."""

from cdcl.readers.description import ScanReport, describe
from cdcl.readers.sources import READERS, read_screen

__all__ = ["READERS", "ScanReport", "describe", "read_screen"]
