"""Tables and text on disk whose encoding, separator and line ends nobody told."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from cdcl.errors import ScreenError

if TYPE_CHECKING:
    from pathlib import Path

LARGE_BYTES = 16 * 2**20
"""Larger text tables are read by the faster of two readers."""

ENCODING_BYTES = 2**20
"""So much of a table tells its encoding."""


def read_text_table(path: Path) -> pd.DataFrame:
    """Read a table as text, commas between columns, or tabs in .tsv and .txt; raises what its parsers raise."""
    name = path.name.lower()
    separator = "\t" if ".tsv" in name or ".txt" in name else ","
    if path.stat().st_size > LARGE_BYTES:
        try:
            return _read_large_text(path, separator)
        except (pa.ArrowException, UnicodeDecodeError):
            pass  # What it finds odd, the slower reader may still take, or name better.
    with gzip.open(path) if name.endswith(".gz") else path.open("rb") as binary:
        # Text mode turns all line ends, also the bare CR of old spreadsheets, into newlines.
        text = io.TextIOWrapper(binary, encoding=_encoding(path))
        return pd.read_csv(text, sep=separator, dtype=str, na_filter=False, index_col=False)


def read_text(path: Path) -> str:
    """Read a text file (gzipped or not) whose encoding nobody told; any line ends become newlines.

    Raises
    ------
    ScreenError
        If the file is missing or cannot be decoded.
    """
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as binary:
            return io.TextIOWrapper(binary, encoding=_encoding(path)).read()
    except FileNotFoundError as error:
        raise ScreenError(f"no table at {path}.") from error
    except (OSError, ValueError, EOFError, zlib.error) as error:
        reason = " ".join(str(error).split())[:160]
        raise ScreenError(f"{path} cannot be read as text ({reason}); save it anew.") from error


def _read_large_text(path: Path, separator: str) -> pd.DataFrame:
    parsing = pacsv.ParseOptions(delimiter=separator, newlines_in_values=True)
    with pacsv.open_csv(path, parse_options=parsing) as reader:
        kinds = dict.fromkeys(reader.schema.names, pa.large_string())
    converting = pacsv.ConvertOptions(column_types=kinds, strings_can_be_null=False)
    table: pd.DataFrame = pacsv.read_csv(path, parse_options=parsing, convert_options=converting).to_pandas()
    return table


def _encoding(path: Path) -> str:
    """Tell UTF-8 and UTF-16 by their marks; what is neither is what spreadsheets in the West write."""
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    with opener(path, "rb") as binary:
        head = binary.read(ENCODING_BYTES)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
