"""Every verb once, as the installed command: what a user gets from the registry must run.

`.ci/leg` copies this folder out of the checkout and runs it in an environment that holds the wheel and nothing of the
checkout: the newest of every dependency, or the oldest that is promised.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

CDCL = Path(sys.executable).with_name("cdcl")
SECONDS = 600
TRAINED = ("steps=2", "batch_size=8", "workers=0", "split.test=[]")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold a simulated screen, a run of two steps on it, and its profiles."""
    folder = tmp_path_factory.mktemp("installed")
    call(folder, "simulate", "-o", "s", "--batches", "1")
    call(folder, "scan", "s", "-o", "screen.csv")
    settings = [word for setting in TRAINED for word in ("--set", setting)]
    call(folder, "train", "demo-dino", "--screen", "screen.csv", "--out", "run", *settings)
    call(folder, "embed", "run")
    call(folder, "project", "run", "--method", "pca", "-o", "map.parquet")
    return folder


def call(folder: Path, *arguments: str, stdin: str = "", **variables: str) -> str:
    """Run `cdcl` in `folder`; it must exit with 0."""
    environment = {**os.environ, "CDCL_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1", **variables}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(CDCL), *arguments],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"cdcl {' '.join(arguments)}: exit {done.returncode}\n{done.stderr[-3000:]}"
    return done.stdout


FOUND = {"simulate": "s/screen.csv", "scan": "screen.csv", "train": "run/checkpoints/2/weights.safetensors"}
FOUND["embed"] = "run/profiles/well.parquet"
ON_A_RUN = {
    "score": (("run",), "run/scores.csv"),
    "plan-layout": (("screen.csv", "-o", "planned.csv"), "planned.csv"),
    "compare": (("run", "--chains", "centre", "--nulls", "2", "-o", "compared"), "compared/compare.html"),
    "project": (("run", "--method", "pca"), "run/projections/pca.parquet"),
    "cluster": (("map.parquet", "-o", "clusters.parquet"), "clusters.csv"),
    "archetypes": (("run", "--num", "3"), "run/archetypes"),
    "correct": (("run", "--method", "z"), "run/corrections"),
    "quality": (("run",), "run/quality/flags.csv"),
    "protocol": (("run", "-o", "protocol"), "protocol/protocol.json"),
    "hits": (("run",), "run/hits.csv"),
    "relations": (("run",), "run/relations/heat-map.svg"),
    "difference": (("run", "--this", "mechanism=cytoskeleton", "--that", "control=negative", "-o", "d.html"), "d.html"),
    "doses": (("run",), "run/doses/distance.csv"),
    "classify": (("run", "--classes", "mechanism"), "run/phenotypes/wells.csv"),
    "export": (("run", "--to", "anndata"), "run/exports"),
    "report": (("run",), "run/report.html"),
    "illumination": (("screen.csv", "-o", "light"), "light/illumination.json"),
    "cells": (("screen.csv", "-o", "cells.parquet"), "cells.parquet"),
    "preview": (
        ("demo-dino", "--screen", "screen.csv", "--no-steps", "--set", "split.test=[]", "-o", "preview"),
        "preview/preview.json",
    ),
    "demo": (("--out", "demo", "--steps", "2"), "demo/report.html"),
}
OTHERWISE = ("measure", "accept", "attend", "serve", "runs", "doctor", "submit", "follow", "send")


@pytest.mark.parametrize("verb", FOUND)
def test_the_road_to_profiles_leaves_what_it_says(folder: Path, verb: str) -> None:
    assert (folder / FOUND[verb]).exists()


@pytest.mark.parametrize("verb", ON_A_RUN)
def test_a_verb_leaves_what_it_says(folder: Path, verb: str) -> None:
    arguments, left = ON_A_RUN[verb]
    call(folder, verb, *arguments)
    assert (folder / left).exists()


