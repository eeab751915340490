"""Any recipe trains on cells: which ones, that it resumes exactly, and that the run keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from cdcl.cells import Cells, read_cells_file, write_cells
from cdcl.data.loader import Loader
from cdcl.errors import ConfigError
from cdcl.events import Measured, Said
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train
from cdcl.training.preparation import prepare

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.events import Event
    from cdcl.screen import Screen

Make = "Callable[..., RunConfig]"
CELLS = {"source": "auto", "crop": 20}


def make_run(folder: Path) -> Run:
    folder.mkdir()
    return Run(folder)


def weights(run: Run, step: int) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoints / str(step) / "weights.safetensors")


def said(events: list[Event]) -> str:
    return " | ".join(event.message for event in events if isinstance(event, Said))


@pytest.mark.parametrize("method", ["simclr", "cdcl"])
def test_a_resumed_run_on_cells_is_bit_identical(
    method: str, cell_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    config = tiny_config(method, save_every=100, cells=CELLS)
    whole, parted = make_run(tmp_path / "whole"), make_run(tmp_path / "parted")
    finish(train(config, cell_screen, whole, cache_folder=cache_folder))

    def stop_after_three(event: Event) -> None:
        if isinstance(event, Measured) and event.step == 2 and "loss" in event.values:
            parted.stop.touch()

    finish(train(config, cell_screen, parted, cache_folder=cache_folder), stop_after_three)
    finish(train(config, cell_screen, parted, resume=True, cache_folder=cache_folder))
    first, second = weights(whole, 6), weights(parted, 6)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_run_says_what_it_found_and_keeps_it(
    cell_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    events: list[Event] = []
    config = tiny_config("simclr", cells={**CELLS, "crop": 30})
    finish(prepare(config, cell_screen, run, cache_folder=cache_folder), events.append)
    assert "72 nuclei found in DNA of 12 fields" in said(events)
    assert "cells are used; not" in said(events)
    assert "at the edge of their field" in said(events)
    kept = read_cells_file(run.cells, cell_screen)
    assert kept is not None
    assert len(kept) == 72
    assert not (run.folder / "cells.lock").exists()


def test_cells_that_lie_in_the_run_are_used(
    cell_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    table = pd.DataFrame({"row": np.repeat(np.arange(12), 2), "y": 32.0, "x": np.tile([30.0, 60.0], 12)})
    write_cells(Cells.of(table, "points"), cell_screen, run.cells)
    events: list[Event] = []
    finish(train(tiny_config("dino", cells=CELLS), cell_screen, run, cache_folder=cache_folder), events.append)
    assert "training on 24 of 24 cells" in said(events)


def test_batches_hold_crops_of_cells_with_the_labels_of_their_fields(
    cell_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    config = tiny_config(
        "supervised",
        cells={**CELLS, "border": True},
        views={"global_crops": {"count": 1, "size": 20, "scale": [1.0, 1.0]}, "local_crops": {"count": 0}},
        intensities={"method": "none"},
    )
    run = make_run(tmp_path / "run")
    data = finish(prepare(config, cell_screen, run, cache_folder=cache_folder)).part("train")
    assert len(data.screen) == 72
    loader = Loader(data, config)
    batch = next(loader.batches(0, 1, torch.device("cpu")))
    for row, label, view in zip(batch.rows.tolist(), batch.labels.tolist(), batch.views[0], strict=True):
        top, left, height, width = data.frames[row]
        field = cell_screen.image(int(data.cache_rows[row]))
        crop = torch.from_numpy(field[:, top : top + height, left : left + width].astype(np.float32) / 65535)
        assert view.sum().item() == pytest.approx(crop.sum().item(), rel=1e-4)
        assert f"T{label}" == cell_screen.sites["treatment"][int(data.cache_rows[row])]


def test_a_cap_bounds_the_cells_of_each_field(
    cell_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    config = tiny_config("dino", cells={**CELLS, "border": True, "most_per_field": 2})
    data = finish(prepare(config, cell_screen, run, cache_folder=cache_folder))
    assert np.bincount(data.cache_rows).tolist() == [2] * 12
    again = finish(prepare(config, cell_screen, run, cache_folder=cache_folder))
    np.testing.assert_array_equal(data.frames, again.frames)


def test_neighbours_are_blanked_where_asked(
    cell_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    views = {}
    for masked in (False, True):
        config = tiny_config("dino", cells={"source": "nuclei", "crop": 44, "mask_neighbours": masked, "border": True})
        run = make_run(tmp_path / str(masked))
        data = finish(prepare(config, cell_screen, run, cache_folder=cache_folder)).part("train")
        views[masked] = next(Loader(data, config).batches(0, 1, torch.device("cpu"))).views[0]
    assert not torch.equal(views[False], views[True])


def test_crops_that_fit_in_no_field_are_one_clear_error(
    cell_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    run = make_run(tmp_path / "run")
    write_cells(Cells.of(pd.DataFrame({"row": [0, 3], "y": [5.0, 60.0], "x": 50.0}), "points"), cell_screen, run.cells)
    with pytest.raises(ConfigError, match=r"all 2 cells are too near to the edge.*crop of 20 pixels"):
        finish(prepare(tiny_config("dino", cells=CELLS), cell_screen, run, cache_folder=cache_folder))


def test_held_out_batches_stay_held_out_on_cells(
    cell_screen: Screen, tiny_config: Make, tmp_path: Path, cache_folder: Path
) -> None:
    split: dict[str, Any] = {"by": "batch", "validation": ["B2"]}
    config = tiny_config("simclr", cells=CELLS, split=split)
    events: list[Event] = []
    finish(train(config, cell_screen, make_run(tmp_path / "run"), cache_folder=cache_folder), events.append)
    watched = [event for event in events if isinstance(event, Measured) and "validation_accuracy" in event.values]
    assert [event.step for event in watched] == [3, 6]
