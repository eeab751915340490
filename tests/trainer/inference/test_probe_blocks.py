"""Features from other blocks and tokens, and the choice among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import torch

from cdcl.config import ModelConfig
from cdcl.errors import ModelError
from cdcl.events import Said, Warned
from cdcl.inference import embed, load_model
from cdcl.inference.probe_blocks import SHUFFLES, _gains_by_chance, _own_and_best, _place, _shares, with_best_block
from cdcl.models.attention import attention_of
from cdcl.models.backbones import build_backbone
from cdcl.models.token_features import features_of
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

TINY = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 3, "heads": 2}
IMAGES = torch.randn(2, 2, 16, 16, generator=torch.Generator().manual_seed(0))


def test_features_of_a_block_are_its_normed_tokens() -> None:
    network = build_backbone(ModelConfig(**TINY), 2, 16).eval()
    tokens = network.pos_drop(network._pos_embed(network.patch_embed(IMAGES)))  # type: ignore[operator]
    for block in network.blocks[:2]:  # type: ignore[index]
        tokens = block(tokens)
    tokens = network.norm(tokens)  # type: ignore[operator]
    patches = features_of(network, 1, "patches")
    torch.testing.assert_close(patches(IMAGES), tokens[:, 1:].mean(1))
    both = features_of(network, -1, "both")
    assert both.num_features == 32  # type: ignore[comparison-overlap]
    torch.testing.assert_close(both(IMAGES)[:, :16], network(IMAGES))
    torch.testing.assert_close(attention_of(both, IMAGES), attention_of(network, IMAGES))


def test_a_block_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match=r"embedding\.block = 7: the network's blocks are 0 to 2"):
        features_of(build_backbone(ModelConfig(**TINY), 2, 16), 7, "cls")


@pytest.mark.parametrize("channels", ["together", "shared"])
def test_the_best_block_is_chosen_on_fields_that_are_not_held_out_and_the_gain_is_said(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, cache_folder: Path, channels: str
) -> None:
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    config = tiny_config("dino", steps=0, model={**TINY, "channels": channels}, precision="fp32")
    finish(train(config, tiny_screen, run, cache_folder=cache_folder))
    heard: list[object] = []
    model = load_model(run.folder)
    best = finish(with_best_block(model, tiny_screen, cache_folder=cache_folder), heard.append)
    told = [event.message for event in heard if isinstance(event, Said | Warned)]
    assert any("none of them held out" in line or "it is kept" in line for line in told)
    profiles = finish(embed(best, tiny_screen, cache_folder=cache_folder))
    assert np.isfinite(profiles.values).all()
    if best is not model:
        assert profiles.provenance["token"] == best.config.embedding.token


def test_neighbours_are_in_another_plate_where_no_treatment_is_in_two_batches() -> None:
    table = pd.DataFrame(
        {"treatment": ["a", "a", "b", "b"], "batch": ["x", "x", "y", "y"], "plate": ["1", "2", "3", "4"]}
    )
    assert _place(table) == "plate"
    assert _place(table.assign(batch=["x", "y", "x", "x"])) == "batch"
    with pytest.raises(
        ModelError, match="--probe-blocks looks for a treatment in another batch or plate; none is in two"
    ):
        _place(table.assign(plate=table["batch"]))


def made_up(signal: float) -> tuple[dict[tuple[int, str], np.ndarray], pd.DataFrame]:
    """Six candidates of noise over 48 fields; the treatment stands in the first, as loudly as `signal` says."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"treatment": np.tile(["a", "b", "c", "d"], 12), "batch": np.repeat(["x", "y"], 24)})
    values = {(block, token): rng.normal(size=(48, 8)) for block in (0, 1) for token in ("cls", "patches", "both")}
    values[0, "cls"][:, :4] += signal * np.eye(4)[pd.factorize(table["treatment"])[0]]
    return {key: features.astype(np.float32) for key, features in values.items()}, table


@pytest.mark.parametrize(("signal", "beyond"), [(6.0, True), (0.0, False)])
def test_the_gain_of_the_best_is_held_against_what_the_best_gains_by_chance(signal: float, beyond: bool) -> None:
    values, table = made_up(signal)
    own, best = _own_and_best(_shares(values, table, "batch"))
    chance = _gains_by_chance(values, table, "batch")
    assert len(chance) == SHUFFLES
    assert max(chance) > 0.0, "the best of six gains where there is nothing to gain"
    assert (best.share - own.share > max(chance)) is beyond
    assert not beyond or (best.block, best.token) == (0, "cls")
