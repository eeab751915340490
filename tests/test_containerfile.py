"""The image for clusters: what it copies is there and enough, and it does not run as root."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
FILE = ROOT / "Containerfile"
if not FILE.is_file():
    pytest.skip("the sources of a release carry no Containerfile", allow_module_level=True)

KNOWN = {"FROM", "ARG", "COPY", "WORKDIR", "RUN", "USER", "ENTRYPOINT"}


def instructions() -> list[tuple[str, str]]:
    """Give each instruction with its words, continued lines joined and comments left out."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]  # type: ignore[misc]


def copied() -> list[str]:
    return [source for name, words in instructions() if name == "COPY" for source in words.split()[:-1]]


def test_instructions_are_known_and_the_base_has_a_version() -> None:
    assert {name for name, _ in instructions()} <= KNOWN
    (base,) = [words for name, words in instructions() if name == "FROM"]
    assert re.fullmatch(r"python:3\.1[1-3]-slim", base)


def test_it_runs_cdcl_as_nobody_special() -> None:
    assert [words for name, words in instructions() if name == "USER"][-1] not in ("root", "0")
    assert instructions()[-1] == ("ENTRYPOINT", '["cdcl"]')


def test_layers_keep_no_download() -> None:
    for name, words in instructions():
        for command in words.split("&&") if name == "RUN" else []:
            assert "install" not in command or "--no-cache" in command, command


def test_everything_copied_is_in_the_checkout() -> None:
    assert all((ROOT / source).exists() for source in copied())


def test_it_agrees_with_the_project() -> None:
    """Its command, its Python and the files that the build reads are those that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (base,) = [words for name, words in instructions() if name == "FROM"]
    assert SpecifierSet(project["requires-python"]).contains(base.removeprefix("python:").removesuffix("-slim"))
    assert set(json.loads(instructions()[-1][1])) <= set(project["scripts"])
    assert {"pyproject.toml", project["readme"], *project.get("license-files", ())} <= set(copied())
    used = {file for _, words in instructions() for file in re.findall(r"-c (\S+)", words)}
    assert used and used <= set(copied())


def test_the_options_that_it_names_are_those_of_train() -> None:
    told = subprocess.run([sys.executable, "-m", "cdcl", "train", "--help"], capture_output=True, text=True, check=True)
    text = "".join(line for line in FILE.read_text(encoding="utf-8").splitlines(keepends=True) if "cdcl train" in line)
    options = re.findall(r"--[a-z-]+", text)
    assert options and all(option in told.stdout for option in options)


def test_the_linter_of_such_files_has_nothing_to_say() -> None:
    beside = Path(sys.executable).parent
    linter = shutil.which("hadolint", path=f"{beside}{os.pathsep}{os.environ['PATH']}")
    if linter is None:
        pytest.skip("hadolint is not installed; make brings it on Linux")
    found = subprocess.run([linter, "--no-color", str(FILE)], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.slow
def test_what_is_copied_makes_the_wheel(tmp_path: Path) -> None:
    for source in copied():
        target = tmp_path / "source" / source
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, target)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=tmp_path / "source", check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"cdcl/cli/train.py", "cdcl/recipes/cdcl-small.toml", "napari_cdcl/napari.yaml"} <= set(names)
