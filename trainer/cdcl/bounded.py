"""Read a file that may not be what its name claims: regular files only, no more bytes than it may have."""

from __future__ import annotations

import gzip
import json
import stat
import tomllib
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from cdcl.errors import CDCLError
from cdcl.os_errors import describe

if TYPE_CHECKING:
    from pathlib import Path

MOST_TEXT = 64 * 2**20
"""Bytes of the longest text that is read whole: far beyond any config, card or table of intensities."""


UNPACKED_FREE = 512 * 2**20
"""Bytes that any archive may unpack to."""

UNPACKED_RATIO = 100
"""... and so many times its size beyond: tables and masks shrink by 5 to 50, a bomb by 1000."""


def check_regular(path: Path, kind: type[CDCLError] = CDCLError) -> int:
    """Give the size of a regular file in bytes; a pipe would be waited for without end, a device never ends.

    Raises
    ------
    CDCLError
        Of `kind`, if there is none, or something else stands there.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a name that holds NUL
        raise kind(describe(error) if isinstance(error, OSError) else f"{str(path)!r} is no name of a file.") from error
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        raise kind(f"{path} is {what}, no file; move it away, or name another.")
    return status.st_size


def read_bytes(path: Path, kind: type[CDCLError] = CDCLError, most: int = MOST_TEXT) -> bytes:
    """Read a regular file whole.

    Raises
    ------
    CDCLError
        Of `kind`, if it is none, cannot be read, or is longer than `most` bytes.
    """
    size = check_regular(path, kind)
    if size > most:
        raise kind(f"{path} has {size:,} bytes, more than the {most:,} that such a file may have; is it another file?")
    try:
        with path.open("rb") as file:
            # It may have grown since, or claim to be empty, as files of /proc do.
            return file.read(most)
    except OSError as error:
        raise kind(describe(error)) from error


def read_text(path: Path, kind: type[CDCLError] = CDCLError, most: int = MOST_TEXT) -> str:
    """Read a regular file of UTF-8 whole, with or without a byte order mark; errors as of `read_bytes`."""
    content = read_bytes(path, kind, most)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise kind(
            f"{path} is no text in UTF-8 (byte {error.start}); save it as UTF-8, or bring the old one."
        ) from error


def parse_json(text: str | bytes, where: object, kind: type[CDCLError] = CDCLError) -> dict[str, Any]:
    """Parse an object of JSON.

    Raises
    ------
    CDCLError
        Of `kind`, if it is none.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise kind(f"{where} is no JSON ({_reason(error)}); bring the old one, or have it written anew.") from error
    if not isinstance(value, dict):
        raise kind(f"{where} holds a {type(value).__name__} where an object is expected; bring the old one.")
    return value


def read_json(path: Path, kind: type[CDCLError] = CDCLError, most: int = MOST_TEXT) -> dict[str, Any]:
    """Read a file that holds an object of JSON; errors as of `read_bytes` and `parse_json`."""
    return parse_json(read_text(path, kind, most), path, kind)


def read_toml(path: Path, kind: type[CDCLError] = CDCLError, most: int = MOST_TEXT) -> dict[str, Any]:
    """Read a file of TOML; errors as of `read_bytes`, and of `kind` where it is no TOML."""
    content = read_bytes(path, kind, most)
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise kind(f"{path} is not a readable TOML file ({_reason(error)}); mend that line.") from error


def check_archive(path: Path, kind: type[CDCLError] = CDCLError) -> None:
    """Hold what an archive (.npz, .xlsx, .zip) claims to unpack to against what it holds: no bomb is opened.

    Raises
    ------
    CDCLError
        Of `kind`, if it is no regular file, no archive, or claims more than `UNPACKED_RATIO` times its size.
    """
    size = check_regular(path, kind)
    try:
        with zipfile.ZipFile(path) as archive:
            claimed = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise kind(f"{path} is damaged, or no such file ({_reason(error)}); bring the old one.") from error
    if claimed > max(UNPACKED_FREE, UNPACKED_RATIO * size):
        raise kind(
            f"{path} has {size:,} bytes and claims to unpack to {claimed:,}; unpack it yourself if you trust it."
        )


def check_gzip(path: Path, kind: type[CDCLError] = CDCLError) -> None:
    """Hold what a gzip file unpacks to against its size, by counting; errors as of `check_archive`."""
    most = max(UNPACKED_FREE, UNPACKED_RATIO * check_regular(path, kind))
    counted = 0
    try:
        with gzip.open(path) as file:
            while chunk := file.read(2**20):
                counted += len(chunk)
                if counted > most:
                    raise kind(f"{path} unpacks to more than {most:,} bytes; unpack it yourself if you trust it.")
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, CDCLError):
            raise
        raise kind(f"{path} is no whole gzip file ({_reason(error)}); bring it anew.") from error


def _reason(error: Exception) -> str:
    return "it nests too deep" if isinstance(error, RecursionError) else " ".join(str(error).split())[:160]
