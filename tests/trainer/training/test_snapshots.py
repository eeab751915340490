"""The sample that a run embeds while it trains: the same fields each time, and no trace in what is learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.events import Measured, Warned
from cdcl.metrics.knn import knn_accuracy
from cdcl.profiles import Profiles, read_profiles
from cdcl.runs import read_events, record, start_run
from cdcl.tasks import finish
from cdcl.training import train
from cdcl.training.centre_tiles import CentreTiles
from cdcl.training.snapshots import (
    GROUPS,
    SAMPLE,
    choose_sample,
    describe_sample,
    sample_with_held_out,
    score_sample,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.events import Event
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
    assert sorted(int(path.stem) for path in run.snapshots.iterdir()) == [0, 2, 4, 6]
    first, last = read_profiles(run.snapshot(0)), read_profiles(run.snapshot(6))
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
    assert not trained(tiny_config(probes=0), tiny_screen, tmp_path / "run").snapshots.exists()


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


def measured(run: Run) -> dict[int, dict[str, float]]:
    """Numbers of the sample by step, as a watcher finds them in the run's folder."""
    found = {}
    for _, event in read_events(run):
        if isinstance(event, Measured) and any(name.startswith("probe") for name in event.values):
            found[event.step] = event.values
    return found


def test_what_neighbours_share_is_in_the_runs_events_at_every_probe(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    run = start_run(tmp_path / "run", tiny_config(probes=3))
    finish(record(train(tiny_config(probes=3), tiny_screen, run, cache_folder=tmp_path / "cache"), run))
    found = measured(run)
    assert list(found) == [0, 2, 4, 6]
    assert set(found[6]) == {"probe_treatment", "probe_treatment_chance", "probe_batch", "probe_batch_chance"}
    profiles = read_profiles(run.snapshot(6))
    score = knn_accuracy(profiles, "treatment")
    assert (found[6]["probe_treatment"], found[6]["probe_treatment_chance"]) == (score.value, score.chance)
    assert found[6]["probe_treatment_chance"] == pytest.approx(1 / 4)


def test_held_out_batches_are_asked_apart(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    config = tiny_config(probes=1, split={"by": "batch", "validation": ["B3"]})
    run = start_run(tmp_path / "run", config)
    finish(record(train(config, tiny_screen, run, cache_folder=tmp_path / "cache"), run))
    profiles, found = read_profiles(run.snapshot(6)), measured(run)[6]
    held_out = (profiles.table["batch"] == "B3").to_numpy()
    treatment = knn_accuracy(profiles, "treatment", queries=held_out, bank=~held_out)
    batch = knn_accuracy(profiles, "batch", diffby=("well",), queries=held_out)
    assert found["probe_held_out_treatment"] == treatment.value
    assert found["probe_held_out_batch"] == batch.value
    assert "probe_treatment" in found


def test_one_batch_is_asked_by_its_plates_and_unknown_treatments_are_left_out() -> None:
    rng = np.random.default_rng(0)
    n = np.arange(32)
    table = pd.DataFrame({"plate": [f"P{k % 2}" for k in n], "well": [f"A{k // 2 + 1:02d}" for k in n]})
    profiles = Profiles(rng.normal(size=(32, 4)).astype(np.float32), table, "site")
    assert set(score_sample(profiles)) == {"probe_batch", "probe_batch_chance"}
    assert "32 fields of 2 plates" in describe_sample(table)
    assert "32 fields of 2 plates" in describe_sample(table.assign(site="1"))
    crops = table.assign(site="1", well="A01")
    assert "32 images of 2 plates" in describe_sample(crops)
    labelled = Profiles(profiles.values, table.assign(batch="B1", treatment=[f"T{k % 3}" for k in n]), "site")
    assert "probe_treatment" in score_sample(labelled)


def test_a_quarter_of_the_sample_is_held_out_where_there_is_so_much() -> None:
    sites = pd.DataFrame([(f"b{n % 20}", f"t{n // 20 % 10}") for n in range(4000)], columns=["batch", "treatment"])
    sites["split"] = np.where(sites["batch"] == "b7", "validation", "train")
    rows = sample_with_held_out(sites, "treatment")
    chosen = sites.iloc[rows]
    assert len(chosen) == SAMPLE
    assert (chosen["split"] == "validation").sum() == SAMPLE // 4
    assert set(chosen.loc[chosen["split"] == "validation", "treatment"]) == set(chosen["treatment"])
    assert (np.diff(rows) > 0).all()


def test_a_sample_that_cannot_be_shown_is_a_warning_and_no_end(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = CentreTiles.embed
    monkeypatch.setattr(CentreTiles, "embed", lambda self, *more, **how: original(self, *more, **how) * np.nan)
    run = start_run(tmp_path / "run", tiny_config(probes=1))
    events: list[Event] = []
    finish(train(tiny_config(probes=1), tiny_screen, run, cache_folder=tmp_path / "cache"), events.append)
    assert sum(isinstance(event, Warned) and "cannot be shown" in event.message for event in events) == 2
    assert run.checkpoint_steps()[-1] == 6
