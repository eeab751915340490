"""Profiles of cells: what each is of, written in pieces, found again after an interruption, pooled to sites."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import torch

from cdcl.cells import Cells, write_cells
from cdcl.errors import DiskError, ProfilesError
from cdcl.events import Advanced, Said, Warned
from cdcl.inference import embed_cells, load_model
from cdcl.inference.cell_profiles import _tell_used
from cdcl.inference.pooling import pooled as pooled_cells
from cdcl.profiles import aggregate, read_profiles
from cdcl.runs import Run
from cdcl.screen.tables import read_screen_table, write_screen
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.events import Event
    from cdcl.screen import Screen

CELLS = {"source": "auto", "crop": 20}


@pytest.fixture
def run(cell_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, cache_folder: Path) -> Run:
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    config = tiny_config("simclr", cells=CELLS, embedding={"batch_size": 7})
    finish(train(config, cell_screen, run, cache_folder=cache_folder))
    return run


def test_each_cell_has_a_profile_of_its_crop(run: Run, cell_screen: Screen, tmp_path: Path, cache_folder: Path) -> None:
    model, out = load_model(run.folder), tmp_path / "cells.parquet"
    finish(embed_cells(model, cell_screen, out, path=run.cells, cache_folder=cache_folder))
    profiles = read_profiles(out)
    assert profiles.level == "cell"
    assert {"plate", "well", "site", "treatment", "cell", "y", "x", "border"} <= set(profiles.table)
    assert not profiles.table["border"].any()
    cell = profiles.table.iloc[11]
    row = int(
        np.flatnonzero((cell_screen.sites["plate"] == cell["plate"]) & (cell_screen.sites["well"] == cell["well"]))[0]
    )
    top, left = (int(np.floor(cell[axis] - 9.5 + 0.5)) for axis in ("y", "x"))
    offset, scale = model.intensities.affine(np.array([f"{cell['batch']}/{cell['plate']}"]))
    crop = cell_screen.image(row)[:, top : top + 20, left : left + 20].astype(np.float32)
    crop = torch.from_numpy((crop - offset[0][:, None, None]) / scale[0][:, None, None])[None]
    view = torch.nn.functional.interpolate(crop, (16, 16), mode="bilinear", antialias=True)
    with torch.inference_mode():
        slow = model.encoder(view)[0].numpy()
    np.testing.assert_allclose(profiles.values[11], slow, rtol=1e-3, atol=1e-3)


def test_sites_and_wells_are_means_over_their_cells(
    run: Run, cell_screen: Screen, tmp_path: Path, cache_folder: Path
) -> None:
    # Two sites a well, so that their numbers of cells matter.
    sites = cell_screen.sites.assign(
        well=[f"A{row // 2 + 1:02d}" for row in range(12)], site=[str(row % 2 + 1) for row in range(12)]
    )
    screen = type(cell_screen)(sites, cell_screen.channels, cell_screen.folder)
    rng = np.random.default_rng(0)
    rows = np.sort(rng.integers(0, 12, 60))
    table = pd.DataFrame({"row": rows, "y": rng.uniform(12, 50, 60), "x": rng.uniform(12, 85, 60)})
    write_cells(Cells.of(table, "points"), screen, tmp_path / "points.parquet")
    out = tmp_path / "cells.parquet"
    points = tmp_path / "points.parquet"
    pooled = finish(embed_cells(load_model(run.folder), screen, out, path=points, cache_folder=cache_folder))
    assert pooled is not None
    cells = read_profiles(out)
    for level, ours in (("site", pooled.sites), ("well", pooled.wells)):
        slow = aggregate(cells, level)
        key = ["plate", "well", "site"][: 3 if level == "site" else 2]
        order = [profiles.table.sort_values(key).index for profiles in (ours, slow)]
        np.testing.assert_allclose(ours.values[order[0]], slow.values[order[1]], rtol=1e-4, atol=1e-5)
        assert ours.level == level
    assert pooled.sites.table["num_cells"].sum() == 60
    assert not {"y", "x", "border", "cell"} & set(aggregate(cells, "site").table)


def test_an_interrupted_embedding_goes_on_with_the_next_plate(
    run: Run, cell_screen: Screen, tmp_path: Path, cache_folder: Path
) -> None:
    model = load_model(run.folder)
    whole, parted = tmp_path / "whole.parquet", tmp_path / "parted.parquet"
    finish(embed_cells(model, cell_screen, whole, path=run.cells, cache_folder=cache_folder))
    task = embed_cells(model, cell_screen, parted, path=run.cells, cache_folder=cache_folder)
    done = 0
    for event in task:
        done += isinstance(event, Advanced) and bool(list(tmp_path.glob(".parted*/*.parquet")))
        if done == 1:
            break
    task.close()
    assert not parted.exists()
    events: list[Event] = []
    finish(embed_cells(model, cell_screen, parted, path=run.cells, cache_folder=cache_folder), events.append)
    assert any(isinstance(event, Said) and "1 of 2 plates were embedded before" in event.message for event in events)
    pd.testing.assert_frame_equal(pd.read_parquet(whole), pd.read_parquet(parted))
    assert not list(tmp_path.glob(".*parquet.*"))


def test_processes_share_the_plates(
    run: Run, cell_screen: Screen, tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(run.folder)
    alone, shared = tmp_path / "alone.parquet", tmp_path / "shared.parquet"
    finish(embed_cells(model, cell_screen, alone, path=run.cells, cache_folder=cache_folder))
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    assert finish(embed_cells(model, cell_screen, shared, path=run.cells, cache_folder=cache_folder)) is None
    assert not shared.exists()
    monkeypatch.setenv("RANK", "0")
    assert finish(embed_cells(model, cell_screen, shared, path=run.cells, cache_folder=cache_folder)) is not None
    pd.testing.assert_frame_equal(pd.read_parquet(alone), pd.read_parquet(shared))


def test_a_network_trained_on_fields_sees_cells_at_its_own_scale(
    cell_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, cache_folder: Path
) -> None:
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    finish(train(tiny_config("dino"), cell_screen, run, cache_folder=cache_folder))
    model, out = load_model(run.folder), tmp_path / "cells.parquet"
    events: list[Event] = []
    finish(embed_cells(model, cell_screen, out, cache_folder=cache_folder), events.append)
    assert any(isinstance(event, Said) and "72 nuclei found" in event.message for event in events)
    table = read_profiles(out).table
    half = (model.tile - 1) / 2
    assert (table["y"] > half - 1).all()
    assert (table["y"] < 64 - half).all()


def test_plates_may_stay_apart(run: Run, cell_screen: Screen, tmp_path: Path, cache_folder: Path) -> None:
    model, joined, apart = load_model(run.folder), tmp_path / "cells.parquet", tmp_path / "cells"
    one = finish(embed_cells(model, cell_screen, joined, path=run.cells, cache_folder=cache_folder))
    other = finish(embed_cells(model, cell_screen, apart, path=run.cells, cache_folder=cache_folder))
    assert sorted(path.name for path in apart.iterdir()) == ["B1_B1P1.parquet", "B2_B2P1.parquet"]
    pd.testing.assert_frame_equal(pd.read_parquet(joined), pd.read_parquet(apart))
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.wells.values, other.wells.values)
    assert len(read_profiles(apart / "B1_B1P1.parquet")) == len(read_profiles(joined)) // 2
    with pytest.raises(ProfilesError, match="nothing is written over"):
        finish(embed_cells(model, cell_screen, apart, path=run.cells, cache_folder=cache_folder))


def test_a_disk_without_room_is_named_before_anything_is_embedded(
    run: Run, cell_screen: Screen, tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(shutil.disk_usage(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**6, 10**6, 100))
    out = tmp_path / "cells.parquet"
    with pytest.raises(DiskError, match=r"for the profiles of 72 cells, but 0.1 kB are free.* -o FOLDER"):
        finish(embed_cells(load_model(run.folder), cell_screen, out, path=run.cells, cache_folder=cache_folder))
    assert not list(tmp_path.glob("*cells.parquet*"))


_KILLED = """
import sys
from pathlib import Path
from cdcl.events import Advanced
from cdcl.inference import embed_cells, load_model
from cdcl.inference.pooling import pooled as pooled_cells
from cdcl.screen.tables import read_screen_table
run, table, out, cache = map(Path, sys.argv[1:])
task = embed_cells(load_model(run), read_screen_table(table), out, path=run / "cells.parquet", cache_folder=cache)
for event in task:
    print(event, flush=True)
    if isinstance(event, Advanced) and list(out.parent.glob(f".{out.name}.*/*.parquet")):
        print("one plate", flush=True)
        sys.stdin.read()
