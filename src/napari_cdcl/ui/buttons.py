"""Buttons with a tip, as every control of the panels has one."""

from __future__ import annotations

from qtpy.QtWidgets import QPushButton


def make_button(text: str, tip: str) -> QPushButton:
    """Make a button with a text and a tip."""
    button = QPushButton(text)
    button.setToolTip(tip)
    return button
