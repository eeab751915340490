"""BioTek Cytation (Gen5): `D6_01_1_2_DAPI_001.tif`: well, step, channel number, field, channel, time."""

from __future__ import annotations

import re

from cdcl.readers.filenames import FileNames

_NAME = re.compile(
    r"(?P<well>[A-Za-z]{1,2}\d{1,2})_\d{2}_\d+_(?P<site>\d+)(?:Z(?P<z>\d+))?_(?P<channel>.+)_(?P<t>\d{3})"
    r"\.(?:tiff?|TIFF?)"
)

LAYOUT = FileNames(_NAME, "images D6_01_1_2_DAPI_001.tif in a folder a plate")
