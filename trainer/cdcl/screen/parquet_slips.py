"""What stands where a parquet file was looked for: Arrow's own files, text, a folder of parts; and how to mend it."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PART = re.compile(r"part[-_.]?\d|.*-\d+\.parquet$")
"""part-00000-..., part.0.parquet and 5f3c-0.parquet."""

_ARROW = (b"ARROW1", b"\xff\xff\xff\xff", b"FEA1")
"""How Arrow's files (Feather), its streams, and the first Feather begin."""

MOST_SEEN = 1000
"""Files of a folder that are looked at for parts."""


def no_parquet(path: Path) -> str:
    """Say what a file is that is called .parquet and begins otherwise, and how to mend it; "" where it is one."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return ""
    if head.startswith(b"PAR1"):
        return ""
    if head.startswith(_ARROW):
        return f"{path} is an Arrow (Feather) file, no parquet: write it with `to_parquet`, or as CSV."
    if head and all(byte >= 32 or byte in b"\t\r\n" for byte in head):
        return f"{path} is not readable as parquet, for it is text: call it .csv."
    return ""


def parquet_parts(folder: Path) -> str:
    """Say that a folder holds a parquet table in parts (as Spark, Dask and pyarrow write it); "" where it does not."""
    if not folder.is_dir():
        return ""
    files = [*islice(folder.glob("*.parquet"), MOST_SEEN), *islice(folder.glob("*=*/**/*.parquet"), MOST_SEEN)]
    sure = folder.suffix == ".parquet"
    parts = [file for file in files if file.is_file() and (sure or "=" in file.parent.name or _PART.match(file.name))]
    if not parts:
        return ""
    return (
        f"{folder} is a folder of {len(parts)} parquet files, parts of a table as it seems: join them into one file, "
        f"as pandas.read_parquet('{folder.name}').to_parquet('joined.parquet') does."
    )
