"""Draws points as pixels, and does anew only what has changed since the last time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cdcl.scatter.blend import density, heat, lay_over, pack, see_through
from cdcl.scatter.grid import Grid, draw_ranks, place
from cdcl.scatter.last import Last
from cdcl.scatter.points import Points
from cdcl.scatter.region import within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.scatter.colours import Colouring
    from cdcl.scatter.view import View

    Cells = NDArray[np.intp]
    Dense = NDArray[np.float32]
    Ranks = NDArray[np.int32]
    Kept = NDArray[np.integer]


@dataclass(frozen=True)
class MarkerStyle:
    """How points are drawn.

    Attributes
    ----------
    size
        Pixels across a dot, 1 or more.
    opacity
        Of a dot, over 0 up to 1. Below 1 the drawing order does not matter.
    density
        Whether the number of points is drawn instead; selected ones are dots all the same.
    unselected
        ARGB of the points that are not selected while others are.
    """

    size: int = 4
    opacity: float = 1.0
    density: bool = False
    unselected: int = 0xFFC9CED6

    @classmethod
    def of(cls, num_points: int) -> MarkerStyle:
        """Give dots of a size that suits so many points."""
        return cls(size=8 if num_points < 1_000 else 5 if num_points < 20_000 else 3 if num_points < 300_000 else 2)

    @property
    def reach(self) -> int:
        """Pixels across what a point adds to: its dot, or what densities are smoothed by, which is wider."""
        return 5 * self.size if self.density else self.size

    def enlarged(self, factor: float) -> MarkerStyle:
        """Give the style on `factor` times as many pixels a side."""
        return replace(self, size=max(1, round(self.size * factor)))


@dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn: colours, and which rows are visible and selected; masks (N,), none for all and none.

    A mask that has changed is another array: arrays are told apart by what they are, not by what they hold.

    Attributes
    ----------
    colouring
        A colour for each of N points.
    visible, selected
        Masks (N,); None is all of them visible, and none selected.
    """

    colouring: Colouring
    visible: NDArray[np.bool_] | None = None
    selected: NDArray[np.bool_] | None = None


class Frame(NamedTuple):
    """A picture.

    Attributes
    ----------
    argb
        Shape (H, W), uint32, premultiplied; 0 where no point is.
    ids
        Shape (H, W), int32: the row of the point on top, -1 where none is.
    """

    argb: NDArray[np.uint32]
    ids: NDArray[np.int32]


