"""What a scatter shows and what is selected in it. No Qt."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from cdcl.scatter import Raster, Scene, one_colour
from napari_cdcl.ui.scatter.history import History

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cdcl.scatter import Colouring

    Mask = NDArray[np.bool_]


class Mode(Enum):
    """What becomes of the selection with what is selected next."""

    REPLACE = "replace"
    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"


class ScatterModel:
    """Positions, colours, which classes are visible, and which points are selected.

    Masks are replaced, never written to.
    """

    points_changed = Signal()
    colouring_changed = Signal()
    visible_changed = Signal()
    selection_changed = Signal(bool)
    """True if the user did it here, False if it came from outside."""

    def __init__(self) -> None:
        self.axis_names = ("", "")
        self.corners: NDArray[np.float32] | None = None
        self.history = History()
        self.hidden: frozenset[int] = frozenset()
        self.visible: Mask | None = None
        self.selected: Mask = np.zeros(0, dtype=np.bool_)
        self._set_positions(np.zeros((0, 2), dtype=np.float32))
        self._begin_anew()

    def __len__(self) -> int:
        """Count the points, those without a position among them."""
        return len(self.positions)

    @property
    def scene(self) -> Scene:
        """What the raster draws."""
        return Scene(self.colouring, self.visible, self.selected)

    @property
    def num_selected(self) -> int:
        """Count the selected points, the invisible ones among them."""
        return int(np.count_nonzero(self.selected))

    def set_points(
        self,
        positions: NDArray[np.floating] | None,
        axis_names: tuple[str, str],
        corners: NDArray[np.float32] | None = None,
    ) -> None:
        """Show other points; if they are as many as before, colours and selection stay with them.

        Parameters
        ----------
        positions
            Shape (N, 2); what is not finite is not drawn. None shows nothing.
        corners
            Shape (K, 2): of the polygon that archetypes make.
        """
        positions = np.zeros((0, 2), dtype=np.float32) if positions is None else np.asarray(positions, dtype=np.float32)
        assert positions.ndim == 2
        assert positions.shape[1] == 2
        others = len(positions) != len(self)
        self.axis_names = axis_names
        self.corners = corners if corners is not None and len(corners) else None
        self._set_positions(positions)
        if others:
            self._begin_anew()
        self.points_changed.emit()
        if others:
            self.colouring_changed.emit()
            self.selection_changed.emit(False)

    def set_colouring(self, colouring: Colouring) -> None:
        """Colour the points; all classes are visible again, and the selection stays."""
        assert len(colouring) == len(self)
        self.colouring = colouring
        self.hidden, self.visible = frozenset(), None
        self.colouring_changed.emit()

    def hide(self, codes: Iterable[int]) -> None:
        """Hide these classes and show all others."""
        hidden = frozenset(codes)
        if hidden == self.hidden:
            return
        self.hidden = hidden
        shown = np.ones(len(self.colouring.colours), dtype=np.bool_)
        shown[list(hidden)] = False
        self.visible = shown[self.colouring.codes] if hidden else None
        self.visible_changed.emit()

    def set_selected(self, mask: Mask) -> None:
        """Take over a selection made elsewhere; it can be undone like one's own."""
        self._change(np.array(mask, dtype=np.bool_), by_user=False)

    def select(self, mask: Mask, mode: Mode = Mode.REPLACE) -> None:
        """Select, add, take away or keep what is common, as the user asked."""
        combined = {
            Mode.REPLACE: lambda: mask.copy(),
            Mode.ADD: lambda: self.selected | mask,
            Mode.SUBTRACT: lambda: self.selected & ~mask,
            Mode.INTERSECT: lambda: self.selected & mask,
        }[mode]()
        self._change(combined, by_user=True)

    def select_class(self, code: int, mode: Mode = Mode.REPLACE) -> None:
        """Select the points of a class."""
        self.select(self.colouring.codes == code, mode)

    def invert(self) -> None:
        """Select those points that can be seen and are not selected."""
        seen = self.raster.points.mask(self.raster.points.ranks)
        self.select(~self.selected & (seen if self.visible is None else seen & self.visible))

    def clear(self) -> None:
        """Select nothing."""
        self.select(np.zeros(len(self), dtype=np.bool_))

    def undo(self) -> None:
        """Go back to what was selected before, if there is such."""
        if self.history.can_undo:
            self._put(self.history.undo(self.selected), by_user=True)

    def redo(self) -> None:
        """Select again what was undone."""
        if self.history.can_redo:
            self._put(self.history.redo(self.selected), by_user=True)

    def _change(self, mask: Mask, *, by_user: bool) -> None:
        assert mask.shape == self.selected.shape
        if not np.array_equal(mask, self.selected):
            self.history.push(self.selected)
            self._put(mask, by_user=by_user)

    def _put(self, mask: Mask, *, by_user: bool) -> None:
        mask.flags.writeable = False
        self.selected = mask
        self.selection_changed.emit(by_user)

    def _set_positions(self, positions: NDArray[np.float32]) -> None:
        self.positions = positions
        self.raster = Raster(positions)

    def _begin_anew(self) -> None:
        self.colouring = one_colour(len(self))
        self.hidden, self.visible = frozenset(), None
        self.selected = np.zeros(len(self), dtype=np.bool_)
        self.history.clear()
