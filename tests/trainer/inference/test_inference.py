"""Embedding and attention of a trained model."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
import torch

from cdcl.data.tiles import tile_boxes
from cdcl.errors import ModelError
from cdcl.events import Warned
from cdcl.inference import attend, embed, load_model
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.events import Event
    from cdcl.screen import Screen


@pytest.fixture
def run(tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, cache_folder: Path) -> Run:
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    finish(train(tiny_config(), tiny_screen, run, cache_folder=cache_folder))
    return run


def test_profiles_follow_the_screens_order(run: Run, tiny_screen: Screen, cache_folder: Path) -> None:
    model = load_model(run.folder)
    profiles = finish(embed(model, tiny_screen, cache_folder=cache_folder))
    assert profiles.values.shape == (24, 16)
    assert profiles.level == "site"
    backwards = finish(embed(model, tiny_screen.take(np.arange(24)[::-1]), cache_folder=cache_folder))
    np.testing.assert_allclose(backwards.values[::-1], profiles.values, rtol=1e-4, atol=1e-4)
    assert list(backwards.table["well"][::-1]) == list(profiles.table["well"])


def test_profile_is_the_mean_over_tiles_of_normalised_pixels(run: Run, tiny_screen: Screen, cache_folder: Path) -> None:
    model = load_model(run.folder)
    profiles = finish(embed(model, tiny_screen, cache_folder=cache_folder))
    row = 5
    image = torch.from_numpy(tiny_screen.image(row).astype(np.float32))
    offset, scale = model.intensities.affine(np.array(["B1/B1P1"]))
    image = (image - torch.from_numpy(offset[0])[:, None, None]) / torch.from_numpy(scale[0])[:, None, None]
    tiles = []
    for top, left, side, _ in tile_boxes(40, 40, model.tile):
        tile = image[None, :, top : top + side, left : left + side]
        tiles.append(torch.nn.functional.interpolate(tile, (16, 16), mode="bilinear", antialias=True))
    with torch.inference_mode():
        slow = model.encoder(torch.cat(tiles)).mean(0).numpy()
    np.testing.assert_allclose(profiles.values[row], slow, rtol=1e-3, atol=1e-3)


def test_channels_are_matched_by_name(run: Run, tiny_screen: Screen, tmp_path: Path, cache_folder: Path) -> None:
    model = load_model(run.folder)
    straight = finish(embed(model, tiny_screen, cache_folder=cache_folder))
    for row in range(len(tiny_screen)):
        target = tmp_path / "swapped" / tiny_screen.sites["path"][row]
        target.parent.mkdir(exist_ok=True)
        tifffile.imwrite(target, tiny_screen.image(row)[::-1])
    swapped = replace(tiny_screen, channels=("Actin", "DNA"), folder=tmp_path / "swapped")
    again = finish(embed(model, swapped, cache_folder=cache_folder))
    np.testing.assert_allclose(again.values, straight.values, rtol=1e-4, atol=1e-4)


def test_other_channels_are_refused_by_name(run: Run, tiny_screen: Screen, cache_folder: Path) -> None:
    other = replace(tiny_screen, channels=("DNA", "Mito"))
    with pytest.raises(ModelError, match=r"trained on the channels DNA, Actin; the screen has DNA, Mito"):
        finish(embed(load_model(run.folder), other, cache_folder=cache_folder))


def test_plates_whose_intensities_changed_are_reported(run: Run, tiny_screen: Screen, cache_folder: Path) -> None:
    model = load_model(run.folder)
    changed = replace(model, intensities=replace(model.intensities, offset=model.intensities.offset + 1000))
    events: list[Event] = []
    finish(embed(changed, tiny_screen, cache_folder=cache_folder), events.append)
    assert any(isinstance(event, Warned) and "3 plates" in event.message for event in events)


def test_attention_maps_lie_on_the_patch_grid(run: Run, tiny_screen: Screen, cache_folder: Path) -> None:
    model = load_model(run.folder)
    attention = finish(attend(model, tiny_screen, 0, cache_folder=cache_folder))
    heads, height, width = attention.maps.shape
    assert heads == 2
    assert attention.scale == (40 / height, 40 / width)
    assert (attention.maps >= 0).all()
    assert (attention.maps.sum((1, 2)) <= 1 + 1e-5).all()
    assert abs(attention.scale[0] * model.view_size / model.tile - model.patch) < 1.0


@pytest.mark.parametrize("name", ["model.pt", "model.pkl", "model.ckpt"])
def test_a_pickle_is_refused_unopened(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"cos\nsystem\n(S'touch " + bytes(tmp_path / "owned") + b"'\ntR.")
    with pytest.raises(ModelError, match="is a pickle"):
        load_model(tmp_path / name)
    assert not (tmp_path / "owned").exists()


def test_a_folder_without_a_model_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no run with a checkpoint"):
        load_model(tmp_path)


def test_damaged_weights_and_cards_are_one_clear_error(run: Run) -> None:
    folder = run.checkpoints / "6"
    weights = (folder / "weights.safetensors").read_bytes()
    (folder / "weights.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ModelError, match="damaged"):
        load_model(folder)
    (folder / "weights.json").write_text(json.dumps({"channels": []}))
    with pytest.raises(ModelError, match="damaged"):
        load_model(folder)


@pytest.mark.parametrize(("height", "width", "side"), [(100, 100, 30), (40, 64, 40), (10, 10, 30), (33, 31, 32)])
def test_tiles_cover_the_field_without_leaving_it(height: int, width: int, side: int) -> None:
    covered = np.zeros((height, width), int)
    boxes = tile_boxes(height, width, side)
    for top, left, tall, wide in boxes:
        assert tall == wide == min(side, height, width)
        covered[top : top + tall, left : left + wide] += 1
    assert covered.min() >= 1
    assert covered.sum() == len(boxes) * min(side, height, width) ** 2
