"""What is shipped: the wheel holds all it should and nothing else, and napari finds the plugin in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from email.parser import Parser
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = {"cdcl": ROOT / "trainer" / "cdcl", "napari_cdcl": ROOT / "src" / "napari_cdcl"}
NEVER_SHIPPED = {".png", ".jpg", ".tif", ".tiff", ".npy", ".csv", ".parquet", ".ipynb", ".pt", ".pyc"}
READ_MANIFEST = """
from npe2 import PluginManifest
manifest = PluginManifest.from_distribution("napari-cdcl")
manifest.validate_imports()
print(manifest.model_dump_json(include={"name", "display_name", "contributions"}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel as a release would build it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A folder that holds what an installer makes of the wheel: a pure wheel is its own installation."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def shipped(wheel) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def dist_info(folder: Path, name: str) -> str:
    return next(folder.glob("*.dist-info")).joinpath(name).read_text(encoding="utf-8")


def read_manifest(folder: Path, **environment: str) -> dict:
    """Read the manifest as napari would, in a process of its own."""
    command = [sys.executable, "-c", READ_MANIFEST]
    run = subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_the_wheel_holds_every_module_and_recipe(shipped):
    for name, source in SOURCES.items():
        files = [path for suffix in ("*.py", "*.toml", "py.typed") for path in source.rglob(suffix)]
        assert files
        assert {f"{name}/{path.relative_to(source).as_posix()}" for path in files} <= set(shipped)


def test_the_wheel_holds_the_manifest_once(shipped):
    assert [name for name in shipped if name.endswith("napari.yaml")] == ["napari_cdcl/napari.yaml"]


def test_the_wheel_holds_nothing_else(shipped):
    assert {name.split("/")[0].removesuffix(".dist-info").split("-")[0] for name in shipped} == set(SOURCES)
    assert not [name for name in shipped if Path(name).suffix in NEVER_SHIPPED or "test" in Path(name).stem]
    assert len(shipped) == len(set(shipped))


def test_the_wheel_is_its_sources_packed_and_no_more(wheel):
    # A bound in bytes would grow with the code (1.27 MB on 2026-11-28); every byte is to be one of a source's.
    kinds = (".py", ".toml", ".typed", ".yaml")
    sources = [path for source in SOURCES.values() for path in source.rglob("*") if path.suffix in kinds]
    with zipfile.ZipFile(wheel) as archive:
        files = [entry for entry in archive.infolist() if ".dist-info/" not in entry.filename]
    assert len(files) == len(sources)
    assert sum(entry.file_size for entry in files) == sum(path.stat().st_size for path in sources)
    assert sum(entry.compress_size for entry in files) < 0.5 * sum(entry.file_size for entry in files)


def test_the_wheel_holds_sources_alone_and_none_is_large(wheel):
    with zipfile.ZipFile(wheel) as archive:
        files = [entry for entry in archive.infolist() if ".dist-info/" not in entry.filename]
    assert {Path(entry.filename).suffix for entry in files} == {".py", ".toml", ".typed", ".yaml"}
    assert max(entry.file_size for entry in files) < 20_000  # 400 lines of 50 letters, the longest file there may be


def test_the_wheel_names_the_command_and_the_manifest(installed):
    points = ConfigParser()
    points.read_string(dist_info(installed, "entry_points.txt"))
    assert points["console_scripts"]["cdcl"] == "cdcl.cli:main"
    assert points["napari.manifest"]["napari-cdcl"] == "napari_cdcl:napari.yaml"


def test_neither_napari_nor_a_qt_comes_with_the_trainer(installed):
    needed = Parser().parsestr(dist_info(installed, "METADATA")).get_all("Requires-Dist")
    always = [line.lower() for line in needed if "extra ==" not in line]
    assert any(line.startswith("torch") for line in always)
    assert not [line for line in always if line.startswith(("napari", "pyqt", "pyside", "qtpy", "magicgui"))]


def test_the_licence_is_shipped(installed):
    assert "BSD 3-Clause" in dist_info(installed, "licenses/LICENSE")


def test_napari_finds_the_plugin_in_the_wheel(installed):
    manifest = read_manifest(installed, PYTHONPATH=str(installed))
    assert manifest["name"] == "napari-cdcl"
    assert [sample["key"] for sample in manifest["contributions"]["sample_data"]] == ["simulated_screen"]


def test_napari_finds_the_plugin_in_an_editable_install(installed, tmp_path):
    try:
        distribution("napari-cdcl")
    except PackageNotFoundError:
        pytest.skip("napari-cdcl is not installed here: run `make install`")
    if (SOURCES["napari_cdcl"] / "napari.yaml").read_text(encoding="utf-8").startswith(".."):
        pytest.skip(
            "git made no link: `git config core.symlinks true`, then check out src/napari_cdcl/napari.yaml anew"
        )
    assert read_manifest(tmp_path, PYTHONPATH="") == read_manifest(installed, PYTHONPATH=str(installed))
