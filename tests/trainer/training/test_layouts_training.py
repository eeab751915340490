"""Real layouts train a few steps as they lie on disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.readers import read_screen
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig

LAYOUTS = (
    "operetta_harmony", "phenix_pe2loaddata", "imagexpress_uuid", "imagexpress_exported", "imagexpress_bbbc022_uuid",
    "arrayscan_examplehuman", "biotek_gen5_nf1", "ome_zarr_hcs_v04", "ome_zarr_hcs_v05", "scanr",
    "cell_painting_gallery", "jump_rab30_zarr3",
)  # fmt: skip
"""All but the blank CellVoyager sample, in which no channel holds a signal."""


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_trains_as_it_lies(
    shared_data: Path, tmp_path: Path, tiny_config: Callable[..., RunConfig], cache_folder: Path, name: str
) -> None:
    if "zarr" in name:
        pytest.importorskip("zarr")
    screen = read_screen(shared_data / "layouts" / name)
    # A sample has one to five fields, fewer than a batch.
    screen = replace(screen.take(np.resize(np.arange(len(screen)), 8)))
    screen = replace(screen, sites=screen.sites.assign(site=[str(number) for number in range(8)]))
    run = Run(tmp_path / "run")
    finish(train(tiny_config("dino"), screen, run, cache_folder=cache_folder))
    assert (run.checkpoints / "6" / "weights.safetensors").exists()
