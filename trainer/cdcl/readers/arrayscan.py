"""Cellomics ArrayScan, exported as TIFF: `<plate>_D03f00d0.tif`: well, field, number of the channel."""

from __future__ import annotations

import re

from cdcl.readers.filenames import FileNames

_NAME = re.compile(r"(?P<plate>.+)_(?P<well>[A-Za-z]{1,2}\d{2})f(?P<site>\d+)(?P<channel>d\d+)\.(?:tiff?|TIFF?)")

LAYOUT = FileNames(_NAME, "images <plate>_D03f00d0.tif, with fields and channels counted from 0")