def test_attend_and_serve_answer(folder: Path) -> None:
    first = (folder / "screen.csv").read_text().splitlines()
    place = dict(zip(first[0].split(","), first[1].split(","), strict=False))
    where = f"plate={place['plate']},well={place['well']},site={place['site']}"
    call(folder, "attend", "run", "--where", where, "-o", "attention.tif")
    assert (folder / "attention.tif").stat().st_size > 0
    call(folder, "serve", "run", "--out", "answers", stdin=json.dumps({"request": 1, "row": 0}) + "\n")
    assert (folder / "answers" / "1.npz").stat().st_size > 0


def test_accept_takes_the_screen_that_the_protocol_was_made_of(folder: Path) -> None:
    call(folder, "protocol", "run", "-o", "gate")
    call(
        folder,
        "accept",
        "screen.csv",
        "--protocol",
        "gate",
        "-o",
        "checks.csv",
        "--decide",
        "approved",
        "--why",
        "it is",
    )
    assert "channels" in (folder / "checks.csv").read_text()
    assert json.loads((folder / "gate" / "decisions.jsonl").read_text())["decision"] == "approved"


def test_measure_measures_or_names_the_extra_that_it_needs(folder: Path) -> None:
    if find_spec("cp_measure"):
        call(folder, "measure", "screen.csv", "-o", "classical.parquet")
        assert (folder / "classical.parquet").exists()
        return
    words = [str(CDCL), "measure", "screen.csv", "-o", "classical.parquet"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, timeout=SECONDS, check=False)
    assert done.returncode == 2
    assert "napari-cdcl[classical]" in done.stderr
    assert "Traceback" not in done.stderr


def test_runs_lists_the_run(folder: Path) -> None:
    assert "demo-dino" in call(folder, "runs", ".")


def test_doctor_says_what_there_is(folder: Path) -> None:
    words = [str(CDCL), "doctor"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, timeout=SECONDS, check=False)
    assert done.returncode in (0, 2)  # 2: something is missing here, and it says what mends it
    assert "torch" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(os.name != "posix", reason="clusters are reached from a POSIX shell here")
def test_submit_and_follow_reach_a_cluster(folder: Path) -> None:
    """An ssh that stays here, and a queue whose one job is over: the run that trained above."""
    tools = folder / "tools"
    tools.mkdir()
    stand_ins = {
        "ssh-here": f"#!{sys.executable}\nimport subprocess, sys\n"
        'sys.exit(subprocess.call(["sh", "-c", sys.argv[-1].replace("bash -lc", "bash -c", 1)]))\n',
        "sbatch": "#!/bin/sh\necho 7\n",
        "squeue": "#!/bin/sh\necho 'COMPLETED|None'\n",
    }
    for name, text in stand_ins.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    path = {"CDCL_SSH": str(tools / "ssh-here"), "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    there = ["--screen", str(folder / "screen.csv"), "--there", str(folder / "new"), "--cdcl", str(CDCL)]
    call(folder, "submit", "head", "demo-dino", *there, "--out", "followed", "--detach", **path)
    assert (folder / "new.sbatch").read_text().startswith("#!/bin/bash")
    submission = json.loads((folder / "followed" / "cluster.json").read_text())
    assert submission["job"] == "7"
    (folder / "followed" / "cluster.json").write_text(json.dumps({**submission, "run": str(folder / "run")}))
    call(folder, "follow", "followed", **path)
    for name in ("log.csv", "config.toml", "checkpoints/2/weights.safetensors"):
        assert (folder / "followed" / name).read_bytes() == (folder / "run" / name).read_bytes()


def test_no_verb_is_left_out(folder: Path) -> None:
    code = "from cdcl.cli.parser import VERBS; print(*(verb.__name__ for verb in VERBS))"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)
    tried = {*FOUND, *ON_A_RUN, *OTHERWISE}
    assert {name.rstrip("_").replace("_", "-") for name in names.stdout.split()} == tried
