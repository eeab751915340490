"""New plates at the gate, as a hand leads them through: a protocol, a screen, a verdict, a decision that is kept."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hands import choose_path, press
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from tiny import make_config, make_screen

from cdcl.cli import main
from cdcl.errors import RunError
from cdcl.runs import Run, record, start_run
from cdcl.screen.tables import write_screen
from cdcl.tasks import finish
from napari_cdcl.actions.gate import free_place, protocol_steps, read_checks
from napari_cdcl.panels.runs.gate_decision import NO_REASON
from napari_cdcl.panels.runs.gate_protocol import NONE_YET
from napari_cdcl.panels.runs.gate_verdict import WIDE, GateVerdict
from napari_cdcl.panels.runs.new_plates import NewPlates
from napari_cdcl.panels.runs.panel import RunsPanel
from napari_cdcl.runs.folders import remember_runs_folder

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot


PATIENCE = 120_000


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, its protocol, and new plates: as usual, of other channels, and one without controls."""
    from cdcl.training import train  # torch, which takes seconds

    folder = tmp_path_factory.mktemp("gate")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDCL_CACHE", str(folder / "cache"))
        screen = make_screen(folder / "screen")
        run = start_run(folder / "runs" / "one", make_config(steps=1))
        finish(record(train(make_config(steps=1), screen, run, cache_folder=folder / "cache"), run))
        shutil.copytree(run.folder, folder / "bare" / "one")
        assert main(["embed", str(run.folder)]) == 0
        assert main(["protocol", str(run.folder), "-o", str(folder / "protocol"), "--no-fields"]) == 0
        write_screen(screen, folder / "new.csv")
        write_screen(replace(screen, channels=("DNA", "ER")), folder / "other.csv")
        blank = screen.sites.copy()
        blank.loc[blank["plate"] == "B2P1", "control"] = ""
        write_screen(replace(screen, sites=blank), folder / "blank.csv")
        for name, status in (("new", 0), ("blank", 1)):
            words = ["--protocol", str(folder / "protocol"), "-o", str(folder / f"{name}-checks.csv")]
            assert main(["accept", str(folder / f"{name}.csv"), *words]) == status
    return folder


@pytest.fixture
def protocol(gate: Path, tmp_path: Path) -> Path:
    """A copy of the protocol, that a test may decide with."""
    shutil.copytree(gate / "protocol", tmp_path / "protocol")
    return tmp_path / "protocol"


def open_page(qtbot: QtBot) -> NewPlates:
    page = NewPlates()
    qtbot.addWidget(page)
    page.resize(380, 900)
    page.show()
    qtbot.waitExposed(page)
    settle(qtbot, page)
    return page


def settle(qtbot: QtBot, page: NewPlates) -> None:
    qtbot.waitUntil(lambda: not page.busy, timeout=PATIENCE)


def type_plates(qtbot: QtBot, page: NewPlates, source: Path) -> None:
    page.source.path.clear()
    page.source.path.insert(str(source))
    QTest.keyClick(page.source.path, Qt.Key.Key_Return)
    settle(qtbot, page)


def drop(page: NewPlates, path: Path) -> None:
    """Drop a path on the page, as a file manager does."""
    data, place = QMimeData(), QPointF(20, 20)
    data.setUrls([QUrl.fromLocalFile(str(path))])
    hand = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(place.toPoint(), *hand)
    QApplication.sendEvent(page, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(page, QDropEvent(place, *hand))


def test_a_protocol_is_opened_once_and_there_again_in_the_next_window(qtbot: QtBot, protocol: Path) -> None:
    page = open_page(qtbot)
    assert page.protocol.about.text() == NONE_YET
    asked = choose_path(protocol)
    press(page.protocol.opener)
    assert asked == ["Folder of a protocol"]
    settle(qtbot, page)
    assert page.protocol.about.text() == "DNA, Actin: 2 reference plates · focus is not judged"
    again = open_page(qtbot)
    assert again.gate is not None
    assert again.gate.folder.samefile(protocol)
    assert again.protocol.recent.currentText().startswith("protocol  (")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: shutil.rmtree(folder) or folder.mkdir(), "no protocol in"),
        (lambda folder: (folder / "protocol.json").write_text('{"drift": ["x"]}'), "holds no whole protocol"),
        (lambda folder: (folder / "reference.npz").write_bytes(b"nothing"), "reference.npz"),
    ],
)
def test_a_folder_that_is_no_whole_protocol_is_refused_in_a_line(
    qtbot: QtBot, protocol: Path, spoil: Any, said: str
) -> None:
    spoil(protocol)
    page = open_page(qtbot)
    drop(page, protocol)
    page.choose_protocol(protocol)  # without its card a folder is taken for plates: it was chosen with Open
    settle(qtbot, page)
    assert said in page.protocol.about.text()
    assert "\n" not in page.protocol.about.text()
    assert "`" not in page.protocol.about.text()
    assert not page.checking.button.isEnabled()


