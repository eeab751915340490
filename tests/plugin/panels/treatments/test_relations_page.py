"""Related treatments as a user has them: seen, selected by clicks and keys, marked, saved, refused where damaged."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hands import choose_path, press
from napari.components import ViewerModel
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtTest import QTest

from napari_cdcl import actions
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.treatments.relations_page import NO_MECHANISM, NO_RUN, NOT_YET, RelationsPage

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cdcl.runs import Run
    from napari_cdcl.models.session import Session

LEFT, SHIFT, NO_KEY = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)


def opened(qtbot: QtBot, run: Run | None) -> tuple[RelationsPage, Session]:
    viewer = ViewerModel()
    session = session_of(viewer)
    if run is not None:
        actions.open_source(session, run.folder)
    page = RelationsPage(session)
    page.viewer = viewer  # type: ignore[attr-defined]  # sessions die with their viewers
    page.resize(540, 600)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    qtbot.waitUntil(lambda: not page.worker.busy, timeout=60_000)
    return page, session


def selected(session: Session) -> set[str]:
    assert session.items is not None
    return set(session.items.table["treatment"][session.selection])


def names_at(page: RelationsPage, places: list[int]) -> set[str]:
    relations = page.views.heat_map.relations
    assert relations is not None
    return {relations.names[place] for place in places}


def click_heat(page: RelationsPage, place: QPointF, keys: Qt.KeyboardModifier = NO_KEY) -> None:
    QTest.mouseClick(page.views.heat_map.viewport(), LEFT, keys, place.toPoint())


def test_without_a_run_or_relations_it_says_what_to_do(qtbot: QtBot, related_run: Run) -> None:
    page, _ = opened(qtbot, None)
    assert page.state.text() == NO_RUN
    assert not page.finding.button.isEnabled()
    shutil.rmtree(related_run.folder / "relations")
    page, _ = opened(qtbot, related_run)
    assert page.state.text() == NOT_YET
    assert page.views.isHidden()
    assert not page.saver.isEnabled()


def test_a_click_on_a_cell_selects_both_on_a_name_or_a_colour_one_and_shift_adds(
    qtbot: QtBot, related_run: Run
) -> None:
    page, session = opened(qtbot, related_run)
    frame = page.views.heat_map.frame()
    click_heat(page, frame.cell_rect(2, 7).center())
    assert selected(session) == names_at(page, [2, 7])
    row = frame.cell_rect(4, 0).center().y()
    click_heat(page, QPointF(frame.inner.right() + 10, row))
    assert selected(session) == names_at(page, [4])
    click_heat(page, QPointF(frame.left - 5, frame.cell_rect(9, 0).center().y()), SHIFT)
    assert selected(session) == names_at(page, [4, 9])
    assert page.views.heat_map.marked == [4, 9]


def test_a_drag_over_a_block_selects_all_in_it_and_a_branch_what_is_below(qtbot: QtBot, related_run: Run) -> None:
    page, session = opened(qtbot, related_run)
    heat = page.views.heat_map
    begin, end = (heat.frame().cell_rect(place, place).center().toPoint() for place in (3, 6))
    view = heat.viewport()
    QTest.mousePress(view, LEFT, NO_KEY, begin)
    QTest.mouseMove(view, QPoint(begin.x() + 5, begin.y() + 5))
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, LEFT, NO_KEY, end)
    assert selected(session) == names_at(page, [3, 4, 5, 6])
    assert heat.relations is not None
    joints, frame = heat.relations.joints, heat.frame()
    top = frame.tree_high - joints.heights[-1] * joints.pixels_high(frame.tree_high - 4)
    click_heat(page, QPointF(frame.column_x(0.5 + joints.ends[-1].mean()), float(top) - 1))
    assert selected(session) == names_at(page, list(range(20)))


def test_arrows_move_and_return_selects_a_cell_or_a_block(qtbot: QtBot, related_run: Run) -> None:
    page, session = opened(qtbot, related_run)
    heat = page.views.heat_map
    heat.setFocus()
    QTest.keyClick(heat, Qt.Key.Key_Home)
    for _ in range(3):
        QTest.keyClick(heat, Qt.Key.Key_Right)
    QTest.keyClick(heat, Qt.Key.Key_Down)
    assert heat.current == (1, 3)
    assert heat.accessibleDescription().startswith(" · ".join(heat.relations.names[place] for place in (1, 3)))  # type: ignore[union-attr]
    assert page.views.reading.text() == heat.accessibleDescription()
    QTest.keyClick(heat, Qt.Key.Key_Return)
    assert selected(session) == names_at(page, [1, 3])
    QTest.keyClick(heat, Qt.Key.Key_Down, SHIFT)
    QTest.keyClick(heat, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(heat, Qt.Key.Key_Return)
    assert selected(session) == names_at(page, [1, 2, 3, 4])


def test_the_wheel_zooms_about_the_cursor_and_the_keys_bring_the_cell_into_sight(
    qtbot: QtBot, related_run: Run
) -> None:
    page, _ = opened(qtbot, related_run)
    heat = page.views.heat_map
    heat.resize(300, 260)
    place = heat.frame().cell_rect(6, 6).center()
    heat.zoom(8.0, place)
    assert heat.frame().at(place) == (6, 6)
    assert heat.frame().furthest > (0, 0)
    heat.setFocus()
    QTest.keyClick(heat, Qt.Key.Key_End)
    frame = heat.frame()
    assert frame.inner.adjusted(-1, -1, 1, 1).contains(frame.cell_rect(19, 19))
    QTest.keyClick(heat, Qt.Key.Key_0)
    assert heat.frame().furthest == (0, 0)


def test_what_is_selected_elsewhere_is_marked_in_all_views(qtbot: QtBot, related_run: Run) -> None:
    page, session = opened(qtbot, related_run)
    one, other = page.views.list.labels()[0].split(" · ")
    assert session.items is not None
    session.selection = session.items.table["treatment"].isin([one, other]).to_numpy()
    places = sorted(page.views.heat_map.relations.places[name] for name in (one, other))  # type: ignore[union-attr]
    assert page.views.heat_map.marked == places
    assert page.views.network.marked == places
    assert page.views.list.marked() == {f"{one} · {other}"}
    session.selection = np.zeros(len(session.items), dtype=bool)
    assert page.views.heat_map.marked == []
    assert page.views.list.marked() == set()


def test_the_network_has_clickable_nodes_and_lines_and_a_threshold(qtbot: QtBot, related_run: Run) -> None:
    page, session = opened(qtbot, related_run)
    press(page.views.buttons["network"])
    net, slider = page.views.network, page.views.slider
    assert net.relations is not None
    assert slider.isVisible()
    assert slider.maximum() == len(net.relations.ends) > 3
    node = int(net.nodes()[0])
    where = net.place_of(node)
    QTest.mouseClick(net, LEFT, NO_KEY, where.toPoint())
    assert selected(session) == names_at(page, [node])
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Home)
    assert net.lines == 1
    assert page.views.threshold.text().startswith("1 most alike of ")
    one, other = net.relations.ends[0].tolist()
    middle = (net.place_of(one) + net.place_of(other)) / 2
    QTest.mouseClick(net, LEFT, NO_KEY, middle.toPoint())
    assert selected(session) == names_at(page, [one, other])
    slider.setValue(slider.maximum())
    assert net.place_of(node) == where


def test_arrows_go_from_treatment_to_treatment_in_the_network(qtbot: QtBot, related_run: Run) -> None:
    page, session = opened(qtbot, related_run)
    press(page.views.buttons["network"])
    net = page.views.network
    net.setFocus()
    QTest.keyClick(net, Qt.Key.Key_Right)
    visited = {net.current[0]}
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up) * 2:
        QTest.keyClick(net, key)
        visited.add(net.current[0])
    assert len(visited) > 2
    QTest.keyClick(net, Qt.Key.Key_Return)
    assert selected(session) == names_at(page, [net.current[0]])


def test_a_frame_dragged_in_the_network_selects_what_is_in_it(qtbot: QtBot, related_run: Run) -> None:
    page, session = opened(qtbot, related_run)
    press(page.views.buttons["network"])
    net = page.views.network
    end = QPoint(net.width() - 3, net.height() - 22)
    QTest.mousePress(net, LEFT, NO_KEY, QPoint(2, 2))
    QTest.mouseMove(net, QPoint(60, 60))
    QTest.mouseMove(net, end)
    QTest.mouseRelease(net, LEFT, NO_KEY, end)
    assert selected(session) == names_at(page, net.nodes().tolist())


def test_a_click_on_a_pair_of_the_list_selects_both(qtbot: QtBot, related_run: Run) -> None:
    page, session = opened(qtbot, related_run)
    press(page.views.buttons["list"])
    table = page.views.list
    QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(table.first()).center())
    assert selected(session) == set(table.labels()[0].split(" · "))


def test_a_file_of_known_pairs_is_marked_by_compound_and_goes_with_the_child(
    qtbot: QtBot, related_run: Run, tmp_path: Path
) -> None:
    page, session = opened(qtbot, related_run)
    (tmp_path / "known.csv").write_text("one,other\ndrug 00,drug 01\ndrug 03@1,drug 11@1\nstrange,drug 02\n")
    choose_path(tmp_path / "known.csv")
    press(page.marker)
    qtbot.waitUntil(lambda: page.told.isVisible() and not page.worker.busy)
    assert page.told.text() == "known.csv: 2 of its 3 pairs are marked."
    relations = page.views.heat_map.relations
    assert relations is not None
    rows, columns = np.nonzero(np.triu(relations.known))
    assert [{relations.names[one], relations.names[two]} for one, two in zip(rows, columns, strict=True)] in (
        [{"drug 00@1", "drug 01@1"}, {"drug 03@1", "drug 11@1"}],
        [{"drug 03@1", "drug 11@1"}, {"drug 00@1", "drug 01@1"}],
    )
    (tmp_path / "bad.csv").write_text("one\ndrug 00\n")
    told: list[str] = []
    session.told.connect(told.append)
    page.mark_known(tmp_path / "bad.csv")
    qtbot.waitUntil(lambda: bool(told))
    assert "bad.csv has one column" in told[0]
    assert page.views.isVisible()


@pytest.mark.parametrize(
    ("view", "form"),
    [
        *[(view, "csv") for view in ("heat map", "network", "list")],
        *[pytest.param(view, "svg", marks=pytest.mark.slow) for view in ("heat map", "network")],
    ],
)
def test_what_is_on_display_is_saved(qtbot: QtBot, related_run: Run, tmp_path: Path, view: str, form: str) -> None:
    page, _ = opened(qtbot, related_run)
    press(page.views.buttons[view])
    path = tmp_path / f"saved.{form}"
    choose_path(path)
    press(page.saver)
    qtbot.waitUntil(lambda: path.is_file() and not page.worker.busy, timeout=20_000)
    if form == "svg":
        assert "drug 00@1" in path.read_text()
        return
    table = pd.read_csv(path)
    if view == "heat map":
        assert table["treatment"].tolist() == list(table.columns[2:])
        assert np.diag(table.iloc[:, 2:].to_numpy()) == pytest.approx(1)
    else:
        assert table["related"].all()
        assert len(table) == len(page.views.list.labels())


def test_colours_follow_any_column_of_one_value_a_treatment(qtbot: QtBot, related_run: Run) -> None:
    page, _ = opened(qtbot, related_run)
    assert page.colour.key == "mechanism"
    assert "family&nbsp;0" in page.views.legend.text()
    keys = [page.colour.itemData(row) for row in range(page.colour.count())]
    assert "compound" in keys
    assert "well" not in keys
    page.colour.setFocus()
    while page.colour.key:
        QTest.keyClick(page.colour, Qt.Key.Key_Up)
    assert page.views.legend.isHidden()


def test_without_mechanisms_or_related_pairs_it_says_what_to_do(qtbot: QtBot, related_run: Run) -> None:
    sites = pd.read_parquet(related_run.screen)
    sites.drop(columns="mechanism").to_parquet(related_run.screen)
    pairs = pd.read_csv(related_run.folder / "relations" / "pairs.csv", keep_default_na=False)
    pairs.assign(q=0.5, related=False).to_csv(related_run.folder / "relations" / "pairs.csv", index=False)
    page, _ = opened(qtbot, related_run)
    assert page.state.text().startswith("0 of 190 pairs")
    press(page.views.buttons["network"])
    assert page.views.slider.isHidden()
    assert "No pair is more alike" in page.views.network.accessibleDescription()
    assert page.colour.key == ""
    assert page.views.legend.text() == NO_MECHANISM


@pytest.mark.parametrize(
    ("name", "reason"), [("pairs.csv", "one for each pair"), ("similarity.csv", "cut off"), ("tree.csv", "cut off")]
)
def test_a_truncated_file_is_refused_in_a_line(qtbot: QtBot, related_run: Run, name: str, reason: str) -> None:
    path = related_run.folder / "relations" / name
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    page, _ = opened(qtbot, related_run)
    assert name in page.state.text()
    assert reason in page.state.text()
    assert page.views.isHidden()


@pytest.mark.slow
def test_a_child_finds_them(qtbot: QtBot, dose_run: Run) -> None:
    page, _ = opened(qtbot, dose_run)
    press(page.finding.button)
    assert page.finding.button.text() == "Cancel"
    qtbot.waitUntil(lambda: "of 91 pairs are alike" in page.state.text(), timeout=120_000)
    assert (dose_run.folder / "relations" / "tree.csv").is_file()
    assert page.views.heat_map.isVisible()
