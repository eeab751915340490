"""`cdcl doctor` answers on any machine: nothing installed, no display, no disk, a torch that ends its process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from cdcl.doctor import window
from cdcl.doctor.children import ask_child
from cdcl.doctor.machine import look_at_folder
from cdcl.doctor.packages import _fits
from cdcl.doctor.window import look_at_window

TRAINER = Path(__file__).parents[3] / "trainer"


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A Python with nothing installed."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=os.name != "nt")
    return str(tmp_path / "bare" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def doctor(
    python: str = sys.executable, path: tuple[Path, ...] = (), **variables: str
) -> tuple[int, dict[str, dict[str, str]]]:
    search = os.pathsep.join(map(str, [*path, TRAINER]))
    command = [python, "-m", "cdcl", "doctor", "--events"]
    changed = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    done = subprocess.run(
        command, env=changed | {"PYTHONPATH": search} | variables, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stdout + done.stderr
    found = map(json.loads, done.stdout.splitlines())
    return done.returncode, {finding["part"]: finding for finding in found}


def test_a_whole_installation_is_well():
    status, found = doctor()
    assert status == 0
    assert not [part for part, finding in found.items() if finding["verdict"] == "missing"]
    assert {"cdcl", "python", "cache", "packages", "torch", "devices", "timm", "napari", "zarr"} <= set(found)
    if sys.platform.startswith("linux") and found.get("Qt", {}).get("verdict") == "ok":
        assert "xvfb-run" in found["display"]["mend"]
        assert "OpenGL" not in found


def test_every_finding_that_is_not_ok_says_how_to_mend_it(bare):
    status, found = doctor(bare)
    assert status == 2
    assert found["torch"] == {
        "part": "torch",
        "verdict": "missing",
        "what": "ModuleNotFoundError: No module named 'torch'",
        "mend": "pip install torch",
    }
    assert all(finding["mend"] for finding in found.values() if finding["verdict"] != "ok")
    assert found["napari"]["verdict"] == "optional"


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11's displays")


@linux
@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "mend"),
    [
        ({"DISPLAY": ":987"}, "xvfb-run"),
        ({"QT_QPA_PLATFORM": "xcb"}, "xvfb-run"),
        ({"QT_QPA_PLATFORM": "nonsense"}, "unset QT_QPA_PLATFORM"),
    ],
)
def test_a_display_that_is_named_and_does_not_answer_is_none(variables, mend):
    pytest.importorskip("qtpy.QtGui")
    status, found = doctor(**variables)
    assert status == 0
    assert found["display"]["verdict"] == "optional"
    assert "no window opens there" in found["display"]["what"]
    assert found["display"]["mend"].startswith(mend)
    assert "OpenGL" not in found


@linux
@pytest.mark.slow
def test_under_a_display_in_memory_the_renderer_is_named(monkeypatch):
    pytest.importorskip("qtpy.QtGui")
    if not os.environ.get("DISPLAY"):
        pytest.skip("no display: run it under xvfb-run, as `make test` does")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    found = {finding.part: finding for finding in look_at_window()}
    assert (found["display"].verdict, found["OpenGL"].verdict) == ("ok", "ok")
    assert "llvmpipe" in found["OpenGL"].what or ", " in found["OpenGL"].what


def test_without_a_binding_of_qt_the_command_that_brings_one_is_named(monkeypatch):
    pytest.importorskip("napari")
    monkeypatch.setattr(window, "BINDINGS", ("PyQt99", "PySide99"))
    napari, binding = look_at_window()
    assert (napari.verdict, binding.verdict) == ("ok", "optional")
    assert binding.mend == 'pip install "napari-cdcl[all]"'


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a file that is always full is Linux's")
def test_a_cache_beneath_a_file_is_missing_and_ends_nothing():
    status, found = doctor(XDG_CACHE_HOME="/dev/full")
    assert status == 2
    assert found["cache"]["what"] == "/dev/full/cdcl: nothing can be written (Not a directory)"
    assert "CDCL_CACHE" in found["cache"]["mend"]
    assert "torch" in found


@linux
def test_a_full_disk_is_missing(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a disk that is full")
    try:
        with pytest.raises(OSError, match="No space"):
            (tmp_path / "full").write_bytes(b"0" * 2**20)
        finding = look_at_folder(tmp_path / "cache")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert (finding.verdict, "CDCL_CACHE" in finding.mend) == ("missing", True)
    assert "No space left" in finding.what


@pytest.mark.slow
def test_a_torch_that_ends_its_process_is_named_and_the_rest_is_looked_at(tmp_path):
    package = tmp_path / "torch"
    package.mkdir()
    (package / "__init__.py").write_text("import os; os.abort()")
    status, found = doctor(path=(tmp_path,))
    assert status == 2
    assert found["torch"]["what"].startswith("ends the process")
    assert found["torch"]["mend"] == "pip install --force-reinstall torch"
    assert "napari" in found


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write to")
def test_a_cache_that_cannot_be_written_is_missing():
    finding = look_at_folder(Path("/proc/cdcl"))
    assert (finding.verdict, "CDCL_CACHE" in finding.mend) == ("missing", True)


def test_a_cache_folder_is_not_made_by_looking(tmp_path):
    finding = look_at_folder(tmp_path / "a" / "b")
    assert "GB free" in finding.what
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("raise ValueError('odd')", "ValueError: odd"),
        ("print('words')", "answered in words that are not understood"),
        ("import time; time.sleep(9)", "did not answer within 1 s"),
    ],
)
def test_a_child_that_fails_says_why(code, trouble):
    assert ask_child(code, 1.0 if "sleep" in code else 60.0).trouble == trouble


def test_versions_are_held_against_what_is_needed():
    assert _fits("torch<3,>=2.6", "2.13.0+cpu")
    assert not _fits("torch<3,>=2.6", "2.5.1")
