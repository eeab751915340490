"""A question for a file begins in the folder of its last answer, also in the next window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_cdcl.ui.file_dialogs import ask_file, ask_folder, ask_new_file

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def answer(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Stand in for the hand of the user: Qt's dialogs are asked, and say where they began."""
    told = {"answer": "", "began": ""}

    def reply(_parent: QWidget, _title: str, start: str = "", *_kinds: str) -> tuple[str, str]:
        told["began"] = start
        return told["answer"], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", reply)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", reply)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *asked: reply(*asked)[0])
    return told


def test_a_question_begins_where_it_was_answered_last(qtbot: QtBot, tmp_path: Path, answer: dict[str, str]) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    for name in ("tables", "runs"):
        (tmp_path / name).mkdir()
    answer["answer"] = str(tmp_path / "tables" / "screen.csv")
    assert ask_file(parent, "Open the table", "*.csv") == tmp_path / "tables" / "screen.csv"
    assert answer["began"] == ""
    answer["answer"] = str(tmp_path / "runs" / "first")
    ask_folder(parent, "Open a run")
    assert answer["began"] == str(tmp_path / "tables")  # never asked before: where anything was answered last
    answer["answer"] = ""
    assert ask_file(parent, "Open the table", "*.csv") is None
    assert answer["began"] == str(tmp_path / "tables")
    ask_folder(parent, "Open a run")
    assert answer["began"] == str(tmp_path / "runs")  # beside the run that was opened
    ask_new_file(parent, "Save", "map.png")
    assert answer["began"] == str(tmp_path / "runs" / "map.png")


def test_a_folder_that_is_gone_is_not_proposed(qtbot: QtBot, tmp_path: Path, answer: dict[str, str]) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    gone = tmp_path / "gone"
    gone.mkdir()
    answer["answer"] = str(gone / "screen.csv")
    ask_file(parent, "Open the table", "*.csv")
    gone.rmdir()
    ask_file(parent, "Open the table", "*.csv")
    assert answer["began"] == ""
