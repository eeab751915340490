"""A panel opens without the libraries that take seconds to import; those come with the work that needs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

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
for name in ("screen", "cells", "train", "runs", "explore", "attention", "scores"):
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


def test_no_panel_imports_what_takes_seconds() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=False, env=environment, timeout=300
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert {panel: sorted(set(names) & set(HEAVY)) for panel, names in found.items() if set(names) & set(HEAVY)} == {}
    assert "napari_cdcl.panels.scores.panel" in found["scores"]
