"""The search of settings, rehearsed: every setting leaves one line, and a second call trains none again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from opponents import OPPONENTS  # noqa: E402


def tune(folder: Path, *words: str) -> str:
    asked = ["--tiny", "--no-result", "--methods", "dino", "--folder", str(folder), *words]
    command = [sys.executable, str(BENCHMARKS / "tune.py"), *asked]
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(command, env={**os.environ, **paths}, capture_output=True, text=True, timeout=500)
    assert found.returncode == 0, found.stderr[-2000:]
    return found.stdout


def test_every_method_may_choose_among_as_many_settings() -> None:
    counts = {name: (len(one.grid()), len(one.around(next(iter(one.grid()))))) for name, one in OPPONENTS.items()}
    assert set(counts.values()) == {(12, 4)}


def test_settings_of_a_method_are_configs_that_all_differ() -> None:
    from trials import SMALL, Trial

    for name, one in OPPONENTS.items():
        names = [*one.grid(), *one.around(next(iter(one.grid())))]
        configs = {Trial(name, setting, "strong", 101, 5).config(SMALL).model_dump_json() for setting in names}
        assert len(configs) == 16


def test_the_stem_is_a_factor_for_whoever_asks() -> None:
    from trials import SMALL, Trial

    configs = [
        Trial("dino", setting, "strong", 101, 5).config(SMALL).model
        for setting in OPPONENTS["dino"].grid(("intensities", "locals", "stem"))
    ]
    assert len(configs) == 18
    assert {(model.stem, model.patch) for model in configs} == {("conv", 8), ("patch", 8), ("patch", 6)}


def test_a_search_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    first = tune(tmp_path, "--budget", "0")
    assert "Not done within the budget" in first
    whole = tune(tmp_path)
    assert "dino: 12 settings, 12 trainings" in whole
    kept = (tmp_path / "trainings.jsonl").read_text()
    lines = [json.loads(line) for line in kept.splitlines()]
    assert len({(line["method"], line["setting"]) for line in lines}) == len(lines) == 14
    assert all(0.0 <= line["recognised"] <= 1.0 for line in lines)
    tune(tmp_path)
    assert (tmp_path / "trainings.jsonl").read_text() == kept


def test_treatments_of_a_nested_world_live_in_one_training_batch(tmp_path: Path) -> None:
    from worlds import enter

    from cdcl.config import load_config

    size = {"plates_per_batch": 1, "wells_per_treatment": 1, "control_wells": 1, "field_size": 32, "sites_per_well": 1}
    sites = enter("weak-nested", 0, tmp_path, load_config("demo-dino").split, size).sites
    trained, held = (sites[(sites["split"] == part) & (sites["control"] != "negative")] for part in ("train", "test"))
    assert set(trained.groupby("treatment")["batch"].nunique()) == {1}
    assert set(held.groupby("treatment")["batch"].nunique()) == {2}
    assert set(trained["treatment"]) == set(held["treatment"])