def test_what_is_dropped_is_taken_for_what_it_is(qtbot: QtBot, gate: Path, protocol: Path, tmp_path: Path) -> None:
    page = open_page(qtbot)
    drop(page, protocol)
    drop(page, gate / "new.csv")
    settle(qtbot, page)
    assert page.gate is not None
    assert page.source.about.text() == "2 plates, 16 wells, 16 fields of DNA, Actin"
    assert page.checking.button.isEnabled()
    drop(page, tmp_path)
    settle(qtbot, page)
    assert page.newcomer is None
    assert not page.checking.button.isEnabled()
    assert str(tmp_path) in page.source.about.text()


def test_plates_of_other_channels_are_stopped_and_rejected_with_who_and_why(
    qtbot: QtBot, gate: Path, protocol: Path
) -> None:
    page = open_page(qtbot)
    page.choose_protocol(protocol)
    type_plates(qtbot, page, gate / "other.csv")
    assert page.decision.form.isHidden()
    press(page.checking.button)
    assert page.checking.button.text() == "Cancel"
    assert not page.source.isEnabled()
    settle(qtbot, page)
    assert page.verdict.verdict.text() == "✕ stop"
    assert "Actin missing; there are DNA, ER" in page.verdict.reasons.text()
    form, kept = page.decision, protocol / "decisions.jsonl"
    assert form.who.text()
    press(form.reject)
    assert form.words.text() == NO_REASON
    assert not kept.exists()
    form.who.clear()
    QTest.keyClicks(form.who, "Ada")
    QTest.keyClicks(form.why, "no actin")
    QTest.keyClicks(form.wells, "H12")
    press(form.reject)
    settle(qtbot, page)
    assert "'H12' is no well of these plates" in form.words.text()
    form.wells.clear()
    QTest.keyClicks(form.wells, "a1; A02")
    form.reject.setFocus()
    QTest.keyClick(form.reject, Qt.Key.Key_Space)
    settle(qtbot, page)
    (line,) = map(json.loads, kept.read_text(encoding="utf-8").splitlines())
    assert (line["who"], line["decision"], line["why"], line["wells"]) == (
        "Ada",
        "rejected",
        "no actin",
        ["A01", "A02"],
    )
    assert (line["verdict"], line["plates"]) == ("stop", ["B1/B1P1", "B2/B2P1"])
    assert form.title.text() == "1 decision with this protocol."
    assert form.why.text() == ""
    type_plates(qtbot, page, gate / "new.csv")
    assert page.verdict.isHidden()
    assert form.form.isHidden()


def test_a_check_can_be_taken_back(qtbot: QtBot, gate: Path, protocol: Path) -> None:
    page = open_page(qtbot)
    page.choose_protocol(protocol)
    type_plates(qtbot, page, gate / "new.csv")
    press(page.checking.button)
    press(page.checking.button)
    settle(qtbot, page)
    assert page.checking.words.text() == "Cancelled. The plates were not judged."
    assert page.source.isEnabled()
    assert page.verdict.isHidden()


def test_decisions_of_the_command_line_are_listed_the_newest_first(qtbot: QtBot, gate: Path, protocol: Path) -> None:
    page = open_page(qtbot)
    page.choose_protocol(protocol)
    settle(qtbot, page)
    assert page.decision.title.text() == "Nothing was decided with this protocol yet."
    words = ["--protocol", str(protocol), "--who", "Bo", "--plates", "B2P1"]
    assert main(["accept", str(gate / "other.csv"), *words, "--decide", "approved", "--why", "only DNA is asked"]) == 0
    with (protocol / "decisions.jsonl").open("a") as file:
        file.write("nonsense\n")
    page.hide()
    page.show()  # as long as it is seen it looks every few seconds, and at once when it appears
    qtbot.waitUntil(lambda: page.decision.title.text().startswith("1 decision"), timeout=PATIENCE)
    assert "1 line of the file cannot be read" in page.decision.title.text()
    history = page.decision.history
    QTest.mouseClick(history.viewport(), Qt.MouseButton.LeftButton, pos=history.visualRect(history.first()).center())
    assert "approved by Bo\nB2/B2P1\nonly DNA is asked" in page.decision.reading.text()


