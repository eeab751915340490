"""From any screen, run or table of profiles to any other: with all panels docked, nothing of the first is left."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from qtpy.QtWidgets import QApplication

from cdcl.attention import Attention, Question
from cdcl.config.recipes import check_config
from cdcl.profiles import Profiles
from cdcl.runs import start_run
from cdcl.screen.plates import row_letters
from napari_cdcl import actions
from napari_cdcl.layers.attention import KEY, show_maps
from napari_cdcl.layers.captions import captions_of, name_maps
from napari_cdcl.layers.field import name_field
from napari_cdcl.models.counting import counted
from napari_cdcl.models.items import Items
from napari_cdcl.models.plates import FORMATS
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.attention.panel import AttentionPanel
from napari_cdcl.panels.cells.panel import CellsPanel
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.panels.runs.panel import RunsPanel
from napari_cdcl.panels.scores.panel import ScoresPanel
from napari_cdcl.panels.screen.panel import ScreenPanel
from napari_cdcl.panels.train.panel import TrainPanel
from napari_cdcl.panels.treatments.panel import TreatmentsPanel
from napari_cdcl.sample_data import SimulatedScreen
from napari_cdcl.ui.state_keeper import keeper_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import napari
    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

    from napari_cdcl.actions import Opened

PANELS = {
    "Screen": ScreenPanel,
    "Cells": CellsPanel,
    "Explore": ExplorePanel,
    "Train": TrainPanel,
    "Runs": RunsPanel,
    "Attention": AttentionPanel,
    "Scores": ScoresPanel,
    "Treatments": TreatmentsPanel,
}
KINDS = ("screen", "run", "profiles")
SELECTED = ("selected", "nothing selected")
PARTS = 6
"""Pieces of the longest walk, each of which takes minutes."""
SHAPES = {1: (1, 1), **{rows * columns: (rows, columns) for rows, columns in FORMATS}, 4: (2, 2)}


@dataclass
class Stop:
    """Something to open, all of whose names are its own."""

    kind: str
    wells: int
    folder: Path
    selects: bool = False
    opened: Opened = field(init=False, repr=False)

    def __post_init__(self) -> None:
        screen = self._screen()
        run = items = None
        if self.kind == "run":
            run = start_run(self.folder / "run", check_config({"steps": 1}, where="test"))
        if self.kind != "screen":
            values = np.random.default_rng(self.wells).normal(size=(self.wells, 4)).astype(np.float32)
            points = {"umap": values[:, :2].copy()}
            items = Items.of_profiles(Profiles(values, screen.sites, "site"), screen, points)
        self.opened = actions.Opened(screen, run, items)

    def _screen(self) -> SimulatedScreen:
        rows, columns = SHAPES[self.wells]
        wells = [f"{row_letters(row + 1)}{column + 1:02d}" for row in range(rows) for column in range(columns)]
        table = {"batch": "B", "plate": f"P{self.wells}", "well": wells, "site": "1"}
        names = [f"{self.kind} {self.wells} {number % 3}" for number in range(self.wells)]
        sites = pd.DataFrame({**table, "treatment": names})
        pixels = np.full((self.wells, 2, 8, 8), self.wells, np.uint16)
        pixels[:, :, :4] += 10 * KINDS.index(self.kind) + 5
        return SimulatedScreen(sites, self.channels, self.folder, None, pixels=pixels)

    @property
    def channels(self) -> tuple[str, str]:
        return (f"{self.kind}{self.wells}a", f"{self.kind}{self.wells}b")


def round_trip(num: int) -> list[int]:
    """Give a walk through 0..num-1 in which each follows each, itself too, exactly once: de Bruijn's of order 2."""
    walk: list[int] = []
    for first in range(num):
        walk.append(first)
        for second in range(first + 1, num):
            walk += [first, second]
    return [*walk, 0]


def test_the_walk_takes_every_step_once() -> None:
    walk = round_trip(7)
    assert sorted(pairwise(walk)) == sorted(product(range(7), repeat=2))
    pieces = [step for part in range(PARTS) for step in pairwise(part_of_trip(7, part))]
    assert pieces == list(pairwise(walk))


def lay_attention(viewer: Any, row: int) -> None:
    """Show maps, as an answer of the network does."""
    attention = Attention(np.ones((2, 2, 2), np.float32), (4.0, 4.0), (1.5, 1.5), ("head 1", "head 2"))
    captions_of(viewer).tell_maps(show_maps(viewer, attention, row), name_maps(attention, Question()))


