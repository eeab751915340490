"""Read a field of view from its files, whatever their format, as (channels, height, width)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cdcl.errors import ImageError
from cdcl.images.formats import decode
from cdcl.images.references import parse_reference

if TYPE_CHECKING:
    from collections.abc import Sequence

Pixels: TypeAlias = NDArray[np.generic]
"""uint8, uint16 or float32 counts, shape (channels, height, width)."""

STACK_AXES = {"Z": "z planes", "T": "time points", "R": "positions", "P": "positions", "M": "tiles"}


def read_image(paths: Sequence[Path], channels: Sequence[str]) -> Pixels:
    """Read one field of view, from one file with all `channels` or from one file a channel.

    Bytes, 16-bit words (12 in 16 as well) and 32-bit floats stay as they are; other numbers become 32-bit floats.

    Parameters
    ----------
    paths
        TIFF, OME-TIFF, PNG, JPEG or `.npy` files, zarr arrays, or planes of them (`cdcl.images.references`).
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
    """Count the channels of an image file whose channels have no names: the shorter outer axis is taken for them.

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
    """Decode what a reference names; the maximum is taken plane by plane, so that a stack needs no memory."""
    planes = parse_reference(str(path))
    pixels, axes = decode(Path(planes[0].file), alone=alone, index=planes[0].index)
    for plane in planes[1:]:
        other, _ = decode(Path(plane.file), alone=alone, index=plane.index)
        if other.shape != pixels.shape:
            raise ImageError(f"{plane.file}: {other.shape} pixels, but {planes[0].file} has {pixels.shape}; one stack?")
        pixels = np.maximum(pixels, other)
    return pixels, axes


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
