"""A map of a screen by a network that others trained, from the window: the form, then a run that is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QDialogButtonBox

from napari_cdcl.models.network_wish import SHARED, NetworkWish
from napari_cdcl.panels.explore.network_dialog import NetworkDialog
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.runs.folders import remember_runs_folder

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel
    from pytestqt.qtbot import QtBot
    from qtpy.QtWidgets import QPushButton

    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session
    from napari_cdcl.ui.choosers import Chooser

LEFT = Qt.MouseButton.LeftButton
PAINTING = ("Hoechst", "SYTO14", "ConA", "AGP", "Mito")


@pytest.fixture
def panel(qtbot: QtBot, viewer: ViewerModel, session: Session, small_screen: Screen) -> ExplorePanel:
    panel = ExplorePanel(viewer)
    qtbot.addWidget(panel)
    panel.show()
    session.screen = small_screen
    return panel


@pytest.fixture
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    remember_runs_folder(tmp_path / "runs")


@pytest.fixture
def dialog(qtbot: QtBot) -> NetworkDialog:
    dialog = NetworkDialog(PAINTING)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def pick(chooser: Chooser, key: str) -> None:
    chooser.show_key(key)
    chooser.activated.emit(chooser.currentIndex())


def begin(dialog: NetworkDialog) -> QPushButton:
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert button is not None
    return button


def test_it_begins_once_the_licence_is_accepted(qtbot: QtBot, dialog: NetworkDialog) -> None:
    assert "Apache-2.0" in dialog.terms.text()
    assert not begin(dialog).isEnabled()
    assert "licence must be accepted" in dialog.lacking.text()
    dialog.accepts.click()
    assert begin(dialog).isEnabled()
    assert dialog.wish() == NetworkWish("dinov2-small", "", (), accepts_licence=True)


def test_another_network_asks_for_its_own_licence_file_and_channels(dialog: NetworkDialog) -> None:
    dialog.accepts.click()
    pick(dialog.network, "morphem")
    assert not dialog.accepts.isChecked(), "each licence is accepted by itself"
    pick(dialog.network, "cell-dino-cp")
    assert "Not for commercial use" in dialog.terms.text()
    assert dialog.accepts.isHidden(), "it is fetched by hand"
    assert "not on the hub" in dialog.lacking.text()
    assert [role.key for role in dialog.roles] == list(PAINTING)
    dialog.file.setText("cell_dino.pth")
    assert dialog.wish() == NetworkWish("cell-dino-cp", "cell_dino.pth", PAINTING)
    assert begin(dialog).isEnabled()
    pick(dialog.roles[0], "")
    assert "which channel is which" in dialog.lacking.text()
    assert not begin(dialog).isEnabled()


def test_one_that_sees_any_channels_together_asks_for_none(dialog: NetworkDialog) -> None:
    pick(dialog.network, "openphenom")
    assert "Not for commercial use" in dialog.terms.text()
    assert not dialog.roles
    dialog.accepts.click()
    assert begin(dialog).isEnabled()
    assert dialog.wish() == NetworkWish("openphenom", "", (), accepts_licence=True)


def test_a_file_of_another_network_sees_channels_alone_or_as_said(dialog: NetworkDialog) -> None:
    pick(dialog.network, "")
    dialog.file.setText("mine.pth")
    assert dialog.wish().channels == (SHARED,)
    dialog.alone.click()
    assert dialog.wish().channels == PAINTING


@pytest.mark.parametrize("name", ["subcell", "openphenom", "cell-dino-cp", ""])
def test_nothing_in_the_form_is_cut_off(qtbot: QtBot, dialog: NetworkDialog, name: str) -> None:
    dialog.show()
    pick(dialog.network, "subcell-bg")  # fewer rows
    pick(dialog.network, name)
    qtbot.waitUntil(lambda: all(role.height() >= role.sizeHint().height() for role in dialog.roles))
    needed = [dialog.terms, dialog.file, dialog.window_side, dialog.alone]
    assert all(one.height() >= one.minimumSizeHint().height() for one in needed)


def test_how_much_of_a_field_is_seen_at_once_is_said_in_the_form(dialog: NetworkDialog) -> None:
    assert dialog.window_side.text() == "as usual for this network"
    dialog.window_side.setFocus()
    dialog.window_side.selectAll()
    QTest.keyClicks(dialog.window_side, "448")
    assert dialog.wish().window == 448


def test_it_is_offered_where_fields_have_no_profiles(panel: ExplorePanel, session: Session) -> None:
    assert not panel.networks.isHidden()
    panel.networks.button.click()
    assert panel.networks.dialog is not None
    assert panel.networks.dialog.isVisible()
    panel.networks.dialog.reject()


def write_network(path: Path) -> None:
    """Write a Vision Transformer of one block under timm's names: grey images, patches of 8, 64 numbers wide."""
    from safetensors.numpy import save_file

    rng = np.random.default_rng(0)
    shapes = {
        "cls_token": (1, 1, 64), "pos_embed": (1, 17, 64), "patch_embed.proj.weight": (64, 1, 8, 8),
        "patch_embed.proj.bias": (64,), "blocks.0.norm1.weight": (64,), "blocks.0.norm1.bias": (64,),
        "blocks.0.attn.qkv.weight": (192, 64), "blocks.0.attn.qkv.bias": (192,),
        "blocks.0.attn.proj.weight": (64, 64), "blocks.0.attn.proj.bias": (64,), "blocks.0.norm2.weight": (64,),
        "blocks.0.norm2.bias": (64,), "blocks.0.mlp.fc1.weight": (256, 64), "blocks.0.mlp.fc1.bias": (256,),
        "blocks.0.mlp.fc2.weight": (64, 256), "blocks.0.mlp.fc2.bias": (64,), "norm.weight": (64,),
        "norm.bias": (64,),
    }  # fmt: skip
    save_file({name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}, str(path))


@pytest.mark.slow
@pytest.mark.usefixtures("own_folders")
def test_the_fields_lie_on_a_map_of_a_network_from_a_file(
    qtbot: QtBot, panel: ExplorePanel, session: Session, tmp_path: Path
) -> None:
    write_network(tmp_path / "theirs.safetensors")
    panel.networks.button.click()
    dialog = panel.networks.dialog
    assert dialog is not None
    pick(dialog.network, "")
    dialog.file.setText(str(tmp_path / "theirs.safetensors"))
    qtbot.mouseClick(begin(dialog), LEFT)
    qtbot.waitUntil(lambda: session.run is not None, timeout=120_000)
    assert session.run.folder == tmp_path / "runs" / "theirs-1"  # type: ignore[union-attr]
    assert session.items is not None
    assert session.items.values.shape == (24, 2 * 64), "each channel alone, joined"
    assert session.items.points["umap"].shape == (24, 2)
    assert panel.networks.isHidden()
    assert not list(tmp_path.glob("cdcl-*"))


@pytest.mark.slow
@pytest.mark.usefixtures("own_folders")
def test_what_goes_wrong_is_said_in_the_window(
    qtbot: QtBot, panel: ExplorePanel, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "theirs.safetensors").write_bytes(b"no weights")
    told: list[str] = []
    session.told.connect(lambda message: told.append(str(message)))
    assert session.screen is not None
    panel.networks.embed(session.screen, NetworkWish("", str(tmp_path / "theirs.safetensors"), (SHARED,)))
    qtbot.waitUntil(lambda: not panel.networks.controls.running, timeout=60_000)
    assert "theirs.safetensors" in told[-1]
    assert not panel.networks.isHidden()
    assert panel.networks.button.text() == "From a public network…"
