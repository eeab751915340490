"""A hand that drags from one widget to another: Qt's own drag runs, and the mouse is moved within its loop."""

from __future__ import annotations

from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

STEP = 20
"""Milliseconds between two moves of the mouse."""


def drag(source: QWidget, begin: QPoint, target: QWidget, end: QPoint) -> None:
    """Press in one widget, move to another of the same window, and let go."""
    window = source.window()
    handle = window.windowHandle()
    assert handle is not None
    where = target.mapTo(window, end)
    nearer = (source.mapTo(window, begin) + where) / 2
    steps = [
        lambda: QTest.mouseMove(handle, nearer),
        lambda: QTest.mouseMove(handle, where),
        lambda: QTest.mouseMove(handle, where + QPoint(1, 0)),
        lambda: QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where),
    ]
    timer = QTimer()
    timer.setInterval(STEP)

    def go_on() -> None:
        steps.pop(0)()
        if not steps:
            timer.stop()

    timer.timeout.connect(go_on)
    timer.start()
    QTest.mousePress(source, Qt.MouseButton.LeftButton, pos=begin)
    far = QApplication.startDragDistance() + 2
    QTest.mouseMove(source, begin + QPoint(far, 0))  # returns when Qt's drag has ended
    while timer.isActive():
        QApplication.processEvents()
