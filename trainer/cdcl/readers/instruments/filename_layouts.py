"""Microscopes whose layout is told by file names alone: one pattern each."""

from __future__ import annotations

import re

from cdcl.readers.filenames import FileNames

_ARRAYSCAN_NAME = re.compile(
    r"(?P<plate>.+)_(?P<well>[A-Za-z]{1,2}\d{2})f(?P<site>\d+)(?P<channel>d\d+)\.(?:tiff?|TIFF?)"
)
ARRAYSCAN = FileNames(_ARRAYSCAN_NAME, "images <plate>_D03f00d0.tif, with fields and channels counted from 0")
"""Cellomics ArrayScan, exported as TIFF: `<plate>_D03f00d0.tif`: well, field, number of the channel."""

_GEN5_NAME = re.compile(
    r"(?P<well>[A-Za-z]{1,2}\d{1,2})_\d{2}_\d+_(?P<site>\d+)(?:Z(?P<z>\d+))?_(?P<channel>.+)_(?P<t>\d{3})"
    r"\.(?:tiff?|TIFF?)"
)
GEN5 = FileNames(_GEN5_NAME, "images D6_01_1_2_DAPI_001.tif in a folder a plate")
"""BioTek Cytation (Gen5): `D6_01_1_2_DAPI_001.tif`: well, step, channel number, field, channel, time."""

_INCELL_NAME = re.compile(
    r"(?P<well>[A-Za-z]{1,2} ?- ?\d{1,2})\(fld (?P<site>\d+)(?: ?- ?[^)]*?)??(?: wv (?P<channel>[^)]+?))?"
    r"(?: z (?P<z>\d+))?(?: time (?P<t>\d+)(?: - [^)]*)?)?\)\.(?:tiff?|TIFF?)"
)
INCELL = FileNames(_INCELL_NAME, "images 'A - 1(fld 1 wv DAPI - DAPI).tif' in a folder a plate")
"""IN Cell Analyzer: `A - 1(fld 1 wv DAPI - DAPI z 2).tif`."""

_INCELL_7_NAME = re.compile(
    r"(?P<row>[A-Za-z]{1,2})_(?P<column>\d{1,2})_f(?P<site>\d+)_c\d+_x[^_]+_m(?P<channel>[^_]+)_z(?P<z>\d+)_t(?P<t>\d+)"
    r"\.(?:tiff?|TIFF?)"
)
INCELL_7 = FileNames(_INCELL_7_NAME, "images A_01_f1_c1_xUV_mDAPI_z0_t0.tif in a folder a plate")
"""IN Cell Analyzer 7: `A_01_f2_c1_xUV_mDAPI_z0_t0.tif`: row, column, field, channel, excitation, emission, z, time."""