"""


@pytest.mark.slow
def test_an_embedding_that_was_killed_goes_on_with_the_next_plate(
    run: Run, cell_screen: Screen, tmp_path: Path, cache_folder: Path
) -> None:
    write_screen(cell_screen, tmp_path / "screen.csv")
    out = tmp_path / "cells.parquet"
    command = [sys.executable, "-c", _KILLED, *map(str, (run.folder, tmp_path / "screen.csv", out, cache_folder))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line == "one plate\n" for line in process.stdout)
        process.kill()
    events: list[Event] = []
    screen = read_screen_table(tmp_path / "screen.csv")
    finish(embed_cells(load_model(run.folder), screen, out, path=run.cells, cache_folder=cache_folder), events.append)
    assert any(isinstance(event, Said) and "1 of 2 plates were embedded before" in event.message for event in events)
    assert [path.name for path in tmp_path.glob("*cells.parquet*")] == ["cells.parquet"], "nothing half-written is left"
    alone = tmp_path / "alone.parquet"
    finish(embed_cells(load_model(run.folder), screen, alone, path=run.cells, cache_folder=cache_folder))
    pd.testing.assert_frame_equal(pd.read_parquet(alone), pd.read_parquet(out))


def test_pooled_cells_say_whose_network_it_is_and_how_they_were_pooled(
    run: Run, cell_screen: Screen, tmp_path: Path, cache_folder: Path
) -> None:
    model = replace(load_model(run.folder), source={"title": "X", "licence": "L", "commercial": False})
    out = tmp_path / "cells.parquet"
    pooled = finish(embed_cells(model, cell_screen, out, path=run.cells, cache_folder=cache_folder))
    assert pooled is not None
    terms = {"title": "X", "licence": "L"}
    assert read_profiles(out).provenance == terms
    assert pooled.sites.provenance == {**terms, "site": "mean over cells"}
    assert pooled.wells.provenance == {**terms, "site": "mean over cells", "well": "mean over cells"}
    treatments = aggregate(pooled.wells, "treatment")
    assert treatments.provenance == {**pooled.wells.provenance, "treatment": "median over wells"}


@pytest.mark.parametrize("how", ["median", "trimmed"])
def test_robust_pooling_is_that_of_all_the_cells_of_a_site_and_of_a_well(
    run: Run, cell_screen: Screen, tmp_path: Path, cache_folder: Path, how: str
) -> None:
    model, out = load_model(run.folder), tmp_path / "cells.parquet"
    chosen = model.config.embedding.model_copy(update={"cells": how})
    model = replace(model, config=model.config.model_copy(update={"embedding": chosen}))
    pooled = finish(embed_cells(model, cell_screen, out, path=run.cells, cache_folder=cache_folder))
    assert pooled is not None
    cells = read_profiles(out)
    for profiles, keys in ((pooled.sites, ["plate", "well", "site"]), (pooled.wells, ["plate", "well"])):
        for number, row in profiles.table.iterrows():
            own = cells.values[(cells.table[keys] == row[keys]).all(axis=1)]
            cut = int(0.1 * len(own))
            slow = np.median(own, 0) if how == "median" else np.sort(own, 0)[cut : len(own) - cut].mean(0)
            np.testing.assert_allclose(profiles.values[int(str(number))], slow, rtol=1e-5, atol=1e-6)
    assert pooled.wells.provenance["well"] == f"{how} over cells"


def test_a_tenth_of_dead_cells_moves_a_trimmed_mean_by_nothing() -> None:
    rng = np.random.default_rng(0)
    alive = rng.normal(size=(90, 3))
    low, high = (np.concatenate([alive, np.full((10, 3), value)]) for value in (1e3, 1e9))
    np.testing.assert_array_equal(pooled_cells(low, "trimmed"), pooled_cells(high, "trimmed"))


def test_fields_that_lose_all_their_cells_at_the_edge_are_counted() -> None:
    table = pd.DataFrame({"row": [0, 0, 1, 2], "y": 1.0, "x": 1.0, "border": [True, False, True, True]})
    found = Cells.of(table, "nuclei")
    events: list[Event] = []
    finish(_tell_used(found.take(~found.border), found), events.append)
    said, warned = (event.message for event in events if isinstance(event, Said | Warned))
    assert said.startswith("1 of 4 cells are embedded; not 3 so near to the edge")
    assert warned.startswith("2 fields have no cell left and no profile")
