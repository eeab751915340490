"""The sample that a run embeds while it trains: the same fields each time, and no trace in what is learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.profiles import read_profiles
from cdcl.runs import start_run
from cdcl.tasks import finish
from cdcl.training import train
from cdcl.training.probe import GROUPS, SAMPLE, choose_sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.runs import Run
    from cdcl.screen import Screen


def trained(config: RunConfig, screen: Screen, folder: Path) -> Run:
    run = start_run(folder, config)
    finish(train(config, screen, run, cache_folder=folder.parent / "cache"))
    return run


def test_probes_are_spread_over_the_run_and_show_the_same_fields(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    run = trained(tiny_config(probes=3), tiny_screen, tmp_path / "run")
    assert sorted(int(path.stem) for path in run.probes.iterdir()) == [0, 2, 4, 6]
    first, last = read_profiles(run.probe(0)), read_profiles(run.probe(6))
    pd.testing.assert_frame_equal(first.table, last.table)
    assert len(first) == len(tiny_screen)
    assert not np.allclose(first.values, last.values)


def test_probing_changes_no_weight(tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path) -> None:
    for recipe in ("cdcl", "simclr"):
        files = []
        for probes in (0, 6):
            run = trained(tiny_config(recipe, probes=probes), tiny_screen, tmp_path / f"{recipe}{probes}")
            files.append((run.checkpoints / "6" / "weights.safetensors").read_bytes())
        assert files[0] == files[1]


def test_without_probes_nothing_is_written(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    assert not trained(tiny_config(probes=0), tiny_screen, tmp_path / "run").probes.exists()


def test_the_sample_holds_few_treatments_of_many_batches() -> None:
    rows = [(f"b{n // 40 % 5}", f"t{n % 40}") for n in range(4000)]
    sites = pd.DataFrame([*rows, *[("b0", "once")] * 900], columns=["batch", "treatment"])
    chosen = sites.iloc[choose_sample(sites, "treatment")]
    assert len(chosen) == SAMPLE
    assert chosen["treatment"].nunique() == GROUPS
    assert "once" not in set(chosen["treatment"])


def test_a_screen_without_labels_gives_a_sample_all_the_same() -> None:
    sites = pd.DataFrame({"plate": ["p"] * 10})
    assert choose_sample(sites, "treatment").tolist() == list(range(10))
