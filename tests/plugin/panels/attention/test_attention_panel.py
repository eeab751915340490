"""The panel asks a real child about a tiny trained run and shows what it answers."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.config.recipes import check_config
from cdcl.runs import Run, start_run
from cdcl.screen import Screen
from napari_cdcl.layers.attention import KEY, OVERLAY, SIMILAR, find_layer
from napari_cdcl.layers.captions import WORDS
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.attention.contact_sheet import thin_out
from napari_cdcl.panels.attention.panel import HINT, AttentionPanel
from napari_cdcl.processes import attention_client as client_module
from napari_cdcl.processes.attention_client import AttentionClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot

PATIENCE = 90_000
"""Milliseconds a child may take to load torch on a busy machine."""


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    folder = tmp_path_factory.mktemp("screen")
    rng = np.random.default_rng(0)
    rows = []
    for number in range(8):
        tifffile.imwrite(folder / f"{number}.tif", rng.poisson(200, (2, 40, 40)).astype(np.uint16))
        place = {"batch": f"B{number % 2}", "plate": f"P{number % 2}", "well": f"A{number + 1:02d}", "site": "1"}
        rows.append({**place, "treatment": "DMSO", "control": "negative", "path": f"{number}.tif"})
    return Screen(pd.DataFrame(rows), ("DNA", "Actin"), folder)


@pytest.fixture(scope="module")
def run(screen: Screen, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train_tiny(screen, tmp_path_factory.mktemp("runs") / "tiny")


def train_tiny(screen: Screen, folder: Path, **model: str) -> Run:
    from cdcl.tasks import finish
    from cdcl.training import train

    config = check_config(
        {
            "steps": 2,
            "batch_size": 4,
            "device": "cpu",
            "views": {"global_crops": {"count": 2, "size": 16}, "local_crops": {"count": 0}},
            "model": {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 2, "heads": 2, **model},
            "method": {"name": "dino", "prototypes": 8, "hidden": 8, "bottleneck": 4},
        },
        where="test",
    )
    run = start_run(folder, config)
    finish(train(config, screen, run, cache_folder=folder.parent / "cache"))
    return run


@pytest.fixture
def viewer(screen: Screen, viewer: ViewerModel) -> ViewerModel:
    viewer.add_image(np.zeros((len(screen), 40, 40), np.uint16), metadata={KEY: "field"})
    session_of(viewer).screen = screen
    return viewer


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel) -> Iterator[AttentionPanel]:
    panel = AttentionPanel(viewer)
    qtbot.addWidget(panel)
    yield panel
    panel.end()


def test_without_a_run_the_panel_says_what_to_do(panel: AttentionPanel) -> None:
    assert panel.run_label.text() == HINT
    assert not panel.look.isEnabled()


def test_looking_picking_masking_and_a_child_that_dies(
    qtbot: QtBot, panel: AttentionPanel, viewer: ViewerModel, run: Run
) -> None:
    session, client = session_of(viewer), panel._client
    session.row = 3
    with qtbot.waitSignal(client.answered, timeout=PATIENCE):
        session.run = run
    layer = find_layer(viewer, OVERLAY)
    assert layer.data.shape[:2] == (2, 1)
    assert layer.translate[1] == 3.0
    whole = layer.data.copy()

    panel.masked.setChecked(True)
    assert (layer.data == 0).sum() > 0
    panel.masked.setChecked(False)
    np.testing.assert_array_equal(layer.data, whole)

    with qtbot.waitSignal(client.answered, timeout=PATIENCE):
        session.row = 4
    assert find_layer(viewer, OVERLAY) is layer
    assert layer.translate[1] == 4.0

    panel.pick.setChecked(True)
    event = type("Event", (), {"position": (0, 4, 20.0, 20.0)})
    panel._on_press(viewer, event)
    qtbot.waitUntil(lambda: find_layer(viewer, SIMILAR) is not None, timeout=PATIENCE)
    assert "Patch in row" in panel.status.text()
    with qtbot.waitSignal(client.answered, timeout=PATIENCE):
        panel.class_token.click()
    assert find_layer(viewer, SIMILAR) is None

    with qtbot.waitSignal(client.refused, timeout=PATIENCE):
        os.kill(client._child.pid, signal.SIGKILL)  # type: ignore[union-attr]
    assert "process has ended" in panel.status.text()
    assert not client.alive
    with qtbot.waitSignal(client.answered, timeout=PATIENCE):
        panel.look.click()
    panel.free.click()
    assert not client.alive


def test_a_network_a_channel_shows_the_heads_of_each_channel(
    qtbot: QtBot, panel: AttentionPanel, viewer: ViewerModel, screen: Screen, tmp_path: Path
) -> None:
    session = session_of(viewer)
    session.row = 3
    with qtbot.waitSignal(panel._client.answered, timeout=PATIENCE):
        session.run = train_tiny(screen, tmp_path / "apart", channels="apart")
    layer = find_layer(viewer, OVERLAY)
    assert layer.data.shape[:2] == (4, 1)
    assert [words.splitlines()[0] for words in layer.metadata[WORDS]] == [
        "attention: DNA, head 1, last block",
        "attention: DNA, head 2, last block",
        "attention: Actin, head 1, last block",
        "attention: Actin, head 2, last block",
    ]
    assert not np.array_equal(layer.data[0], layer.data[2])


def test_the_selection_becomes_a_contact_sheet(
    qtbot: QtBot, panel: AttentionPanel, viewer: ViewerModel, run: Run, tmp_path: Path
) -> None:
    session, sheet = session_of(viewer), panel.sheet
    panel.following.setChecked(False)
    session.run = run
    assert not sheet.button.isEnabled()
    session.selection = np.arange(len(session.selection)) < 3
    assert sheet.button.isEnabled()
    sheet.draw(tmp_path / "sheet.png")
    assert (sheet.button.text(), sheet.button.isEnabled()) == ("Cancel", True)
    qtbot.waitUntil(lambda: not sheet.running, timeout=3 * PATIENCE)
    assert sheet.words.text().startswith("3 fields, in ")
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert sheet.window_shown is not None
    assert not sheet.window_shown.picture.pixmap().isNull()
    sheet.window_shown.close()


def test_a_contact_sheet_is_cancelled_and_leaves_nothing(
    qtbot: QtBot, panel: AttentionPanel, viewer: ViewerModel, run: Run, tmp_path: Path
) -> None:
    session, sheet = session_of(viewer), panel.sheet
    panel.following.setChecked(False)
    session.run = run
    session.selection = np.ones_like(session.selection)
    sheet.draw(tmp_path / "sheet.png")
    sheet.button.click()
    qtbot.waitUntil(lambda: not sheet.running, timeout=PATIENCE)
    assert "Cancelled" in sheet.words.text()
    assert not (tmp_path / "sheet.png").exists()
    assert sheet.button.isEnabled()


def test_of_too_many_fields_a_sheet_shows_some_evenly() -> None:
    assert thin_out(np.arange(7)).tolist() == list(range(7))
    chosen = thin_out(np.arange(1000))
    assert (len(chosen), chosen[0], chosen[-1]) == (60, 0, 999)
    assert np.ptp(np.diff(chosen)) <= 1


def test_letting_the_network_go_does_not_hold_the_window_up(
    qtbot: QtBot, panel: AttentionPanel, viewer: ViewerModel, run: Run
) -> None:
    session, client = session_of(viewer), panel._client
    session.row = 0
    with qtbot.waitSignal(client.answered, timeout=PATIENCE):
        session.run = run
    pid = client._child.pid  # type: ignore[union-attr]
    began = time.perf_counter()
    panel.free.click()
    assert time.perf_counter() - began < 0.1
    qtbot.waitUntil(lambda: not Path(f"/proc/{pid}").exists(), timeout=10_000)


def test_an_idle_network_is_let_go(
    qtbot: QtBot, panel: AttentionPanel, viewer: ViewerModel, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MINUTE", 1)
    session = session_of(viewer)
    session.row = 0
    with qtbot.waitSignal(panel._client.answered, timeout=PATIENCE):
        session.run = run
    qtbot.waitUntil(lambda: not panel._client.alive, timeout=5_000)
    assert find_layer(viewer, OVERLAY) is not None


def test_a_question_that_cannot_be_answered_leaves_a_sentence(
    qtbot: QtBot, panel: AttentionPanel, viewer: ViewerModel, run: Run
) -> None:
    session = session_of(viewer)
    session.row = 0
    panel.block.setValue(7)
    with qtbot.waitSignal(panel._client.refused, timeout=PATIENCE):
        session.run = run
    assert "no block 7: it has blocks 0 to 1" in panel.status.text()
    assert panel._client.alive


def test_a_folder_that_is_no_run_is_told_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    from cdcl.attention import Question
    from napari_cdcl.processes.attention_client import Asked

    client = AttentionClient()
    with qtbot.waitSignal(client.refused, timeout=PATIENCE) as told:
        client.ask(Asked(tmp_path / "nowhere", 0, Question()))
    assert "nowhere" in told.args[0]
    assert not client.alive
