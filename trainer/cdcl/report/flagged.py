"""What looks broken, in pictures: flagged fields, and beside them one that is as usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cdcl.report.canvas import FONT, new_figure, to_small_png
from cdcl.report.composite import composite
from cdcl.report.palette import FAINT, INK, WARNING
from cdcl.screen.controls import control_kinds
from cdcl.screen.plates import plate_keys, well_keys

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen

MOST_KINDS, MOST_FIELDS = 9, 5
"""Kinds of flags on a sheet, the rarest first, and fields of a kind."""

_INCHES = 1.5
"""Side of a field."""
_MOST_SIDE = 220
"""Pixels a field: 1.5 inches at the canvas's 144 dots an inch, 216."""


@dataclass(frozen=True)
class Pictured:
    """Where the pictures come from.

    Attributes
    ----------
    screen, cache
        Fields, and their pixels in the same order.
    measured
        `cdcl.quality.measure_fields` of them, by which a usual field is chosen.
    """

    screen: Screen
    cache: PixelCache
    measured: pd.DataFrame


class _Shown(NamedTuple):
    """A field of the sheet: its row of the screen, the channel that is meant ("" for all), and a title."""

    row: int
    channel: str
    title: str


def draw_flagged(pictured: Pictured, flags: pd.DataFrame) -> bytes:
    """Draw a line of pictures for each kind of flag, as PNG; b"" where no flagged well or field can be read.

    First stands a field of the same plate, of the same kind of well, that nothing is said of; then up to five that are
    flagged. A flag of one channel shows that channel in grey, at limits that are those of the usual field; others show
    all channels in colour.

    Parameters
    ----------
    flags
        In the columns of `cdcl.quality.FLAG_COLUMNS`; those of whole plates are passed over.
    """
    places = _Places(pictured, flags)
    lines = [(kind, shown) for kind in _kinds(flags) if (shown := places.fields(kind))][:MOST_KINDS]
    if not lines:
        return b""
    columns = 1 + max(len(shown) for _, shown in lines)
    figure = new_figure(_INCHES * columns, (_INCHES + 0.5) * len(lines))
    panels = figure.subplots(len(lines), columns, squeeze=False)
    for axes in panels.ravel():
        axes.set_axis_off()
    for row, (kind, shown) in zip(panels, lines, strict=True):
        usual = places.usual(shown[0])
        row[0].set_title(f"{kind}\nas usual", fontdict={**FONT, "size": 7, "color": INK}, loc="left")
        limits = _draw(row[0], pictured, shown[0]._replace(row=usual), None) if usual >= 0 else None
        for axes, field in zip(row[1:], shown, strict=False):
            axes.set_title(field.title, fontdict={**FONT, "size": 6.5, "color": WARNING}, loc="left")
            _draw(axes, pictured, field, limits)
    return to_small_png(figure)


class _Places:
    """Finds the rows of a screen that flags mean."""

    def __init__(self, pictured: Pictured, flags: pd.DataFrame) -> None:
        sites = pictured.screen.sites
        self._wells = well_keys(sites).to_numpy(dtype=str)
        self._plates = plate_keys(sites).to_numpy(dtype=str)
        self._sites = sites["site"].astype(str).to_numpy(dtype=str)
        self._controls = control_kinds(sites)
        self._readable = np.asarray(pictured.cache.readable, dtype=bool)
        single = flags[flags["well"] != ""]
        self._flags = single.assign(key=well_keys(single).to_numpy(dtype=str))
        self._spotless = self._readable & ~np.isin(self._wells, self._flags["key"].to_numpy(dtype=str))
        self._focus = pictured.measured.groupby("row")["focus"].mean()

    def fields(self, kind: str) -> list[_Shown]:
        """Give the first fields of a kind of flag that can be read, the plainest cases first."""
        mine = self._flags[self._flags["flag"] == kind]
        excess = (mine["value"] - mine["limit"]).abs()
        found = []
        for line in mine.loc[excess.sort_values(ascending=False, na_position="last").index].itertuples():
            rows = np.flatnonzero((self._wells == line.key) & self._readable)
            if line.site != "":
                rows = rows[self._sites[rows] == line.site]
            if len(rows):
                where = " ".join(filter(None, [str(line.plate), str(line.well), str(line.site)]))
                found.append(
                    _Shown(int(rows[0]), str(line.channel), "\n".join(filter(None, [where, str(line.channel)])))
                )
            if len(found) == MOST_FIELDS:
                break
        return found

    def usual(self, like: _Shown) -> int:
        """Give the row of a field with nothing to say of, of the same plate and kind of well if there is one; or -1."""
        same_plate, same_kind = (names == names[like.row] for names in (self._plates, self._controls))
        for rows in (same_plate & same_kind, same_plate, same_kind, np.ones_like(same_kind)):
            candidates = np.flatnonzero(rows & self._spotless)
            if len(candidates):
                focus = self._focus.reindex(candidates).fillna(-np.inf).to_numpy()
                return int(candidates[np.argsort(focus, kind="stable")[len(focus) // 2]])
        return -1


def _kinds(flags: pd.DataFrame) -> list[str]:
    counts = flags.loc[flags["well"] != "", "flag"].value_counts(ascending=True)
    return [str(kind) for kind in counts.index]


def _draw(axes: Axes, pictured: Pictured, shown: _Shown, limits: NDArray[np.floating] | None) -> NDArray[np.floating]:
    """Draw a field and give its limits, (C, 2); with given limits, in those."""
    pixels = pictured.cache.field(shown.row)
    step = max(1, -(-max(pixels.shape[1:]) // _MOST_SIDE))
    small = pixels[:, ::step, ::step].astype(np.float32)
    if limits is None:
        limits = np.percentile(small, (1, 99.7), axis=(1, 2)).T
    channels = pictured.screen.channels
    if shown.channel in channels:
        number = channels.index(shown.channel)
        axes.imshow(
            small[number], cmap="gray", vmin=limits[number][0], vmax=max(limits[number][1], limits[number][0] + 1)
        )
    else:
        axes.imshow(composite(small, limits))
    axes.set_axis_on()
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(FAINT)
    return limits
