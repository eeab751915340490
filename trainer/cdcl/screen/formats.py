"""Decode the files that microscopes and programs write: pixels as they are stored, and what their axes mean."""

from __future__ import annotations

import logging
import struct
import zlib
from typing import TYPE_CHECKING, TypeAlias

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from cdcl.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

Array: TypeAlias = NDArray[np.generic]

DECODER_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What the decoders raise on damaged files; they agree on no common base."""

# A damaged TIFF is reported once, as an ImageError, not a second time on stderr.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def decode(path: Path, *, alone: bool) -> tuple[Array, str]:
    """Decode an image file: its array, and a letter for each axis as in tifffile, "?" where nothing tells.

    `alone` says that the file holds all channels, not one of them.

    Raises
    ------
    ImageError
        If the file is missing, unreadable or damaged, whatever its decoder calls that.
    """
    try:
        return _DECODERS.get(path.suffix.lower(), _decode_other)(path, alone)
    except FileNotFoundError as error:
        raise ImageError(f"no image file at {path}; correct its path in the table, or remove its row.") from error
    except PermissionError as error:
        raise ImageError(f"{path} may not be read; change its permissions.") from error
    except DECODER_ERRORS as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ImageError(f"{path} cannot be decoded ({reason}); copy it again, or remove its row.") from error


def _decode_tiff(path: Path, alone: bool) -> tuple[Array, str]:
    # The OME header of one channel's file may describe its sister files too: then only this file's pages count.
    with tifffile.TiffFile(path, is_ome=None if alone else False) as file:
        series = file.series[0]
        # A decoder fills what a truncated file lacks with zeros; those must never be trained on.
        missing = sum(page is None or not _has_all_segments(page) for page in series.pages)
        if missing:
            raise ValueError(f"{missing} of {len(series.pages)} planes are incomplete")
        pixels = series.asarray()
        if pixels.size == 0 or pixels.shape != tuple(series.shape):
            raise ValueError(f"{pixels.size} of {np.prod(series.shape)} pixels are there")
        return pixels, "".join("?" if axis in "IQ" else axis for axis in series.axes)


def _has_all_segments(page: tifffile.TiffPage | tifffile.TiffFrame) -> bool:
    expected = int(np.prod(page.chunked))
    return len(page.dataoffsets) == len(page.databytecounts) == expected and 0 not in page.databytecounts


def _decode_png(path: Path, alone: bool) -> tuple[Array, str]:
    del alone
    pixels = np.asarray(imagecodecs.png_decode(path.read_bytes()))
    return pixels, "YXS"[: pixels.ndim]


def _decode_npy(path: Path, alone: bool) -> tuple[Array, str]:
    del alone
    pixels = np.load(path, allow_pickle=False)
    if not isinstance(pixels, np.ndarray):
        raise TypeError("not an array of pixels")
    return pixels, "?" * pixels.ndim


def _decode_other(path: Path, alone: bool) -> tuple[Array, str]:
    del alone
    with Image.open(path) as image:
        pixels = np.asarray(image)
    return pixels, "YXS"[: pixels.ndim]


_DECODERS = {".tif": _decode_tiff, ".tiff": _decode_tiff, ".png": _decode_png, ".npy": _decode_npy}
