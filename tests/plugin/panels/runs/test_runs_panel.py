"""The list of runs and what one does with them: compare, note, rename, give away, throw away, embed."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hands import press
from qtpy.QtWidgets import QMessageBox
from tiny import make_screen

from cdcl.clusters.remote.submission import Submission
from cdcl.errors import RunError
from cdcl.metrics.scoring import METRICS
from cdcl.runs import Run
from napari_cdcl import actions
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.runs import panel as runs_panel
from napari_cdcl.panels.runs.comparison import join_scores
from napari_cdcl.panels.runs.table import in_bytes
from napari_cdcl.runs.run_files import HEADLINE, differing_settings, list_entries, read_notes, rename_run

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from napari_cdcl.panels.runs.panel import RunsPanel
    from napari_cdcl.runs.training_queue import Plan

PATIENCE = 120_000


@pytest.fixture
def folder(folder: Path) -> Path:
    """The runs, of which "one" has scores."""
    table = pd.DataFrame({"name": ["knn", "nsc"], "level": ["site", "site"], "value": [0.25, 0.5]})
    table.to_csv(Run(folder / "one").scores, index=False)
    return folder


def texts(panel: RunsPanel, row: int) -> list[str]:
    items = [panel.table.item(row, column) for column in range(panel.table.columnCount())]
    return [item.text() for item in items if item is not None]


def test_runs_are_listed_with_status_steps_and_headline_score(panel: RunsPanel) -> None:
    assert texts(panel, 0)[:5] == ["one", "done", "tiny", "6 / 6", "NSC 0.5"]
    assert texts(panel, 1)[4] == ""


def test_what_stands_for_a_run_is_a_metric() -> None:
    assert set(HEADLINE) <= set(METRICS)


def test_one_chosen_run_shows_its_curves_and_its_notes(qtbot: QtBot, panel: RunsPanel, folder: Path) -> None:
    panel.table.choose(0)
    qtbot.waitUntil(lambda: "loss" in panel.curves.shown, timeout=PATIENCE)
    panel.notes.setPlainText("the good one")
    panel.table.choose(1)
    assert panel.notes.toPlainText() == ""
    assert read_notes(Run(folder / "one")) == "the good one"
    panel.refresh()
    qtbot.waitUntil(lambda: panel.table.entries[0].notes == "the good one", timeout=PATIENCE)
    panel.table.choose(0)
    assert panel.notes.toPlainText() == "the good one"


def test_a_refresh_keeps_what_is_chosen(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.table.choose(1)
    panel.refresh()
    qtbot.waitUntil(lambda: not panel._worker.busy, timeout=PATIENCE)
    assert [entry.run.folder.name for entry in panel.table.selected()] == ["other"]


def test_two_runs_are_compared_by_what_differs(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.table.choose(0, 1)
    comparison = panel.comparison
    qtbot.waitUntil(lambda: "solid" in comparison.title.text(), timeout=PATIENCE)
    row = [comparison.settings.item(0, column).text() for column in range(3)]  # type: ignore[union-attr]
    assert row == ["optimizer.lr", "0.001", "0.01"]
    assert comparison.settings.rowCount() == 1
    assert "loss" in comparison.curves.shown
    assert not panel.buttons["open"].isEnabled()


def test_a_run_is_renamed_unless_the_name_is_taken(panel: RunsPanel, folder: Path) -> None:
    panel.rename(Run(folder / "one"), "better")
    assert Run(folder / "better").status() == "done"
    with pytest.raises(RunError, match="exists already"):
        rename_run(Run(folder / "better"), "other")


def test_a_model_is_exported_once(panel: RunsPanel, folder: Path, tmp_path: Path) -> None:
    told: list[str] = []
    panel._session.told.connect(told.append)
    panel.export(Run(folder / "one"), tmp_path / "model")
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == ["weights.json", "weights.safetensors"]
    panel.export(Run(folder / "one"), tmp_path / "model")
    assert "already exists" in told[-1]


def test_a_deleted_run_is_moved_and_a_failure_is_said(
    panel: RunsPanel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    panel._session.told.connect(told.append)
    moved: list[str] = []

    def move(folder: Path) -> bool:
        moved.append(folder.name)
        return folder.name == "one"

    asked: list[str] = []
    answers = [runs_panel.NO, runs_panel.YES]

    def answer(_parent: object, _title: str, text: str, *_buttons: object) -> object:
        asked.append(text)
        return answers.pop(0)

    monkeypatch.setattr(runs_panel, "move_to_trash", move)
    monkeypatch.setattr(QMessageBox, "warning", answer)
    panel.delete(Run(folder / "one"))
    assert "in the trash" in told[-1]
    assert asked == []
    panel.delete(Run(folder / "other"))
    assert "stays" in told[-1]
    assert (folder / "other").is_dir()
    panel.delete(Run(folder / "other"))
    assert "is deleted" in told[-1]
    assert not (folder / "other").exists()
    assert moved == ["one", "other", "other"]
    assert all("cannot be undone" in text for text in asked)


def test_run_whose_job_waits_is_listed_and_goes_on_by_being_followed(
    qtbot: QtBot, panel: RunsPanel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Submission("me@head", "cdcl", "/runs/waits", "42", 0.0, shared=True).write(folder / "waits")
    asked: list[Plan] = []
    monkeypatch.setattr(panel._trainings, "submit", asked.append)
    panel.refresh()
    qtbot.waitUntil(lambda: panel.table.rowCount() == 3, timeout=PATIENCE)
    assert texts(panel, 2)[:2] == ["waits", "submitted"]
    panel.table.choose(2)
    qtbot.waitUntil(lambda: "job 42 of me@head has not begun" in panel.about.text(), timeout=PATIENCE)
    press(panel.buttons["resume"])
    assert [plan.verb for plan in asked] == ["follow"]


def test_a_crashed_run_says_why_and_can_go_on(qtbot: QtBot, panel: RunsPanel, folder: Path) -> None:
    run = Run(folder / "one")
    run.running.write_text(json.dumps({"pid": 2**22 + 1, "host": socket.gethostname(), "started": "1"}))
    (entry, _) = list_entries(folder)
    assert entry.summary.status == "crashed"
    assert "killed" in entry.reason
    panel.refresh()
    qtbot.waitUntil(lambda: texts(panel, 0)[1] == "crashed", timeout=PATIENCE)
    panel.table.choose(0)
    assert panel.buttons["resume"].isEnabled()


def test_a_folder_that_is_gone_is_told_and_the_panel_lives(qtbot: QtBot, panel: RunsPanel, tmp_path: Path) -> None:
    panel.folder.setText(str(tmp_path / "nowhere"))
    panel.refresh()
    qtbot.waitUntil(lambda: "no folder" in panel.about.text(), timeout=PATIENCE)
    assert panel.table.rowCount() == 0


@pytest.mark.slow
def test_embedding_a_run_shows_its_profiles(qtbot: QtBot, panel: RunsPanel, folder: Path) -> None:
    panel.table.choose(0)
    part = panel.embedding
    part.method.show_key("pca")
    part.button.click()
    assert part.running
    qtbot.waitUntil(lambda: "in the Explore panel" in part.words.text(), timeout=PATIENCE)
    items = session_of(panel.viewer).items  # type: ignore[attr-defined]
    assert items is not None
    assert len(items) == 16
    assert "pca" in items.points
    assert Run(folder / "one").profiles("well").exists()


@pytest.mark.slow
def test_while_another_run_is_explored_finished_profiles_are_offered_not_forced(
    qtbot: QtBot, panel: RunsPanel, folder: Path, small_run: Run
) -> None:
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    actions.open_source(session, small_run.folder)
    explored, wanted = session.items, []
    session.panel_wanted.connect(wanted.append)
    panel.table.choose(0)
    part = panel.embedding
    part.method.show_key("pca")
    press(part.button)
    qtbot.waitUntil(lambda: "are ready" in part.words.text(), timeout=PATIENCE)
    assert session.items is explored
    assert session.run == small_run
    assert wanted == []
    (offer,) = panel.message.offers
    assert offer.text() == "Explore one"
    press(offer)
    qtbot.waitUntil(lambda: session.run == Run(folder / "one"), timeout=PATIENCE)
    assert len(session.items or ()) == 16
    assert wanted == ["Explore"]


@pytest.mark.slow
def test_a_model_on_a_screen_with_other_channels_is_refused_clearly(
    qtbot: QtBot, panel: RunsPanel, folder: Path, tmp_path: Path
) -> None:
    screen = make_screen(tmp_path / "strange")
    session_of(panel.viewer).screen = type(screen)(screen.sites, ("DNA", "Tubulin"), screen.folder)  # type: ignore[attr-defined]
    part = panel.embedding
    part.set_model(folder / "one")
    part.fields.show_key("open")
    part.button.click()
    qtbot.waitUntil(lambda: not part.running, timeout=PATIENCE)
    assert "was trained on the channels DNA, Actin; the screen has DNA, Tubulin" in part.words.text()


def test_settings_scores_and_sizes_are_said_plainly(folder: Path) -> None:
    assert differing_settings(Run(folder / "one"), Run(folder / "other")) == [("optimizer.lr", "0.001", "0.01")]
    one = pd.DataFrame({"name": ["a", "b"], "level": ["site", "site"], "value": [0.5, 0.25]})
    assert join_scores(one, one[:1]) == [("a (site)", "0.5", "0.5"), ("b (site)", "0.25", "nan")]
    assert in_bytes(1234) == "1.23 kB"
