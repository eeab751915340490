"""One rule for all verbs that write: what takes the place of something is said, what is read is not written over."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.cli.parser import make_parser
from cdcl.cli.progress import REPLACED
from cdcl.profiles import Profiles, write_profiles

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from cdcl.runs import Run

Capture = pytest.CaptureFixture[str]

AGAIN = {
    "scan": "SCREEN -o DIR/again.csv",
    "plan-layout": "SCREEN -o DIR/planned.csv",
    "cells": "SCREEN -o DIR/cells.parquet",
    "illumination": "SCREEN -o DIR/light",
    "embed": "RUN",
    "score": "RUN --nulls 0",
    "compare": "RUN --chains centre --nulls 2 -o DIR/compared",
    "project": "RUN --method pca --plot DIR/map.png",
    "cluster": "MAP -o DIR/clusters.parquet",
    "archetypes": "RUN --num 3",
    "correct": "RUN --method z",
    "quality": "RUN --map distance",
    "hits": "RUN --no-montage",
    "relations": "WELLS -o DIR/relations",
    "doses": "WELLS -o DIR/doses.csv --plot DIR/doses.png",
    "classify": "RUN --classes batch",
    "export": "RUN --to pycytominer",
    "report": "RUN",
    "simulate": "-o DIR/simulated --batches 1",
    "attend": "RUN --where plate=B1P1,well=A01,site=1 -o DIR/attention.tif",
}
"""Verbs that write what they are asked for again."""

REFUSED = {"protocol": "RUN --no-fields -o DIR/protocol"}
"""Verbs of whose results others were made: these do not go away."""

OTHERWISE = {
    "difference": "needs fields that differ; its page is written as all files are",
    "measure": "needs an extra package",
    "accept": "needs a protocol and its network",
    "preview": "writes pictures for the window",
    "demo": "skips what is there",
    "train": "refuses: see tests/trainer/runs/test_run_folder.py",
    "submit": "refuses: see tests/trainer/clusters",
    "serve": "answers under numbers",
    "follow": "writes what the cluster has",
    "send": "writes on the cluster",
}


@pytest.fixture
def words(embedded: Run, table: Path, tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "out"
    folder.mkdir()
    write_profiles(treated(), tmp_path / "treated.parquet")
    wells = str(tmp_path / "treated.parquet")
    return {"RUN": str(embedded.folder), "SCREEN": str(table), "DIR": str(folder), "WELLS": wells}


def treated() -> Profiles:
    """Two plates with six compounds at four doses, and controls."""
    rng = np.random.default_rng(0)
    compounds = np.array(["DMSO"] * 8 + [name for name in "abcdef" for _ in range(4)])
    doses = np.array([0.0] * 8 + [0.1, 1.0, 10.0, 100.0] * 6)
    table = pd.DataFrame({"compound": compounds, "concentration": doses, "control": [""] * 32})
    table["control"] = np.where(table["compound"] == "DMSO", "negative", "")
    table["treatment"] = table["compound"]
    table["well"] = [f"{'ABC'[number // 12]}{number % 12 + 1:02d}" for number in range(32)]
    both = pd.concat([table.assign(batch=plate, plate=plate) for plate in ("P1", "P2")], ignore_index=True)
    return Profiles(rng.normal(size=(64, 6)).astype(np.float32), both, "well")


def filled(verb: str, line: str, words: dict[str, str]) -> list[str]:
    return [verb, *(re.sub(r"RUN|SCREEN|DIR|MAP|WELLS", lambda found: words[found[0]], word) for word in line.split())]


def told(capsys: Capture) -> list[str]:
    shown = capsys.readouterr()
    return [line for line in (shown.err + shown.out).splitlines() if line.startswith("wrote ")]


@pytest.mark.parametrize("verb", AGAIN)
def test_what_takes_the_place_of_something_is_said(
    verb: str, words: dict[str, str], embedded: Run, tmp_path: Path, capsys: Capture
) -> None:
    if verb == "cluster":
        assert main(["project", words["RUN"], "--method", "pca", "-o", str(tmp_path / "map.parquet")]) == 0
        words["MAP"] = str(tmp_path / "map.parquet")
    if verb == "embed":
        shutil.rmtree(embedded.folder / "profiles")
    arguments = filled(verb, AGAIN[verb], words)
    told(capsys)
    assert main(arguments) == 0
    first = told(capsys)
    assert first
    assert not [line for line in first if line.endswith(REPLACED)]
    assert main(arguments) == 0
    assert told(capsys) == [line + REPLACED for line in first]


@pytest.mark.parametrize("verb", REFUSED)
def test_what_others_were_made_of_is_not_replaced(verb: str, words: dict[str, str], capsys: Capture) -> None:
    arguments = filled(verb, REFUSED[verb], words)
    assert main(arguments) == 0
    assert main(arguments) == 2
    assert "holds a protocol already" in capsys.readouterr().err


def test_every_verb_that_writes_is_held_to_one_of_these_rules() -> None:
    verbs: dict[str, ArgumentParser] = next(
        action.choices for action in make_parser()._actions if isinstance(action.choices, dict)
    )
    options = {
        name: {word for action in verb._actions for word in action.option_strings} for name, verb in verbs.items()
    }
    writing = {name for name, words in options.items() if words & {"-o", "--out"}}
    assert writing <= {*AGAIN, *REFUSED, *OTHERWISE}, sorted(writing - {*AGAIN, *REFUSED, *OTHERWISE})
    assert not set(OTHERWISE) & {*AGAIN, *REFUSED}


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("correct WELLS --method z -o WELLS", "out"),
        ("scan SCREEN -o SCREEN", "out"),
        ("project WELLS --method pca -o DIR/m.parquet --plot WELLS", "plot"),
        ("hits WELLS -o WELLS", "out"),
    ],
)
def test_what_is_read_is_not_written_over(line: str, option: str, words: dict[str, str], capsys: Capture) -> None:
    verb, _, rest = line.partition(" ")
    before = Path(words["WELLS"]).read_bytes()
    assert main(filled(verb, rest, words)) == 2
    shown = capsys.readouterr().err
    assert f"is read, and would be replaced by what is made of it; name another file with --{option}." in shown
    assert Path(words["WELLS"]).read_bytes() == before
