"""The runs panel as a hand drives it: mouse and keys, menus and questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
from hands import choose_path
from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtWidgets import QApplication, QInputDialog, QLineEdit, QMenu, QMessageBox
from tiny import make_screen

from cdcl.profiles import read_profiles
from cdcl.runs import Run
from napari_cdcl.models.session import session_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from napari_cdcl.panels.runs.panel import RunsPanel

PATIENCE = 120_000
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def folder(folder: Path) -> Path:
    """The runs with a map of their fields each."""
    from cdcl.projections import Projection, write_projection
    from cdcl.screen.tables import read_screen_table

    for run in (Run(folder / "one"), Run(folder / "other")):
        sites = read_screen_table(run.screen).sites
        points = np.random.default_rng(0).normal(size=(len(sites), 2)).astype(np.float32)
        write_projection(Projection(points, sites, "pca", {"level": "site"}), run.projection("pca"))
    return folder


@pytest.fixture
def panel(qtbot: QtBot, panel: RunsPanel) -> RunsPanel:
    """The panel on display, large enough for a mouse."""
    panel.resize(520, 900)
    panel.show()
    return panel


def click_row(qtbot: QtBot, panel: RunsPanel, row: int, *, more: bool = False) -> None:
    item = panel.table.item(row, 0)
    assert item is not None
    keys = Qt.KeyboardModifier.ControlModifier if more else Qt.KeyboardModifier.NoModifier
    qtbot.mouseClick(panel.table.viewport(), LEFT, keys, panel.table.visualItemRect(item).center())


def once(kind: type, act: Callable[[Any], object], *, wait: int = 10_000) -> list[str]:
    """Wait for a menu or dialog of a kind to open, then act on it, while whoever opened it waits for an answer."""
    done: list[str] = []
    timer = QTimer(QApplication.instance())
    timer.setInterval(30)

    def look() -> None:
        shown = QApplication.activePopupWidget() if kind is QMenu else QApplication.activeModalWidget()
        if isinstance(shown, kind):
            timer.stop()
            act(shown)
            done.append(kind.__name__)
        elif timer.property("left") <= 0:
            timer.stop()
        else:
            timer.setProperty("left", timer.property("left") - 30)

    timer.setProperty("left", wait)
    timer.timeout.connect(look)
    timer.start()
    return done


def choose_in_menu(qtbot: QtBot, panel: RunsPanel, title: str) -> None:
    """Press More and click an entry of its menu."""

    def click(menu: QMenu) -> None:
        (action,) = [action for action in menu.actions() if action.text().startswith(title)]
        qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())

    done = once(QMenu, click)
    button = panel.buttons["more"]
    qtbot.mouseClick(button, LEFT, pos=QPoint(button.width() // 2, button.height() // 2))
    qtbot.waitUntil(lambda: bool(done), timeout=PATIENCE)


def type_into(qtbot: QtBot, text: str) -> Callable[[Any], object]:
    def act(dialog: Any) -> None:
        line = dialog.findChild(QLineEdit)
        line.selectAll()
        qtbot.keyClicks(line, text)
        qtbot.keyClick(line, Qt.Key.Key_Return)

    return act


def test_two_clicks_compare_settings_curves_and_scatters(qtbot: QtBot, panel: RunsPanel) -> None:
    click_row(qtbot, panel, 0)
    assert [entry.run.folder.name for entry in panel.table.selected()] == ["one"]
    click_row(qtbot, panel, 1, more=True)
    comparison = panel.comparison
    qtbot.waitUntil(lambda: "dashed" in comparison.title.text(), timeout=PATIENCE)
    assert panel.tabs.currentIndex() == 1
    item = comparison.settings.item(0, 0)
    assert item is not None
    assert item.text() == "optimizer.lr"
    assert {"loss", "sample: batch recognised"} <= set(comparison.curves.shown)
    assert all(view.isVisibleTo(comparison) for view in comparison.views)
    click_row(qtbot, panel, 1)
    qtbot.waitUntil(lambda: "other" in panel.about.text(), timeout=PATIENCE)


def test_rename_asks_for_a_name(qtbot: QtBot, panel: RunsPanel, folder: Path) -> None:
    click_row(qtbot, panel, 0)
    asked = once(QInputDialog, type_into(qtbot, "better"))
    choose_in_menu(qtbot, panel, "Rename")
    qtbot.waitUntil(lambda: Run(folder / "better").config.exists(), timeout=PATIENCE)
    assert asked == ["QInputDialog"]
    assert not (folder / "one").exists()
    qtbot.waitUntil(lambda: [entry.run.folder.name for entry in panel.table.entries] == ["better", "other"])


def test_a_run_goes_to_the_trash_only_after_a_yes(qtbot: QtBot, panel: RunsPanel, folder: Path, tmp_path: Path) -> None:
    def answer(which: QMessageBox.StandardButton) -> Callable[[Any], object]:
        return lambda box: qtbot.mouseClick(box.button(which), LEFT)

    click_row(qtbot, panel, 0)
    asked = once(QMessageBox, answer(QMessageBox.StandardButton.No))
    choose_in_menu(qtbot, panel, "Move to trash")
    assert asked == ["QMessageBox"]
    assert (folder / "one").is_dir()
    answered = once(QMessageBox, answer(QMessageBox.StandardButton.Yes))
    choose_in_menu(qtbot, panel, "Move to trash")
    assert answered == ["QMessageBox"]
    assert not (folder / "one").exists(), panel.message.text()
    qtbot.waitUntil(lambda: panel.table.rowCount() == 1, timeout=PATIENCE)
    assert "in the trash" in panel.message.text()
    found = [place for place in tmp_path.rglob("config.toml") if "Trash" in place.parts]
    assert len(found) == 1


def test_export_asks_for_a_place_and_writes_two_files(qtbot: QtBot, panel: RunsPanel, tmp_path: Path) -> None:
    click_row(qtbot, panel, 0)
    asked = choose_path(tmp_path / "model")  # pasted: while letters are typed, the dialog completes them
    choose_in_menu(qtbot, panel, "Export model")
    qtbot.waitUntil(lambda: (tmp_path / "model").is_dir(), timeout=PATIENCE)
    assert len(asked) == 1
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == ["weights.json", "weights.safetensors"]


@pytest.mark.slow
def test_channels_of_another_screen_are_matched_by_name(
    qtbot: QtBot, panel: RunsPanel, folder: Path, tmp_path: Path
) -> None:
    """The same pixels with their channels the other way round give the same profiles."""
    screen = make_screen(tmp_path / "turned")
    for path in (tmp_path / "turned").glob("*.tif"):
        tifffile.imwrite(path, np.ascontiguousarray(tifffile.imread(path)[::-1]))
    session = session_of(panel.viewer)  # type: ignore[attr-defined]
    session.screen = type(screen)(screen.sites, ("Actin", "DNA"), screen.folder)
    click_row(qtbot, panel, 0)
    part = panel.embedding
    panel.tabs.setCurrentIndex(2)
    part.method.show_key("pca")
    profiles = []
    for which in ("own", "open"):
        part.fields.show_key(which)
        qtbot.mouseClick(part.button, LEFT)
        assert part.running
        qtbot.waitUntil(lambda: not part.running and "Explore panel" in part.words.text(), timeout=PATIENCE)
        assert session.items is not None
        profiles.append(session.items.values)
        session.screen = type(screen)(screen.sites, ("Actin", "DNA"), screen.folder)
    np.testing.assert_allclose(profiles[0], profiles[1], atol=1e-4)
    (kept,) = (folder / "one" / "embeddings").glob("*-site.parquet")
    assert len(read_profiles(kept)) == 16
