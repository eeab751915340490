"""A panel opens without the libraries that take seconds to import; those come with the work that needs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from itertools import chain

import pytest

from cdcl.projections import PROJECTIONS
from napari_cdcl.panels.explore.projector import TITLES

CODE = """
import json, sys
import napari.viewer
from importlib import import_module
from napari.components import ViewerModel
from napari._qt import qt_main_window
from qtpy.QtWidgets import QApplication
application = QApplication([])
viewer, before = ViewerModel(), set(sys.modules)
found, kept = {}, []
for name in ("screen", "explore", "attention", "train", "runs", "treatments", "cells", "scores"):
    kept.append(getattr(import_module(f"napari_cdcl.panels.{name}.panel"), f"{name.title()}Panel")(viewer))
    application.processEvents()
    found[name] = sorted(set(sys.modules) - before)
print(json.dumps(found))
sys.stdout.flush()
import os
os._exit(0)  # what children of panels look for at start is of no interest
"""
HEAVY = (
    *("torch", "timm", "sklearn", "matplotlib", "umap", "numba", "anndata", "zarr", "openpyxl", "obstore"),
    *("scipy.stats", "scipy.ndimage", "scipy.optimize", "scipy.sparse", "scipy.spatial", "scipy.special"),
    *("skimage.segmentation", "skimage.feature", "skimage.filters"),
)
LATE = ("pandas", "pyarrow", "tifffile", "PIL", "cdcl.readers", "cdcl.profiles", "cdcl.metrics")
"""What the panels that people open first do without until there is a screen; pandas alone takes most of a second."""


def test_no_panel_imports_what_takes_seconds() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=False, env=environment, timeout=300
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert {panel: sorted(set(names) & set(HEAVY)) for panel, names in found.items() if set(names) & set(HEAVY)} == {}
    assert "napari_cdcl.panels.scores.panel" in found["scores"]
    for panel in ("screen", "explore", "attention", "train", "runs", "treatments"):
        assert set(found[panel]) & set(LATE) == set(), panel


@pytest.mark.parametrize("package", ["napari_cdcl.actions", "napari_cdcl.ui.scatter"])
def test_what_a_package_gives_on_demand_is_what_it_says_it_gives(package: str) -> None:
    module = import_module(package)
    homes = [
        *chain.from_iterable(value if isinstance(value, tuple) else (name,) for name, value in module.HOMES.items())
    ]
    assert sorted(homes) == sorted(module.__all__)
    for name in module.__all__:
        found = getattr(module, name)
        home = getattr(found, "__module__", package)
        assert home.startswith((package, "typing")), name  # a type alias says that it is of typing
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = module.nonsense


def test_the_menu_of_projections_has_all_of_them() -> None:
    assert set(TITLES) == set(PROJECTIONS)