def leftovers(viewer: Any, panels: dict[str, Any], stop: Stop) -> list[str]:
    """Name all that is not of what was opened."""
    session, screen = session_of(viewer), stop.opened.screen
    explore, plate = panels["Explore"], panels["Screen"].plate
    num_points = stop.wells if stop.opened.items is not None else 0
    truths = {
        "layers": [layer.name for layer in viewer.layers] == list(stop.channels),
        "layers' screen": all(layer.metadata["screen"] is screen for layer in viewer.layers),
        "no attention": not [layer for layer in viewer.layers if layer.metadata[KEY] != "field"],
        "caption": captions_of(viewer).lines == [name_field(session, 0)],
        "slider": viewer.dims.current_step[0] == 0 == session.row,
        "looks": set(session.luts) == set(stop.channels),
        "title": f"1 plate, {counted(stop.wells, 'wells')}, " in panels["Screen"].title.text(),
        "plate map": len(plate.map.plate_layout) == stop.wells,
        "plate chooser": plate.plates.currentText() == f"B/P{stop.wells}",
        "legend": f"{stop.kind} {stop.wells} 0".replace(" ", "&nbsp;") in plate.legend.text(),
        "scatter": len(explore.first.view.model) == num_points,
        "selection": not session.selection.any() and len(session.selection) == stop.wells,
        "run": session.run is stop.opened.run or session.run == stop.opened.run,
        "message": panels["Scores"].message.text().startswith("Opened"),
    }
    return [what for what, holds in truths.items() if not holds]


def check_disk(stops: list[Stop]) -> None:
    for stop in stops:
        path = stop.folder / "run" / "window.json"
        if path.is_file():
            assert set(json.loads(path.read_text())["channels"]) <= set(stop.channels), path


def part_of_trip(num: int, part: int) -> list[int]:
    """Give one of `PARTS` pieces of that walk; each begins where the one before has ended."""
    walk = round_trip(num)
    cuts = np.linspace(0, len(walk) - 1, PARTS + 1).astype(int).tolist()
    return walk[cuts[part] : cuts[part + 1] + 1]


def walk_through(viewer: Any, panels: dict[str, Any], stops: list[Stop], walk: list[int] | None = None) -> None:
    """Open each after each, or along a walk; leave something of every kind behind before going on."""
    session, keeper = session_of(viewer), keeper_of(viewer)
    before = None
    for number in walk or round_trip(len(stops)):
        stop = stops[number]
        actions.show_opened(session, stop.opened)
        if stop is not before:  # what is open already may stay as it is
            assert leftovers(viewer, panels, stop) == [], f"from {before} to {stop}"
        QApplication.processEvents()
        keeper.save()
        if stop.selects:
            session.selection = np.arange(stop.wells) % 2 == 0
            session.aside = np.ones(stop.wells, bool)
        if stop.opened.run is not None:
            lay_attention(viewer, session.row)
        before = stop


def stops_of(folder: Path, sizes: tuple[int, ...]) -> list[Stop]:
    return [
        Stop(kind, wells, folder / f"{kind}{wells}{chosen[0]}", chosen == "selected")
        for kind, wells, chosen in product(KINDS, sizes, SELECTED)
    ]


@pytest.mark.gl
def test_in_a_real_window_nothing_of_what_was_open_is_left(
    window: napari.Viewer, open_panel: Callable[[str], Any], tmp_path: Path
) -> None:
    panels = {name: open_panel(name) for name in PANELS}
    stops = [Stop("screen", 96, tmp_path / "a", True), Stop("run", 384, tmp_path / "b", True)]
    walk_through(window, panels, [*stops, Stop("profiles", 1, tmp_path / "c")])
    check_disk(stops)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_from_anything_to_anything_nothing_is_left(
    qtbot: QtBot, viewer: ViewerModel, tmp_path: Path, part: int
) -> None:
    """All 1,296 pairs of six formats, three kinds and two selections, in one long walk: without napari's own canvas."""
    panels = {name: panel(viewer) for name, panel in PANELS.items()}
    for panel in panels.values():
        qtbot.addWidget(panel)
        panel.show()
    panels["Attention"].following.setChecked(False)  # else each of 432 runs starts a process; the other tests let it
    stops = stops_of(tmp_path, (1, 4, 24, 96, 384, 1536))
    walk_through(viewer, panels, stops, part_of_trip(len(stops), part))
    check_disk(stops)


def test_from_a_small_to_a_large_plate_and_back_nothing_is_left(
    qtbot: QtBot, viewer: ViewerModel, tmp_path: Path
) -> None:
    panels = {name: panel(viewer) for name, panel in PANELS.items()}
    for panel in panels.values():
        qtbot.addWidget(panel)
        panel.show()
    stops = [stop for stop in stops_of(tmp_path, (4, 384)) if stop.selects]
    walk_through(viewer, panels, stops)
    check_disk(stops)
