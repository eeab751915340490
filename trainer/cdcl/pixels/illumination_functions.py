"""Illumination functions that a screen's table names, such as the Cell Painting Gallery's `Illum` files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ImageError, ScreenError
from cdcl.images.reading import read_image
from cdcl.images.remote import is_remote
from cdcl.pixels.flat_fields import NODES
from cdcl.pixels.illumination import light_at
from cdcl.screen.tables import FUNCTION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.screen.screen import Screen

ROUGH = 0.03
"""A function that strays by more from what its nodes say is not smooth; the light of a lamp is."""


def named_function(screen: Screen, rows: NDArray[np.int64], channel: str) -> Path | None:
    """Give the file that the table names for a channel on these rows, which are of one plate; None if it names none.

    Raises
    ------
    ScreenError
        If it names more than one.
    """
    column = FUNCTION + channel
    if column not in screen.sites:
        return None
    names = [name for name in screen.sites[column].iloc[rows].fillna("").astype(str).unique() if name]
    if len(names) > 1:
        raise ScreenError(
            f"column {column} names {len(names)} illumination functions on one plate ({names[0]}, {names[1]}); a plate "
            "and channel has one."
        )
    if not names:
        return None
    return Path(names[0]) if is_remote(names[0]) else screen.folder / names[0]


def read_function(path: Path, size: tuple[int, int], binning: int) -> tuple[NDArray[np.float32], bool]:
    """Read an illumination function as a plane of `NODES` a side, whose mean is 1.

    Parameters
    ----------
    path
        `.npy`, TIFF or another image of one plane.
    size
        Height and width of the fields as they are kept.
    binning
        How many pixels of the file became one of these a side.

    Returns
    -------
    plane, smooth
        (NODES, NODES), and whether it says what the file says.

    Raises
    ------
    ImageError
        If it cannot be read, is of another size than the fields, or is not above 0 everywhere.
    """
    function = read_image([path], ["illumination"])[0].astype(np.float64)
    if (function.shape[0] // binning, function.shape[1] // binning) != size:
        raise ImageError(
            f"{path} is an illumination function of {function.shape[0]} x {function.shape[1]} pixels, but the fields "
            f"are {size[0] * binning} x {size[1] * binning}; name the function of these images, or leave it out."
        )
    wrong = int((function <= 0).sum())
    if wrong:
        raise ImageError(
            f"{path} is an illumination function with {wrong} pixels of 0 or less, by which nothing can be divided; "
            "make it anew, or leave it out."
        )
    function /= function.mean()
    plane = _at_nodes(function)
    shares = [(np.arange(length) + 0.5) / length for length in function.shape]
    again = light_at(plane[None], shares[0], shares[1])[0]
    return plane, bool(np.abs(again / function - 1).max() < ROUGH)


def _at_nodes(function: NDArray[np.float64]) -> NDArray[np.float32]:
    """Read a function at the nodes; those at the edge lie half a pixel beyond the middles of the outer pixels."""
    for axis in (0, 1):
        length = function.shape[axis]
        places = np.linspace(0, 1, NODES) * length - 0.5
        below = np.clip(np.floor(places).astype(np.int64), 0, max(length - 2, 0))
        part = np.expand_dims(places - below, 1 - axis)
        above = np.minimum(below + 1, length - 1)
        function = np.take(function, below, axis) * (1 - part) + np.take(function, above, axis) * part
    return np.maximum(function, np.finfo(np.float16).tiny).astype(np.float32)
