"""Read a field of view from its files, whatever their format, as (channels, height, width)."""

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
    from collections.abc import Sequence
    from pathlib import Path

Pixels: TypeAlias = NDArray[np.generic]
"""uint8, uint16 or float32 counts, shape (channels, height, width)."""

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

STACK_AXES = {"Z": "z planes", "T": "time points", "R": "positions", "P": "positions", "M": "tiles"}

# A damaged TIFF is reported once, as an ImageError, not a second time on stderr.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def read_image(paths: Sequence[Path], channels: Sequence[str]) -> Pixels:
    """Read one field of view, from one file with all `channels` or from one file a channel.

    Bytes, 16-bit words (12 in 16 as well) and 32-bit floats stay as they are; other numbers become 32-bit floats.

    Parameters
    ----------
    paths
        TIFF, OME-TIFF, PNG, JPEG or `.npy` files.
    channels
        Names of the channels the screen promises, in order.

    Returns
    -------
    Pixels of shape (channels, height, width).

    Raises
    ------
    ImageError
        If a file is missing, damaged, a stack, holds NaN, or has another number of channels than `channels`.
    """
    if len(paths) == 1:
        return _read_channels(paths[0], channels, alone=True)
    if len(paths) != len(channels):
        raise ImageError(f"{paths[0]}: {len(paths)} files, but the screen names {_named(channels)}.")
    planes = [_read_channels(path, [name], alone=False) for path, name in zip(paths, channels, strict=True)]
    for path, plane in zip(paths, planes, strict=True):
        if plane.shape != planes[0].shape:
            sizes = f"{_size(plane)} pixels, but {paths[0].name} has {_size(planes[0])}"
            raise ImageError(f"{path} has {sizes}; the channels of a field must be of one size.")
    return np.concatenate(planes)


def count_channels(path: Path) -> int:
    """Count the channels of an image file whose channels nobody named; the shorter outer axis is taken for them.

    Raises
    ------
    ImageError
        If the file is missing, damaged or a stack.
    """
    pixels, axes = _squeeze(*_decode(path, alone=True), path)
    if pixels.ndim == 2:
        return 1
    return int(pixels.shape[_channel_axis(pixels.shape, axes, count=0)])


def _read_channels(path: Path, channels: Sequence[str], *, alone: bool) -> Pixels:
    pixels = _channels_first(*_squeeze(*_decode(path, alone=alone), path), channels, path)
    return _checked_numbers(pixels, path)


def _decode(path: Path, *, alone: bool) -> tuple[Pixels, str]:
    """Decode a file; its axes are letters as in tifffile, "?" where nothing tells."""
    try:
        return _DECODERS.get(path.suffix.lower(), _decode_other)(path, alone)
    except FileNotFoundError as error:
        raise ImageError(f"no image file at {path}; correct its path in the table, or remove its row.") from error
    except PermissionError as error:
        raise ImageError(f"{path} may not be read; change its permissions.") from error
    except DECODER_ERRORS as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ImageError(f"{path} cannot be decoded ({reason}); copy it again, or remove its row.") from error


def _decode_tiff(path: Path, alone: bool) -> tuple[Pixels, str]:
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


def _decode_png(path: Path, alone: bool) -> tuple[Pixels, str]:
    del alone
    pixels = np.asarray(imagecodecs.png_decode(path.read_bytes()))
    return pixels, "YXS"[: pixels.ndim]


def _decode_npy(path: Path, alone: bool) -> tuple[Pixels, str]:
    del alone
    pixels = np.load(path, allow_pickle=False)
    if not isinstance(pixels, np.ndarray):
        raise TypeError("not an array of pixels")
    return pixels, "?" * pixels.ndim


def _decode_other(path: Path, alone: bool) -> tuple[Pixels, str]:
    del alone
    with Image.open(path) as image:
        pixels = np.asarray(image)
    return pixels, "YXS"[: pixels.ndim]


_DECODERS = {".tif": _decode_tiff, ".tiff": _decode_tiff, ".png": _decode_png, ".npy": _decode_npy}


def _squeeze(pixels: Pixels, axes: str, path: Path) -> tuple[Pixels, str]:
    """Drop axes of length 1 until three are left; refuse stacks."""
    while pixels.ndim > 2 and 1 in pixels.shape:
        axis = pixels.shape.index(1)
        pixels, axes = pixels.squeeze(axis), axes[:axis] + axes[axis + 1 :]
    stacks = [f"{n} {STACK_AXES[axis]}" for n, axis in zip(pixels.shape, axes, strict=True) if axis in STACK_AXES]
    if stacks or pixels.ndim not in (2, 3):
        what = " and ".join(stacks) or f"{pixels.ndim} axes {pixels.shape}"
        raise ImageError(f"{path} has {what}; give one plane a channel, such as a maximum projection (axes CYX).")
    return pixels, axes


def _channels_first(pixels: Pixels, axes: str, channels: Sequence[str], path: Path) -> Pixels:
    if pixels.ndim == 2:
        pixels, axis = pixels[None], 0
    else:
        axis = _channel_axis(pixels.shape, axes, len(channels))
        pixels = np.moveaxis(pixels, axis, 0)
    if len(pixels) == len(channels) + 1 and axes.endswith("S"):
        pixels = _without_alpha(pixels, path)
    if len(pixels) != len(channels):
        raise ImageError(
            f"{path} has {_counted(len(pixels))}, the screen names {_named(channels)}; mend channel_names or the file."
        )
    return pixels


def _channel_axis(shape: tuple[int, ...], axes: str, count: int) -> int:
    """Find the axis of the channels: the marked one, else the one of their number, the first before the last."""
    for axis, letter in enumerate(axes):
        if letter in "CS":
            return axis
    for axis in (0, 2):
        if shape[axis] == count:
            return axis
    return 0 if shape[0] <= shape[2] else 2


def _without_alpha(pixels: Pixels, path: Path) -> Pixels:
    opaque = 1.0 if pixels.dtype.kind == "f" else float(2 ** (8 * pixels.dtype.itemsize) - 1)
    if not (pixels[-1] == opaque).all():
        raise ImageError(f"{path} has a transparency that is not opaque; save it without, or name it as a channel.")
    return pixels[:-1]


def _checked_numbers(pixels: Pixels, path: Path) -> Pixels:
    if pixels.dtype.kind not in "buif":
        raise ImageError(f"{path} holds {pixels.dtype}, not counts; save it as 8 or 16 bit, or as 32-bit floats.")
    if pixels.dtype in (np.uint8, np.uint16, np.float32):
        pixels = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    else:
        pixels = pixels.astype(np.float32)
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        count = int((~np.isfinite(pixels)).sum())
        raise ImageError(f"{path} has {count} NaN or infinite pixels; fill them, or remove its row.")
    return pixels


def _counted(number: int) -> str:
    return f"{number} channel" if number == 1 else f"{number} channels"


def _named(channels: Sequence[str]) -> str:
    return f"{len(channels)}: {', '.join(channels)}"


def _size(plane: Pixels) -> str:
    return f"{plane.shape[-1]} x {plane.shape[-2]}"
