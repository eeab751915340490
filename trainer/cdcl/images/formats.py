"""Decode the files that microscopes and programs write: pixels as they are stored, and what their axes mean."""

from __future__ import annotations

import logging
import struct
import zlib
from typing import TYPE_CHECKING, Any, TypeAlias

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cdcl.errors import ImageError
from cdcl.images.claims import check_image_file, check_pixels, folder_bytes, opened_tiff
from cdcl.images.remote import fetched, is_remote, remote_url

if TYPE_CHECKING:
    from pathlib import Path

    import tifffile

Array: TypeAlias = NDArray[np.generic]

Index: TypeAlias = tuple[int | None, ...]

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


def decode(path: Path, *, alone: bool, index: Index = ()) -> tuple[Array, str]:
    """Decode an image file or array: its pixels, and a letter for each axis as in tifffile, "?" where nothing tells.

    Parameters
    ----------
    alone
        Whether the file holds all channels, not one of them.
    index
        What to take along the leading axes: the page of a TIFF file, positions in a zarr or `.npy` array; None takes
        the maximum. Nothing else of the file is decoded.

    Raises
    ------
    ImageError
        If the file is missing, unreadable or damaged, whatever its decoder calls that.
    """
    if is_remote(path):
        return _decode_remote(path, alone, index)
    try:
        decoder = _DECODERS.get(path.suffix.lower()) or (_decode_zarr if path.is_dir() else _decode_other)
        if decoder is not _decode_zarr:
            check_image_file(path)
        return decoder(path, alone, index)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"no image file at {path}; correct its path in the table, or remove its row.") from error
    except PermissionError as error:
        raise ImageError(f"{path} may not be read; change its permissions.") from error
    except DECODER_ERRORS as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ImageError(f"{path} cannot be decoded ({reason}); copy it again, or remove its row.") from error


def _decode_remote(path: Path, alone: bool, index: Index) -> tuple[Array, str]:
    try:
        with fetched(path) as copy:
            return decode(copy, alone=alone, index=index)
    except FileNotFoundError as error:
        raise ImageError(f"no file at {remote_url(path)}; correct its path in the table, or remove its row.") from error


def _decode_tiff(path: Path, alone: bool, index: Index) -> tuple[Array, str]:
    if index:
        return _decode_page(path, index), "YX"
    # The OME header of one channel's file may describe its sister files too: then only this file's pages count.
    with opened_tiff(path, is_ome=None if alone else False) as file:
        series = file.series[0]
        _check_series(path, series.shape, series.dtype)
        # A decoder fills what a truncated file lacks with zeros; those must never be trained on.
        missing = sum(page is None or not _has_all_segments(page) for page in series.pages)
        if missing:
            raise ValueError(f"{missing} of {len(series.pages)} planes are incomplete")
        pixels = series.asarray()
        if pixels.size == 0 or pixels.shape != tuple(series.shape):
            raise ValueError(f"{pixels.size} of {np.prod(series.shape)} pixels are there")
        return pixels, "".join("?" if axis in "IQ" else axis for axis in series.axes)


def _check_series(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any] | None) -> None:
    check_pixels(path, shape, 1 if dtype is None else dtype.itemsize, lambda: path.stat().st_size)


def _decode_page(path: Path, index: Index) -> Array:
    """Decode one page, counted through the file whatever its header says of series, or the maximum of all pages."""
    (number,) = index
    with opened_tiff(path, is_ome=False) as file:
        pages = iter(file.pages) if number is None else iter([file.pages[number]])
        result: Array | None = None
        for page in pages:
            _check_series(path, page.shape, page.dtype)
            if not _has_all_segments(page):
                raise ValueError(f"page {page.index} is incomplete")
            pixels = page.asarray()
            if pixels.ndim != 2:
                raise ValueError(f"page {page.index} has the shape {pixels.shape}, and is no single channel")
            result = pixels if result is None else np.maximum(result, pixels)
    assert result is not None
    return result


def _has_all_segments(page: tifffile.TiffPage | tifffile.TiffFrame) -> bool:
    expected = int(np.prod(page.chunked))
    return len(page.dataoffsets) == len(page.databytecounts) == expected and 0 not in page.databytecounts


def _decode_png(path: Path, alone: bool, index: Index) -> tuple[Array, str]:
    del alone
    content = path.read_bytes()
    if content.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", content[16:24])
        # A pixel takes 1 to 8 bytes; held against the fewest, no whole file is refused.
        check_pixels(path, (height, width), 1, lambda: len(content))
    pixels = np.asarray(imagecodecs.png_decode(content))
    return _without_index(pixels, "YXS"[: pixels.ndim], index)


def _decode_npy(path: Path, alone: bool, index: Index) -> tuple[Array, str]:
    del alone
    # Mapped, so that a shape which the file is too short for is refused, and only what is taken is read.
    pixels = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(pixels, np.ndarray):
        raise TypeError("not an array of pixels")
    pixels = np.array(take_index(pixels, index))
    return pixels, "?" * pixels.ndim


def _decode_zarr(path: Path, alone: bool, index: Index) -> tuple[Array, str]:
    del alone
    try:
        import zarr
    except ImportError as error:
        raise ImageError(f"{path} is a zarr array; `pip install napari-cdcl[zarr]` reads it.") from error
    array = zarr.open_array(str(path), mode="r")
    if sum(place is None for place in index) > 1:
        raise ValueError("the maximum is taken along one axis")
    # Only the chunks of the plane are read, not the whole array.
    window = tuple(slice(None) if place is None else place for place in index)
    taken = [
        *(array.shape[: len(window)][n] for n, place in enumerate(index) if place is None),
        *array.shape[len(index) :],
    ]
    for claimed in (taken, array.chunks):
        check_pixels(path, claimed, array.dtype.itemsize, lambda: folder_bytes(path))
    pixels = np.asarray(array[window])
    if None in index:
        pixels = pixels.max(axis=0)
    return pixels, "?" * pixels.ndim


def _decode_other(path: Path, alone: bool, index: Index) -> tuple[Array, str]:
    del alone
    with Image.open(path) as image:
        pixels = np.asarray(image)
    return _without_index(pixels, "YXS"[: pixels.ndim], index)


def take_index(pixels: Array, index: Index) -> Array:
    """Take positions along the leading axes of an array; None takes the maximum along its axis.

    Parameters
    ----------
    pixels
        Of any number of axes.
    index
        A position, or None, for each of the first axes; these axes are gone then.
    """
    for place in index:
        # Integers are taken from the front; a maximum leaves the next axis there.
        pixels = pixels.max(axis=0) if place is None else pixels[place]
    return pixels


def _without_index(pixels: Array, axes: str, index: Index) -> tuple[Array, str]:
    if index:
        raise ValueError("it holds one image, not pages to choose from")
    return pixels, axes


_DECODERS = {".tif": _decode_tiff, ".tiff": _decode_tiff, ".png": _decode_png, ".npy": _decode_npy}