def test_checks_that_did_not_pass_stand_first_and_say_what_they_mean(qtbot: QtBot, gate: Path) -> None:
    view = GateVerdict()
    qtbot.addWidget(view)
    view.resize(330, 600)
    view.show_checks(read_checks(gate / "blank-checks.csv"))
    assert view.verdict.text() == "✕ stop"
    assert "B1P1: look · B2P1: stop" in view.reasons.text()
    assert view.table.labels()[0] == "controls · B2P1"
    assert "two are needed to judge anything" in view.reading.text()
    words = 4
    assert view.table.isColumnHidden(words)
    view.resize(WIDE + 40, 600)
    assert not view.table.isColumnHidden(words)
    index = view.table.first()
    tip = view.table.model().data(index, Qt.ItemDataRole.ToolTipRole)  # type: ignore[union-attr]
    assert tip.splitlines()[0] == "controls · B2P1: stop"
    assert "limit: ≥ 2" in tip


def test_plates_that_are_as_usual_join(qtbot: QtBot, gate: Path) -> None:
    view = GateVerdict()
    qtbot.addWidget(view)
    checks = read_checks(gate / "new-checks.csv")
    view.show_checks(checks[checks["check"] != "pixel size"])
    assert view.verdict.text() == "✓ joins"
    assert "is usual" in view.reasons.text()


def test_checks_that_were_edited_are_refused(gate: Path, tmp_path: Path) -> None:
    text = (gate / "new-checks.csv").read_text()
    for change, said in ((text.replace("joins", "perhaps"), "no verdict"), (text.replace("value", "x"), "lacks")):
        (tmp_path / "checks.csv").write_text(change)
        with pytest.raises(Exception, match=said):
            read_checks(tmp_path / "checks.csv")


def test_a_protocol_is_proposed_beside_the_last_one_and_wants_profiles(gate: Path, tmp_path: Path) -> None:
    run = Run(gate / "bare" / "one")
    assert free_place(run, None) == "one-protocol"
    (tmp_path / "one-protocol").mkdir()
    assert free_place(run, tmp_path) == str(tmp_path / "one-protocol-2")
    with pytest.raises(RunError, match="no profiles yet"):
        protocol_steps(run, tmp_path / "new", "", focus=True)


def open_panel(qtbot: QtBot, viewer: ViewerModel, runs: Path) -> RunsPanel:
    """Open the panel on a folder with one run, and the tab; the run is not chosen yet."""
    remember_runs_folder(runs)
    panel = RunsPanel(viewer)
    qtbot.addWidget(panel)
    panel.resize(420, 900)
    panel.show()
    qtbot.waitUntil(lambda: panel.table.rowCount() == 1, timeout=PATIENCE)
    panel.tabs.setCurrentIndex(3)
    assert panel.tabs.tabText(3) == "New plates"
    panel.new_plates.protocol.maker.open()
    return panel


def test_a_run_without_profiles_makes_no_protocol_and_says_so(
    qtbot: QtBot, viewer: ViewerModel, gate: Path, tmp_path: Path
) -> None:
    panel = open_panel(qtbot, viewer, gate / "bare")
    page = panel.new_plates
    assert not page.protocol.making.button.isEnabled()
    panel.table.choose(0)
    asked = choose_path(tmp_path / "place")
    press(page.protocol.making.button)
    assert asked == ["A new folder for the protocol"]
    assert "one has no profiles yet; embed it first" in page.protocol.making.words.text()
    assert not page.protocol.making.words.isHidden()


@pytest.mark.slow
def test_a_protocol_is_made_of_a_run_and_plates_are_held_against_it(
    qtbot: QtBot, viewer: ViewerModel, gate: Path, tmp_path: Path
) -> None:
    panel = open_panel(qtbot, viewer, gate / "runs")
    page = panel.new_plates
    panel.table.choose(0)
    choose_path(tmp_path / "place")
    press(page.protocol.making.button)
    qtbot.waitUntil(lambda: page.gate is not None, timeout=PATIENCE)
    assert page.gate is not None
    assert page.gate.folder == tmp_path / "place"
    type_plates(qtbot, page, gate / "new.csv")
    press(page.checking.button)
    settle(qtbot, page)
    assert page.verdict.verdict.text() == "? look", page.checking.words.text()
    assert "✓" in page.verdict.table.model().index(3, 1).data()  # type: ignore[union-attr]
