"""Drop-downs, numbers and sliders that the wheel passes over: who scrolls a panel changes no setting unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QSlider, QSpinBox

if TYPE_CHECKING:
    from qtpy.QtGui import QWheelEvent


class DropDown(QComboBox):
    """A combo box; its open list scrolls as any list does."""

    def __bool__(self) -> bool:
        """Be true when empty, too: PyQt gives combo boxes a length, and layouts ask whether there is a widget."""
        return True

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to what is around."""
        event.ignore()


class WholeNumber(QSpinBox):
    """A spin box of whole numbers."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to what is around."""
        event.ignore()


class Number(QDoubleSpinBox):
    """A spin box."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to what is around."""
        event.ignore()


class Slider(QSlider):
    """A slider."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to what is around."""
        event.ignore()
