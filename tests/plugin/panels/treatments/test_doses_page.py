"""Dose-response curves as a user has them: fitted, read off, walked through by keys, a dose shown, saved."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hands import choose_path, press
from napari.components import ViewerModel
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest

from cdcl.profiles import read_profiles, write_profiles
from napari_cdcl import actions
from napari_cdcl.models.session import Session, session_of
from napari_cdcl.panels.treatments.doses_page import NO_RUN, NOT_YET, STALE
from napari_cdcl.panels.treatments.panel import TreatmentsPanel

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from napari_cdcl.panels.treatments.doses_page import DosesPage

PATIENCE = 120_000


def open_page(qtbot: QtBot, run: Run | None) -> tuple[DosesPage, Session, TreatmentsPanel]:
    viewer = ViewerModel()
    if run is not None:
        actions.open_source(session_of(viewer), run.folder)
    panel = TreatmentsPanel(viewer)
    panel.viewer = viewer  # type: ignore[attr-defined]  # sessions die with their viewers
    panel.resize(560, 900)
    qtbot.addWidget(panel)
    panel.show()
    panel.tabs.setCurrentWidget(panel.doses)
    qtbot.waitExposed(panel)
    qtbot.waitUntil(lambda: not panel.doses.worker.busy, timeout=PATIENCE)
    return panel.doses, session_of(viewer), panel


def place_of(page: DosesPage, compound: str, dose: float) -> QPoint:
    """Give the middle of a dose in the plot of a compound."""
    number = [plot.curve.compound for plot in page.grid.plots].index(compound)
    frame, plot = page.grid.frames()[number], page.grid.plots[number]
    x = float(frame.x(plot.place(plot.levels))[plot.levels.tolist().index(dose)])
    return QPoint(round(x), round(frame.inner.center().y()))


def click(page: DosesPage, place: QPoint, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(page.grid, Qt.MouseButton.LeftButton, keys, place)


def selected(session: Session) -> set[str]:
    assert session.items is not None
    return set(session.items.table["treatment"][session.selection])


def test_without_a_run_it_says_what_to_do(qtbot: QtBot) -> None:
    page, _, _ = open_page(qtbot, None)
    assert page.state.text() == NO_RUN
    assert not page.fitting.button.isEnabled()
    assert not page.saver.isEnabled()


def test_curves_stand_with_their_ec50_or_the_reason(qtbot: QtBot, dose_run: Run) -> None:
    page, _, _ = open_page(qtbot, dose_run)
    drug, water = page.grid.plots  # what has a curve comes first
    assert drug.curve.ec50_low < 1.0 < drug.curve.ec50_high
    assert re.fullmatch(r"EC50 [\d.]+ µM \([\d.]+ to [\d.]+\)", drug.ec50_in_words())
    assert water.ec50_in_words().startswith("no fit: no dose does anything beyond chance")
    assert page.state.text().startswith("1 of 2 compounds have a curve")
    along, heights = drug.line()
    assert heights[0] < 2 < heights[-1]
    assert not len(water.line()[0])
    assert len(along) == len(heights)


@pytest.mark.slow
def test_curves_are_fitted_in_a_child_along_what_is_chosen(qtbot: QtBot, dose_run: Run) -> None:
    shutil.rmtree(dose_run.folder / "doses")
    page, _, _ = open_page(qtbot, dose_run)
    assert page.state.text() == NOT_YET
    assert page.along.findData("control-axis") < 0  # there is no positive control
    page.along.setCurrentIndex(page.along.findData("emb_0002"))
    page.along.chosen.emit("emb_0002")
    press(page.fitting.button)
    assert page.fitting.button.text() == "Cancel"
    qtbot.waitUntil(lambda: page.doses is not None and page.doses.curves is not None, timeout=PATIENCE)
    assert dose_run.curves("emb_0002").is_file()
    assert [plot.curve.response for plot in page.grid.plots] == ["emb_0002"] * 2


def test_another_response_shows_its_own_curves(qtbot: QtBot, dose_run: Run) -> None:
    page, _, _ = open_page(qtbot, dose_run)
    for along, there in (("emb_0000", True), ("emb_0001", False), ("distance", True)):
        page.along.show_key(along)
        page.along.chosen.emit(along)
        qtbot.waitUntil(lambda: not page.worker.busy, timeout=PATIENCE)
        assert {plot.curve.response for plot in page.grid.plots} == ({along} if there else set())
        assert (page.state.text() == NOT_YET) is not there


def test_a_click_on_a_dose_selects_its_points_and_shows_its_field(qtbot: QtBot, dose_run: Run) -> None:
    page, session, panel = open_page(qtbot, dose_run)
    click(page, place_of(page, "drug", 10.0))
    assert selected(session) == {"drug@10"}
    assert session.screen is not None
    assert session.screen.sites["treatment"].iloc[session.row] == "drug@10"
    assert panel.reasons.text().startswith("drug@10")
    assert len(panel.montage.pairs) == 2  # a plate each, beside a control
    click(page, place_of(page, "drug", 30.0), Qt.KeyboardModifier.ShiftModifier)
    assert selected(session) == {"drug@10", "drug@30"}
    click(page, place_of(page, "water", 0.0))
    assert selected(session) == {"DMSO"}


def test_a_click_on_a_name_selects_the_compound(qtbot: QtBot, dose_run: Run) -> None:
    page, session, _ = open_page(qtbot, dose_run)
    click(page, page.grid.frames()[1].title.center().toPoint())
    assert {name.partition("@")[0] for name in selected(session)} == {"water"}
    assert session.selection.sum() == 14


def test_keys_go_through_compounds_and_doses(qtbot: QtBot, dose_run: Run) -> None:
    page, session, _ = open_page(qtbot, dose_run)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(page.grid, key)
    assert page.reading.text().startswith("water, 30 µM:")
    assert page.reading.text() == page.grid.accessibleDescription()
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    assert selected(session) == {"water@30"}
    QTest.keyClick(page.grid, Qt.Key.Key_Up)
    QTest.keyClick(page.grid, Qt.Key.Key_Space)
    assert {name.partition("@")[0] for name in selected(session)} == {"drug"}


def test_what_is_selected_elsewhere_is_ringed(qtbot: QtBot, dose_run: Run) -> None:
    page, session, _ = open_page(qtbot, dose_run)
    before = page.grid.grab().toImage()
    assert session.items is not None
    session.selection = (session.items.table["treatment"] == "drug@3").to_numpy()
    assert page.grid.grab().toImage() != before


def test_batches_are_told_apart_by_colours_with_a_legend(qtbot: QtBot, dose_run: Run) -> None:
    page, _, _ = open_page(qtbot, dose_run)
    before = page.grid.grab().toImage()
    assert not page.legend.isVisible()
    page.by_batch.click()
    assert page.grid.grab().toImage() != before
    assert "B1" in page.legend.text()
    assert page.legend.isVisible()


def test_compounds_are_searched_filtered_and_ordered(qtbot: QtBot, dose_run: Run) -> None:
    page, _, _ = open_page(qtbot, dose_run)

    def shown() -> list[str]:
        return [plot.curve.compound for plot in page.grid.plots]

    for kind, wanted in (("fitted", ["drug"]), ("without", ["water"]), ("all", ["drug", "water"])):
        page.kept.show_key(kind)
        page.kept.chosen.emit(kind)
        assert shown() == wanted
    QTest.keyClicks(page.search, "WAT")
    assert shown() == ["water"]


@pytest.mark.parametrize("name", ["doses.csv", "doses.png", "doses.svg"])
def test_what_is_shown_is_saved(qtbot: QtBot, dose_run: Run, tmp_path: Path, name: str) -> None:
    page, _, _ = open_page(qtbot, dose_run)
    QTest.keyClicks(page.search, "dru")
    done = choose_path(tmp_path / name)
    press(page.saver)
    qtbot.waitUntil(lambda: (tmp_path / name).is_file() and not page.worker.busy, timeout=PATIENCE)
    assert done == ["Write the curves"]
    if name.endswith("csv"):
        saved = pd.read_csv(tmp_path / name)
        assert saved[["compound", "unit"]].values.tolist() == [["drug", "µM"]]
    else:
        begins = b"\x89PNG" if name.endswith("png") else b"<?xml"
        assert (tmp_path / name).read_bytes().startswith(begins)


def test_changed_profiles_and_damaged_curves_are_said(qtbot: QtBot, dose_run: Run) -> None:
    page, _, _ = open_page(qtbot, dose_run)
    write_profiles(read_profiles(dose_run.profiles("site")), dose_run.profiles("site"))
    page.refresh()
    qtbot.waitUntil(lambda: STALE in page.state.text(), timeout=PATIENCE)
    dose_run.curves("distance").write_text("compound,reason\ndrug,\n")
    page.refresh()
    qtbot.waitUntil(lambda: "It lacks the column" in page.state.text(), timeout=PATIENCE)
    assert "Fit curves (panel Treatments, Doses)" in page.state.text()
    assert page.grid.plots == ()
    assert not page.saver.isEnabled()


def test_another_run_leaves_nothing_of_the_first(qtbot: QtBot, dose_run: Run) -> None:
    page, session, _ = open_page(qtbot, dose_run)
    session.open(None)
    assert page.doses is None
    assert page.grid.plots == ()
    assert page.state.text() == NO_RUN
