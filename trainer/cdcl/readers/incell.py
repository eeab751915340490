"""IN Cell Analyzer: `A - 1(fld 1 wv DAPI - DAPI z 2).tif`."""

from __future__ import annotations

import re

from cdcl.readers.filenames import FileNames

_NAME = re.compile(
    r"(?P<well>[A-Za-z]{1,2} ?- ?\d{1,2})\(fld (?P<site>\d+)(?: ?- ?[^)]*?)??(?: wv (?P<channel>[^)]+?))?"
    r"(?: z (?P<z>\d+))?(?: time (?P<t>\d+)(?: - [^)]*)?)?\)\.(?:tiff?|TIFF?)"
)

LAYOUT = FileNames(_NAME, "images 'A - 1(fld 1 wv DAPI - DAPI).tif' in a folder a plate")
