"""Drop-downs, numbers and sliders that the wheel passes over: who scrolls a panel changes no setting unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QSlider, QSpinBox, QWidget

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


class NumberedSlider(QWidget):
    """A slider with its number beside it, which can be typed."""

    valueChanged = Signal(int)  # noqa: N815
    """As Qt's slider tells it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider, self.number = Slider(Qt.Orientation.Horizontal), WholeNumber()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.number)
        self.slider.valueChanged.connect(self.number.setValue)
        self.number.valueChanged.connect(self.slider.setValue)
        self.slider.valueChanged.connect(self.valueChanged)

    def setRange(self, low: int, high: int) -> None:  # noqa: N802
        """Set the smallest and the largest number."""
        self.slider.setRange(low, high)
        self.number.setRange(low, high)

    def setToolTip(self, tip: str) -> None:  # noqa: N802
        """Say on both parts what the number is."""
        super().setToolTip(tip)
        for part in (self.slider, self.number):
            part.setToolTip(tip)

    def value(self) -> int:
        """Give the number."""
        return self.slider.value()

    def setValue(self, value: int) -> None:  # noqa: N802
        """Set the number."""
        self.slider.setValue(value)
