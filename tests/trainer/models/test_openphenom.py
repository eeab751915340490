"""OpenPhenom in its published layout, against a forward pass of the tests' own in float64."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from cdcl.config import ModelConfig
from cdcl.errors import ConfigError, ModelError
from cdcl.models.architecture import read_architecture
from cdcl.models.attention import attention_of, key_similarity, rollout_of
from cdcl.models.backbones import build_backbone
from cdcl.models.layouts import recognise
from cdcl.models.token_features import features_of
from cdcl.models.weight_files import read_weights, tensors_of

sys.path.insert(0, str(Path(__file__).parent))
from plain_openphenom import DEPTH, GRID, HEADS, MOST, SIZES, WIDTH, by_channel, draw, positions, published, run
from plain_transformer import rollout


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("openphenom") / "model.safetensors"
    torch.save(published(draw()), path)  # as it is published: PyTorch's file under that name
    return path


def images_of(channels: int, size: int = 16) -> torch.Tensor:
    return torch.randn(3, channels, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


def build(file: Path, channels: int, **more: Any) -> Any:
    torch.set_default_dtype(torch.float64)
    try:
        config = ModelConfig(backbone="openphenom", pretrained=str(file), **SIZES, **more)
        return build_backbone(config, channels, 16).eval()
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("channels", [1, 2, 5, 7])
def test_features_attention_and_rollout_are_those_of_a_plain_forward_pass(file: Path, channels: int) -> None:
    parameters, images = draw() | {"pos_embed": positions(max(MOST, channels))}, images_of(channels)
    tokens, maps, _ = run(parameters, images)
    network = build(file, channels)
    means = by_channel(tokens, channels)
    torch.testing.assert_close(network(images), means.flatten(1), rtol=1e-6, atol=1e-6)
    assert network.num_features == channels * WIDTH
    torch.testing.assert_close(attention_of(network, images).double(), maps[-1], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(rollout_of(network, images)[:, 0].double(), rollout(maps), rtol=1e-4, atol=1e-6)
    averaged = build(file, channels, channel_pooling="mean")
    torch.testing.assert_close(averaged(images), tokens[:, 1:].mean(1), rtol=1e-6, atol=1e-6)
    assert averaged.num_features == WIDTH


def test_the_same_weights_see_another_number_of_channels(file: Path) -> None:
    two = build(file, 2)
    three = two.with_channels(3)
    torch.testing.assert_close(three(images_of(3)), build(file, 3)(images_of(3)))
    torch.testing.assert_close(two(images_of(2)), build(file, 2)(images_of(2)))
    with pytest.raises(ValueError, match="images of 3 channels; the network was set to 2"):
        two(images_of(3))


def test_several_tokens_are_asked_as_their_mean_and_keys_channel_by_channel(file: Path) -> None:
    images, place = images_of(2), (1 + 5, 1 + GRID**2 + 5)
    _, maps, keys = run(draw(), images)
    network = build(file, 2)
    product = torch.eye(maps[0].shape[-1], dtype=torch.float64)
    for attention in maps:
        product = (attention.mean(1) + torch.eye(attention.shape[-1], dtype=torch.float64)) / 2 @ product
    expected = (product[:, place[0]] + product[:, place[1]]) / 2
    torch.testing.assert_close(rollout_of(network, images, token=place)[:, 0].double(), expected, rtol=1e-4, atol=1e-6)
    found = key_similarity(network, images, 1, place)[:, 0].double()
    first = F.cosine_similarity(keys[1][:, place[0], None], keys[1][:, : 1 + GRID**2], dim=-1)
    second = F.cosine_similarity(keys[1][:, place[1], None], keys[1][:, 1 + GRID**2 :], dim=-1)
    torch.testing.assert_close(found, torch.cat([first, second], dim=1), rtol=1e-4, atol=1e-6)


def test_it_is_recognised_from_its_names(file: Path) -> None:
    found = recognise(tensors_of(read_weights(file)), "x")
    assert (found.layout, found.left_out) == ("OpenPhenom", ("decoder", "encoder_decoder_proj", "fc_norm"))
    assert found.weights["pos_embed"].shape == (1, 1 + GRID**2, WIDTH)
    architecture = read_architecture(found.weights, "x")
    model = architecture.model
    assert (model.backbone, model.heads, model.width, model.depth) == ("openphenom", HEADS, WIDTH, DEPTH)
    assert (architecture.num_channels, architecture.view_size) == (1, 16)
    assert recognise(build(file, 2).state_dict(), "ours").layout == "OpenPhenom"


def test_each_block_has_means_a_channel_of_its_own(file: Path) -> None:
    images = images_of(2)
    tokens, _, _ = run(draw(), images)
    network = build(file, 2)
    last = features_of(network, DEPTH - 1, "cls")
    torch.testing.assert_close(last(images), by_channel(tokens, 2).flatten(1), rtol=1e-6, atol=1e-6)
    both = features_of(network, 0, "both")
    assert both(images).shape == (3, both.num_features) == (3, 3 * WIDTH)
    assert both.with_channels(3)(images_of(3)).shape == (3, 4 * WIDTH)


def test_other_sizes_of_views_take_the_same_positions_at_their_places(file: Path) -> None:
    assert build(file, 2)(images_of(2, 24)).shape == (3, 2 * WIDTH)


def test_positions_stay_as_they_are_in_training(file: Path) -> None:
    fixed = [name for name, value in build(file, 2).named_parameters() if not value.requires_grad]
    assert fixed == ["pos_embed"]


def test_what_does_not_fit_is_said_by_name_and_shape(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds the network 'openphenom', not vit_.*--set model\.backbone=openphenom"):
        build_backbone(ModelConfig(backbone="vit_small_patch16_224", pretrained=str(file), **SIZES), 2, 16)
    uneven = draw()
    uneven["pos_embed"][0, -1] += 1
    torch.save(published(uneven), tmp_path / "uneven.safetensors")
    with pytest.raises(ModelError, match=r"pos_embed \(1, 81, 24\) is not that of a square of patches, repeated"):
        build(tmp_path / "uneven.safetensors", 2)
    with pytest.raises(ModelError, match=r"patch_embed\.proj\.weight \(24, 1, 4, 4\) instead of \(48, "):
        build_backbone(ModelConfig(backbone="openphenom", pretrained=str(file), **{**SIZES, "width": 48}), 2, 16)


class Code:
    """A thing that runs when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("it ran",))


def test_code_under_a_name_of_safetensors_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"state_dict": Code()}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"refused: it is a pickle that calls .*print"):
        read_weights(tmp_path / "model.safetensors")
    assert "it ran" not in capsys.readouterr().out


def test_adapters_are_refused_in_a_line(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.lora is for Vision Transformers of timm; set it to 0"):
        build(file, 2, lora=4)
