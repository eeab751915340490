"""Text on disk whose encoding and line ends are not known beforehand."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cdcl.bounded import check_gzip, check_regular
from cdcl.errors import ScreenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENCODING_BYTES = 2**20
"""So much of a file tells its encoding."""


@contextmanager
def opened_text(path: Path) -> Iterator[io.TextIOWrapper]:
    """Open a text file, gzipped or not, in its own encoding; any line ends (CR, LF, CRLF) become newlines."""
    encoding = encoding_of(path)
    with (
        gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as binary,
        io.TextIOWrapper(binary, encoding=encoding) as text,
    ):
        yield text


def read_text(path: Path) -> str:
    """Read a text file (gzipped or not) whose encoding is not known; any line ends become newlines.

    Raises
    ------
    ScreenError
        If the file is missing or cannot be decoded.
    """
    try:
        with opened_text(path) as text:
            return text.read()
    except FileNotFoundError as error:
        raise ScreenError(f"no table at {path}.") from error
    except (OSError, ValueError, EOFError, zlib.error) as error:
        reason = " ".join(str(error).split())[:160]
        raise ScreenError(f"{path} cannot be read as text ({reason}); save it anew.") from error


def encoding_of(path: Path) -> str:
    """Tell UTF-8 and UTF-16, also without their marks, and UTF-32; all else is what spreadsheets in the West write."""
    if path.exists():
        (check_gzip if path.name.lower().endswith(".gz") else check_regular)(path, ScreenError)
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    with opener(path, "rb") as binary:
        head = binary.read(ENCODING_BYTES)
    # First: the mark of UTF-32 begins with that of UTF-16.
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Of text in Latin letters every second byte is 0 in UTF-16; no other text holds that many.
    if head[1:200:2].count(0) > 50:
        return "utf-16-le"
    if head[0:200:2].count(0) > 50:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
