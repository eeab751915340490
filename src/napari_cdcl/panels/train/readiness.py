"""What keeps a training from being started, in words, and the buttons that say it while they wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_cdcl.runs.launch import IN_MEMORY, has_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtWidgets import QPushButton

    from cdcl.screen import Screen
    from napari_cdcl.panels.train.form import ConfigForm
    from napari_cdcl.panels.train.guide_words import Finding

HINT = "Open a screen first (Screen panel); what is trained on it is set up here."


def reason_against(form: ConfigForm, screen: Screen | None, findings: Sequence[Finding]) -> str:
    """Say why nothing can be started yet; "" where all is well.

    Parameters
    ----------
    form
        The settings.
    screen
        The one that is open.
    findings
        What it has of each guide's column; () where that is not known yet.
    """
    if form.problems:
        name, reason = next(iter(form.problems.items()))
        return f"{form.title_of(name)}: {reason}."
    if screen is None:
        return HINT
    if not has_files(screen):
        return IN_MEMORY
    doubts = (n for n, finding in enumerate(findings) if finding.doubtful)
    number = next(doubts, None)
    return "" if number is None else f"{form.title_of(f'guides.{number}')}: {findings[number].words}"


class WaitingButtons:
    """Buttons that are off while something is missing, with what that is as their tooltip.

    Parameters
    ----------
    buttons
        Each keeps its own tooltip for when it is on.
    """

    def __init__(self, *buttons: QPushButton) -> None:
        self._tips = {button: button.toolTip() for button in buttons}

    def say(self, reason: str, *, at_work: QPushButton | None = None) -> None:
        """Turn the buttons off for a reason, or on where there is none; one that is at work can still be stopped."""
        for button, tip in self._tips.items():
            button.setEnabled(not reason or button is at_work)
            if button is not at_work:
                button.setToolTip(reason or tip)
