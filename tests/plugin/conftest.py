"""What the tests of the plugin need of a screen: nothing, but for those marked `gl`, which are skipped without one."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import tifffile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import napari
    from napari.components import ViewerModel

    from cdcl.runs import Run
    from cdcl.screen import Screen
    from napari_cdcl.models.session import Session

HEADLESS = sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

if HEADLESS:  # Qt would abort the whole process
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what opens a real window where none can be opened, and say why."""
    windows = [item for item in items if item.get_closest_marker("gl")]
    reason = _why_no_window() if windows else ""
    if reason:
        for item in windows:
            item.add_marker(pytest.mark.skip(reason=reason))


def _why_no_window() -> str:
    if HEADLESS:
        return "no display: run `make test`, or pytest under xvfb-run (`make system` installs it or says how)"
    try:
        import_module("napari")
        import_module("qtpy.QtWidgets")
    except ImportError as error:
        return f"napari or Qt cannot be loaded ({error}): run `make install` and `make system`"
    return ""


@pytest.fixture(autouse=True)
def own_preferences(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep what the user of this machine has set in napari out of the tests, and theirs out of the user's."""
    settings = pytest.importorskip("napari.settings")
    monkeypatch.setattr(settings, "_CFG_PATH", str(tmp_path / "settings.yaml"))
    monkeypatch.setattr(settings, "_PLUGIN_SETTINGS", {})
    qt = pytest.importorskip("qtpy.QtCore").QSettings
    qt.setPath(qt.Format.NativeFormat, qt.Scope.UserScope, str(tmp_path / "remembered"))


@pytest.fixture(autouse=True)
def nothing_pops_up(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which an exception reached the user: as napari's pop-up, or as a defect in a message line.

    A test that provokes one takes it out of `DEFECTS.seen`.
    """
    notifications = pytest.importorskip("napari.utils.notifications")
    pytest.importorskip("qtpy.QtWidgets")
    from napari_cdcl.ui.defects import DEFECTS

    notifications.notification_manager.records.clear()
    DEFECTS.seen.clear()
    yield
    shown = [one for one in notifications.notification_manager.records if str(one.severity) == "error"]
    assert not shown, f"napari shows an error: {shown[0].message}"
    assert not DEFECTS.seen, f"a slot has raised {DEFECTS.seen[0]!r}"


@pytest.fixture
def viewer() -> ViewerModel:
    """A viewer without a window: for a panel that stands alone."""
    from napari.components import ViewerModel

    return ViewerModel()


@pytest.fixture
def session(viewer: ViewerModel) -> Session:
    """What that viewer shows."""
    from napari_cdcl.models.session import session_of

    return session_of(viewer)


@pytest.fixture
def window(make_napari_viewer: Callable[..., napari.Viewer]) -> napari.Viewer:
    """A viewer in a real window, for tests marked `gl`; panels come from `open_panel`, as from the menu."""
    return make_napari_viewer(show=True)


@pytest.fixture
def open_panel(window: napari.Viewer) -> Callable[[str], Any]:
    """Open a panel as the menu does, by the name that stands there."""

    def open_one(name: str) -> Any:
        dock, panel = window.window.add_plugin_dock_widget("napari-cdcl", name)
        dock.show()
        return panel

    return open_one


@pytest.fixture(scope="session")
def small_screen(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    """Two batches of a plate with six wells of two fields: 24 fields of two channels, 40 x 48 pixels.

    A field's first pixel holds its row, the brightness its treatment; treatments are three, A to C.
    """
    from cdcl.screen.tables import read_screen_table

    folder = tmp_path_factory.mktemp("screen")
    rng = np.random.default_rng(0)
    rows = []
    for number in range(24):
        batch, well, site = number // 12, number // 2 % 6, number % 2
        pixels = rng.poisson(100 + 50 * (well % 3), (2, 40, 48)).astype(np.uint16)
        pixels[:, 0, 0] = number
        tifffile.imwrite(folder / f"{number}.tif", pixels, photometric="minisblack", metadata={"axes": "CYX"})
        place = {"batch": f"B{batch + 1}", "plate": f"P{batch + 1}", "well": f"{'BC'[well // 3]}{well % 3 + 2:02d}"}
        label = {"site": site + 1, "treatment": "ABC"[well % 3], "num_cells": number}
        rows.append({**place, **label, "path": f"{number}.tif", "channel_names": "DNA;Actin", "pixel_size": 0.5})
    pd.DataFrame(rows).to_csv(folder / "screen.csv", index=False)
    return read_screen_table(folder / "screen.csv")


@pytest.fixture
def small_run(small_screen: Screen, tmp_path: Path) -> Run:
    """A run on that screen with profiles of its fields, in three clouds by treatment, and their UMAP."""
    from cdcl.config.recipes import check_config
    from cdcl.profiles import Profiles, write_profiles
    from cdcl.projections import Projection, write_projection
    from cdcl.runs import start_run
    from cdcl.screen.tables import write_screen

    run = start_run(tmp_path / "runs" / "small", check_config({"steps": 1}, where="test"))
    write_screen(small_screen, run.screen)
    values = np.random.default_rng(1).normal(0, 0.1, (24, 8)).astype(np.float32)
    kinds = small_screen.sites["treatment"].map({"A": 0, "B": 1, "C": 2}).to_numpy()
    values[np.arange(24), kinds] += 1
    write_profiles(Profiles(values, small_screen.sites, "site"), run.profiles("site"))
    points = np.stack([kinds * 10 + values[:, 3], values[:, 4]], axis=1)
    write_projection(Projection(points, small_screen.sites, "umap", {"level": "site"}), run.projection("umap"))
    return run
