"""What importing costs, and that everything can be imported: torch, Qt and napari come only when asked for."""

from __future__ import annotations

import ast
import os
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRAINER, PLUGIN = ROOT / "trainer", ROOT / "src"
WITH_TORCH = ("data", "models", "methods", "training", "inference")
DRIVERS = ("cli", "demo")  # a verb loads what it needs when it is asked for
WINDOWS = ("napari", "qtpy", "superqt", "magicgui", "vispy", "PyQt6", "PyQt5", "PySide6")
LEARNING = ("torch", "torchvision", "timm")

MODULES = sorted(
    module.name
    for package, folder in (("cdcl", TRAINER), ("napari_cdcl", PLUGIN))
    for module in pkgutil.walk_packages([str(folder / package)], f"{package}.")
    if not module.name.endswith("__main__")
)
SOURCES = sorted((TRAINER / "cdcl").rglob("*.py")) + sorted((PLUGIN / "napari_cdcl").rglob("*.py"))


REPORT = """
import atexit, sys
atexit.register(lambda: print("loaded:", *{name.split(".")[0] for name in sys.modules}, file=sys.stderr))
"""


def loaded_by(code: str, arguments: tuple[str, ...] = ()) -> set[str]:
    """Run `code` in a fresh Python and name the top-level modules it loaded."""
    run = subprocess.run(
        [sys.executable, "-c", f"{REPORT}\n{code}", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TRAINER), str(PLUGIN)])},
        capture_output=True,
        text=True,
        check=False,
    )
    complaint, _, loaded = run.stderr.rpartition("loaded:")
    assert run.returncode == 0, complaint
    return set(loaded.split())


def is_light(module: str) -> bool:
    return module.split(".")[1] not in WITH_TORCH + DRIVERS


def test_importing_the_packages_loads_no_torch_and_no_window():
    assert loaded_by("import cdcl, napari_cdcl").isdisjoint({*LEARNING, *WINDOWS, "numpy", "pandas"})


def test_reading_hits_loads_nothing_that_takes_seconds():
    """The window reads a table of hits; SciPy's statistics and scikit-learn come with what finds them."""
    assert "sklearn" not in loaded_by("import cdcl.hits")
    loaded_by("import sys, cdcl.hits; assert 'scipy.stats' not in sys.modules")


def test_what_reads_scores_and_shows_loads_no_torch():
    light = [name for name in MODULES if is_light(name)]
    assert len(light) > 20
    assert loaded_by(f"import {', '.join(light)}").isdisjoint(LEARNING)


def test_the_trainer_loads_no_window():
    trainer = [name for name in MODULES if name.startswith("cdcl.")]
    loaded = loaded_by(f"import {', '.join(trainer)}")
    assert "torch" in loaded
    assert loaded.isdisjoint(WINDOWS)


def test_help_answers_before_anything_heavy_is_loaded():
    loaded = loaded_by("import sys; from cdcl.cli import main; sys.exit(main())", ("--help",))
    assert loaded.isdisjoint({*LEARNING, *WINDOWS, "numpy", "pandas", "pydantic", "matplotlib", "sklearn"})


@pytest.mark.parametrize("module", MODULES)
def test_every_module_can_be_imported(module):
    assert import_module(module).__doc__


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_everything_public_says_what_it_is(source):
    tree = ast.parse(source.read_text(encoding="utf-8"))
    named = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert not [node.name for node in named if not node.name.startswith("_") and not ast.get_docstring(node)]
