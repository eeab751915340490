"""Training with guides: a planted dose is read, a hidden batch is lost, and a resumed run is the same to the bit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ConfigError
from cdcl.events import Measured, Said
from cdcl.report.learning import training_section
from cdcl.runs import Run
from cdcl.screen import Screen
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.events import Event

ALL = [
    {"column": "treatment", "hidden": 8},
    {"column": "batch", "keep": False, "hidden": 8},
    {"column": "dose", "kind": "regress", "hidden": 8},
    {"column": "compound", "kind": "contrast", "hidden": 8},
]


@pytest.fixture(scope="module")
def dosed(tiny_screen: Screen) -> Screen:
    """The brightness of a field is 2 to the power of its dose; one field of each batch has none."""
    dose = np.log2(tiny_screen.sites["treatment"].str[1:].astype(float) + 2)
    return replace(tiny_screen, sites=tiny_screen.sites.assign(dose=dose.where(tiny_screen.sites["well"] != "A05")))


def trained(config: RunConfig, screen: Screen, folder: Path, *, resume: bool = False) -> tuple[Run, list[str]]:
    run, said = Run(folder), []
    folder.mkdir(exist_ok=True)
    task = train(config, screen, run, resume=resume, cache_folder=folder.parent / "cache")
    finish(task, lambda event: said.append(event.message) if isinstance(event, Said) else None)
    return run, said


def column(run: Run, name: str) -> list[float]:
    heading, *lines = [line.split(",") for line in run.log.read_text().splitlines()]
    return [float(line[heading.index(name)]) for line in lines]


def test_a_resumed_run_with_guides_is_bit_identical(
    dosed: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    config = tiny_config("cdcl", guides=ALL, steps=4, probes=0, save_every=100)
    whole, said = trained(config, dosed, tmp_path / "whole")
    parted = Run(tmp_path / "parted")
    parted.folder.mkdir()

    def stop_after_one(event: Event) -> None:
        if isinstance(event, Measured) and event.step == 0 and "loss" in event.values:
            parted.stop.touch()

    finish(train(config, dosed, parted, cache_folder=tmp_path / "cache"), stop_after_one)
    assert parted.checkpoint_steps() == [1]
    trained(config, dosed, parted.folder, resume=True)
    weights = [(run.checkpoints / "4" / "weights.safetensors").read_bytes() for run in (whole, parted)]
    assert weights[0] == weights[1]
    assert column(whole, "guide_compound") == column(parted, "guide_compound")
    assert "guide dose: kept in the features (numbers, mean 1.831, spread 0.4393, weight 0.1); 3 of 24" in " ".join(
        said
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    """24 fields of noise; the second channel is the first, less 1000, times the dose less 1.5; some doses are lost."""
    folder, rng, rows = tmp_path_factory.mktemp("planted"), np.random.default_rng(0), []
    for number in range(24):
        dose, noise = float(number % 4), rng.normal(size=(40, 40))
        image = np.stack([1000 + 100 * noise, 1000 + 100 * (dose - 1.5) * noise])
        np.save(folder / f"{number}.npy", image.astype(np.uint16))
        row = {"batch": f"B{number // 8}", "plate": f"B{number // 8}P", "well": f"A{number + 1:02d}", "site": "1"}
        row |= {"treatment": f"T{dose:.0f}", "path": f"{number}.npy"}
        rows.append({**row, "dose": dose if number % 5 else float("nan")})
    return Screen(pd.DataFrame(rows), ("DNA", "Actin"), folder)


def test_a_planted_dose_is_read_from_the_features(
    planted: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    guide = {"column": "dose", "kind": "regress", "weight": 3.0, "ramp": 0.0, "hidden": 32}
    views = {"global_crops": {"count": 2, "size": 16, "scale": [0.3, 0.6]}, "local_crops": {"count": 0, "size": 8}}
    optimizer = {"lr": 1e-2, "warmup": 0.1, "clip": 0.0, "weight_decay": 0.0, "weight_decay_end": 0.0}
    model = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 1, "heads": 2, "drop_path": 0.0}
    steps = {"steps": 40, "batch_size": 16, "log_every": 1, "probes": 0, "save_every": 100}
    screen = {"intensities": {"method": "plate"}, "views": views, "guides": [guide]}
    run, said = trained(
        tiny_config("dino", model=model, optimizer=optimizer, **steps, **screen), planted, tmp_path / "r"
    )
    r2 = column(run, "guide_dose_r2")
    assert np.mean(r2[:3]) < 0.2
    assert np.mean(r2[-5:]) > 0.5  # 0.75 where it was written
    assert "5 of 24 training rows without a value" in " ".join(said)
    section = training_section(run, [])
    assert section is not None
    assert any("heads of the guides" in figure.caption for figure in section.figures)


@pytest.mark.slow
def test_a_head_reads_a_batch_that_is_kept_and_guesses_at_one_that_is_hidden(
    tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    rng, rows = np.random.default_rng(0), []
    for number in range(24):  # the second channel is that of the planted dose, by batch
        noise, batch = rng.normal(size=(40, 40)), number // 8
        image = np.stack([1000 + 100 * noise, 1000 + 100 * (batch - 1) * noise])
        np.save(tmp_path / f"{number}.npy", image.astype(np.uint16))
        row = {"batch": f"B{batch}", "plate": f"B{batch}P", "well": f"A{number + 1:02d}", "site": "1"}
        rows.append({**row, "path": f"{number}.npy", "treatment": f"T{number % 4}"})
    screen, read = Screen(pd.DataFrame(rows), ("DNA", "Actin"), tmp_path), {}
    for keep in (True, False):
        guide = {"column": "batch", "keep": keep, "weight": 2.0, "hidden": 32, "start": 0.3, "ramp": 0.0}
        views = {"global_crops": {"count": 2, "size": 16, "scale": [0.3, 0.6]}, "local_crops": {"count": 0, "size": 8}}
        model = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 1, "heads": 2, "drop_path": 0.0}
        config = tiny_config(
            "dino", steps=60, batch_size=16, log_every=1, probes=0, save_every=100, guides=[guide],
            intensities={"method": "dataset"},
            views=views, model=model,
            optimizer={"lr": 1e-2, "warmup": 0.1, "clip": 0.0, "weight_decay": 0.0, "weight_decay_end": 0.0},
        )  # fmt: skip
        run, _ = trained(config, screen, tmp_path / f"run-{keep}")
        read[keep] = np.mean(column(run, "guide_batch_accuracy")[-6:])
    assert read[True] > 0.65  # 0.82 where it was written; one in three by guessing
    assert read[False] < 0.5  # 0.34


@pytest.mark.parametrize("guide", [{"column": "batsh"}, {"column": "well", "kind": "contrast"}])
def test_a_guide_that_cannot_be_is_refused_before_a_pixel_is_read(
    guide: dict[str, Any], dosed: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    nowhere = replace(dosed, sites=dosed.sites.assign(well=[f"A{n}" for n in range(24)], path="nothing.tif"))
    with pytest.raises(ConfigError, match="guides: "):
        trained(tiny_config("dino", guides=[guide]), nowhere, tmp_path / "run")
    assert not (tmp_path / "cache").exists()
