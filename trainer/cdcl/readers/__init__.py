"""Recognise how a screen lies on disk and read its table; no pixel is touched."""

from cdcl.readers.choosing import Choice
from cdcl.readers.description import ScanReport, describe
from cdcl.readers.guessing import Guess, guess_pattern
from cdcl.readers.layouts import LAYOUTS
from cdcl.readers.metadata.batches import assign_batches, propose_batches
from cdcl.readers.metadata.platemap import join_platemap
from cdcl.readers.metadata.platemap_files import read_platemap
from cdcl.readers.pattern import Preview, preview
from cdcl.readers.sources import Request, Scan, read_screen, scan_source
from cdcl.readers.tables.layouts import READERS
from cdcl.readers.walking import walk

__all__ = [
    "LAYOUTS",
    "READERS",
    "Choice",
    "Guess",
    "Preview",
    "Request",
    "Scan",
    "ScanReport",
    "assign_batches",
    "describe",
    "guess_pattern",
    "join_platemap",
    "preview",
    "propose_batches",
    "read_platemap",
    "read_screen",
    "scan_source",
    "walk",
]
