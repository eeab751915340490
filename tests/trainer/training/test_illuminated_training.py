"""A run that corrects for illumination: training, embedding and attention by the same planes, kept with the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from cdcl.inference import embed, load_model
from cdcl.inference.fields import prepare_fields
from cdcl.pixels.illumination import FIELDS, Illumination
from cdcl.runs import Run, start_run
from cdcl.screen import Screen
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig

LOSS = 0.5


@pytest.fixture(scope="module")
def dim_screen(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    """Two plates of 24 fields with discs under a lamp that leaves the right side dark."""
    import pandas as pd

    folder = tmp_path_factory.mktemp("dim")
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:64, :64]
    lamp = 1 - LOSS * x / 63
    rows = []
    for number in range(48):
        light = np.full((64, 64), 50.0)
        for top, left in rng.uniform(0, 64, (25, 2)):
            light[(y - top) ** 2 + (x - left) ** 2 < 12] = 1000 + 200 * (number % 4)
        image = 200 + np.stack([light * lamp, light]) + rng.normal(0, 5, (2, 64, 64))
        tifffile.imwrite(folder / f"{number}.tif", image.clip(0).astype(np.uint16))
        batch, treatment = f"B{number // 24 + 1}", f"T{number % 4}"
        row = {"batch": batch, "plate": f"{batch}P1", "well": f"{'ABCD'[number % 4]}{number % 24 // 4 + 1:02d}"}
        control = "negative" if treatment == "T0" else ""
        rows.append({**row, "site": "1", "path": f"{number}.tif", "treatment": treatment, "control": control})
    return Screen(pd.DataFrame(rows), ("DNA", "Actin"), folder)


def test_a_run_keeps_its_planes_and_embeds_by_them(
    dim_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    config = tiny_config(intensities={"illumination": "auto"}, steps=2, save_every=2)
    run = start_run(tmp_path / "run", config)
    finish(train(config, dim_screen, run, cache_folder=tmp_path / "cache"))
    import json

    kept = Illumination.from_dict(json.loads(run.illumination.read_text()))
    assert kept.origins[:, 0].tolist() == [FIELDS, FIELDS]
    assert np.abs(kept.loss()[:, 0] - LOSS).max() < 0.08  # of 24 fields
    model = load_model(run.folder, "cpu")
    assert model.illumination is not None
    np.testing.assert_array_equal(model.illumination.planes, kept.planes)
    fields = finish(prepare_fields(model, dim_screen, tmp_path / "cache"))
    few = dim_screen.take([0, 1, 30])
    alone = finish(prepare_fields(model, few, tmp_path / "cache2"))
    np.testing.assert_array_equal(fields.field(30), alone.field(2))  # the same numbers, whatever else is embedded
    whole, part = (finish(embed(model, of, cache_folder=tmp_path / "cache")) for of in (dim_screen, few))
    np.testing.assert_allclose(whole.values[[0, 1, 30]], part.values, atol=1e-5)
    plain = finish(embed(replace(model, illumination=None, config=tiny_config()), few, cache_folder=tmp_path / "c"))
    assert np.abs(plain.values - part.values).max() > 1e-3


@pytest.mark.slow
def test_going_on_takes_the_planes_there_are(
    dim_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    config = tiny_config(intensities={"illumination": "screen"}, steps=2, save_every=2)
    weights = []
    for name, stops in (("whole", [4]), ("halves", [2, 4])):
        run = start_run(tmp_path / name, config)
        for steps in stops:
            finish(train(config.model_copy(update={"steps": steps}), dim_screen, run, cache_folder=tmp_path / "cache"))
        weights.append((Run(tmp_path / name).checkpoints / "4" / "weights.safetensors").read_bytes())
    assert weights[0] == weights[1]
