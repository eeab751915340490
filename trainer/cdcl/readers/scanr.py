"""Olympus scan^R: `A1--W00001--P00001--Z00000--T00000--GFP.tif`, in the folder `data` of a plate."""

from __future__ import annotations

import re

from cdcl.readers.filenames import FileNames

_NAME = re.compile(
    r"(?P<well>[A-Za-z]{1,2}\d{1,2})--W\d+--P(?P<site>\d+)--Z(?P<z>\d+)--T(?P<t>\d+)--(?P<channel>.+)\.(?:tiff?|TIFF?)"
)

LAYOUT = FileNames(_NAME, "images A1--W00001--P00001--Z00000--T00000--GFP.tif in <plate>/data")