class Raster:
    """Points (N, 2) that are drawn again and again.

    Unselected points are drawn first, selected ones last, and each group in one order, shuffled by the seed.
    """

    def __init__(self, positions: NDArray[np.floating], seed: int = 0) -> None:
        self.points = Points.of(positions, seed)
        self._cells = Last["Cells"]()
        self._visible, self._selected = Last["Kept"](), Last["Kept"]()
        self._base, self._top = Last["Ranks"](), Last["Ranks"]()
        self._dense = Last["Dense"]()

    def draw(self, scene: Scene, view: View, marker_style: MarkerStyle, share: float = 1.0) -> Frame:
        """Draw the scene as pixels.

        Parameters
        ----------
        scene
            Colours, and what is visible and selected.
        view
            What part of the plane, on how many pixels.
        marker_style
            Size and opacity of dots.
        share
            Below 1 only this share of the points is drawn, the same ones every time.

        Returns
        -------
        Frame
            Pixels (height, width), and the row of the point at each.
        """
        grid, cells = self._place(view, marker_style.reach, share)
        kept = self._visible(self._keep, scene.visible, len(cells))
        ranks = self._base(_draw, cells, kept, grid, marker_style.size)
        chosen: Kept | None = None
        top: Ranks | None = None
        if scene.selected is not None and scene.selected.any():
            chosen = self._selected(self._choose, scene.selected, kept)
            top = self._top(_draw, cells, chosen, grid, marker_style.size)
            ranks = np.where(top >= 0, top, ranks)
        ids = self._rows_at(ranks)
        if marker_style.density:
            argb = heat(self._dense(_density, cells, kept, grid, marker_style.reach))
            argb = argb if top is None else np.where(top >= 0, _colours_at(ids, scene.colouring), argb)
        elif marker_style.opacity < 1:
            argb = self._blend(scene.colouring, marker_style, (cells, kept, chosen), grid)
        else:
            argb = _colours_at(ids, scene.colouring)
            argb = argb if top is None else np.where((top < 0) & (ids >= 0), np.uint32(marker_style.unselected), argb)
        return Frame(argb, ids)

    def within(
        self,
        outline: NDArray[np.float64],
        view: View,
        marker_style: MarkerStyle,
        visible: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.bool_]:
        """Give the mask (N,) of visible points within a lasso (V, 2), in pixels of the view.

        The view and style are those of the picture that it was drawn on. Up to 100 000 points it is exact, beyond exact
        to a pixel.

        Parameters
        ----------
        outline
            (V, 2) corners of the lasso, in pixels of the view.
        visible
            (N,) mask; None is all.
        """
        grid, cells = self._place(view, marker_style.reach, 1.0)
        mask = self.points.mask(within(outline, self.points, cells, grid))
        return mask if visible is None else mask & visible

    def _place(self, view: View, reach: int, share: float) -> tuple[Grid, NDArray[np.intp]]:
        grid = Grid.around(view, reach)
        stop = len(self.points) if share >= 1 else int(len(self.points) * share)
        return grid, self._cells(place, self.points, grid, stop)

    def _keep(self, visible: NDArray[np.bool_] | None, stop: int) -> Kept:
        """Give the ranks of the visible points, ascending."""
        if visible is None:
            return self.points.ranks[:stop]
        return np.flatnonzero(visible[self.points.rows[:stop]])

    def _choose(self, selected: NDArray[np.bool_], kept: Kept) -> Kept:
        """Give the ranks of the selected points among those kept, ascending."""
        chosen: Kept = kept[selected[self.points.rows[kept]]]
        return chosen

    def _rows_at(self, ranks: Ranks) -> NDArray[np.int32]:
        if not len(self.points):
            return ranks
        rows: NDArray[np.int32] = self.points.rows[ranks]
        rows[ranks < 0] = -1
        return rows

    def _blend(
        self,
        colouring: Colouring,
        marker_style: MarkerStyle,
        drawn: tuple[NDArray[np.intp], Kept, Kept | None],
        grid: Grid,
    ) -> NDArray[np.uint32]:
        cells, kept, chosen = drawn
        shown = kept if chosen is None else chosen
        colours = colouring.colours[colouring.codes[self.points.rows[shown]]]
        planes = see_through(cells[shown], colours, grid, marker_style.size, marker_style.opacity)
        if chosen is not None:
            grey = np.full(len(kept), marker_style.unselected, dtype=np.uint32)
            planes = lay_over(planes, see_through(cells[kept], grey, grid, marker_style.size, marker_style.opacity))
        return pack(planes)


def _draw(cells: NDArray[np.intp], kept: Kept, grid: Grid, size: int) -> Ranks:
    return draw_ranks(cells if len(kept) == len(cells) else cells[kept], kept, grid, size)


def _density(cells: NDArray[np.intp], kept: Kept, grid: Grid, reach: int) -> NDArray[np.float32]:
    return density(cells if len(kept) == len(cells) else cells[kept], grid, reach)


def _colours_at(ids: NDArray[np.int32], colouring: Colouring) -> NDArray[np.uint32]:
    """Give the colour of the point at each pixel."""
    if not len(colouring):
        return np.zeros(ids.shape, dtype=np.uint32)
    argb: NDArray[np.uint32] = colouring.colours[colouring.codes[ids]]
    argb[ids < 0] = 0
    return argb
