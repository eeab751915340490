"""SubCell's networks in their published layout, against a forward pass of the tests' own in float64."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from cdcl.errors import ConfigError, ModelError
from cdcl.models.architecture import read_architecture
from cdcl.models.attention import attention_of, rollout_of
from cdcl.models.backbones import build_backbone
from cdcl.models.layouts import recognise
from cdcl.models.token_features import features_of
from cdcl.models.weight_files import read_weights, tensors_of

sys.path.insert(0, str(Path(__file__).parent))
from plain_subcell import HIDDEN, draw_pooling, pooled, subcell_file
from plain_transformer import Shape, draw, rollout, run_tokens
from test_layouts import config_of, hugging_face_vit

SHAPE = Shape(channels=2)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("subcell") / "encoder.pth"
    torch.save(subcell_file(draw(SHAPE), SHAPE), path)
    return path


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(3, 2, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


def build(file: Path, **more: Any) -> torch.nn.Module:
    torch.set_default_dtype(torch.float64)
    try:
        return build_backbone(config_of(SHAPE, "subcell", pretrained=str(file), **more), 2, 16).eval()
    finally:
        torch.set_default_dtype(torch.float32)


def test_features_attention_and_rollout_are_those_of_a_plain_forward_pass(file: Path, images: torch.Tensor) -> None:
    network = build(file)
    tokens, maps = run_tokens(draw(SHAPE), SHAPE, images, eps=1e-12)
    torch.testing.assert_close(network(images), pooled(draw_pooling(SHAPE), tokens), rtol=1e-6, atol=1e-6)
    assert network.num_features == 2 * SHAPE.width
    torch.testing.assert_close(attention_of(network, images).double(), maps[-1], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(rollout_of(network, images)[:, 0].double(), rollout(maps), rtol=1e-4, atol=1e-6)


def test_norms_divide_by_what_is_published_where_tokens_hardly_differ(file: Path) -> None:
    flat = torch.zeros(1, 2, 16, 16, dtype=torch.float64)
    parameters = {name: value * 1e-4 if name in ("positions", "class", "kernel_bias") else value
                  for name, value in draw(SHAPE).items()}  # fmt: skip
    network = build(file)
    network.load_state_dict(recognise(subcell_file(parameters, SHAPE), "x").weights)
    tokens, _ = run_tokens(parameters, SHAPE, flat, eps=1e-12)
    torch.testing.assert_close(network(flat), pooled(draw_pooling(SHAPE), tokens), rtol=1e-6, atol=1e-6)
    other, _ = run_tokens(parameters, SHAPE, flat, eps=1e-6)
    assert (other - tokens).abs().max() > 1e-3, "the case tells both apart"


def test_it_is_recognised_from_its_names_and_keeps_its_pooling(file: Path) -> None:
    found = recognise(tensors_of(read_weights(file)), "x")
    assert (found.layout, found.left_out) == ("SubCell", ())
    architecture = read_architecture(found.weights, "x", heads=2)
    assert (architecture.model.backbone, architecture.num_channels, architecture.view_size) == ("subcell", 2, 16)
    own = recognise(build(file).state_dict(), "ours")
    assert own.layout == "SubCell"
    assert own.weights.keys() == found.weights.keys()


def test_each_block_is_pooled_as_the_last_one_is(file: Path, images: torch.Tensor) -> None:
    network = build(file)
    chosen = features_of(network, SHAPE.depth - 1, "cls")
    torch.testing.assert_close(chosen(images), network(images))
    both = features_of(network, 0, "both")
    assert both(images).shape == (3, both.num_features) == (3, 3 * SHAPE.width)


def test_what_does_not_fit_is_said_by_name_and_shape(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds the network 'subcell', not vit_.*--set model\.backbone=subcell"):
        build_backbone(config_of(SHAPE, "vit_small_patch16_224", pretrained=str(file)), 2, 16)
    torch.save(hugging_face_vit(draw(SHAPE), SHAPE, "encoder."), tmp_path / "bare.pth")
    with pytest.raises(ModelError, match=r"gated_pool\.value\.weight \(512, 24\) is missing"):
        build(tmp_path / "bare.pth")
    wide = subcell_file(draw(SHAPE), SHAPE) | {"pool_model.attention.weight": torch.zeros(4, HIDDEN)}
    torch.save(wide, tmp_path / "wide.pth")
    with pytest.raises(ModelError, match=r"gated_pool\.score\.weight \(4, 512\) instead of \(2, 512\)"):
        build(tmp_path / "wide.pth")


def test_what_it_has_not_is_refused_in_a_line() -> None:
    with pytest.raises(ConfigError, match="timm has no weights of subcell"):
        build_backbone(config_of(SHAPE, "subcell", pretrained="hub"), 2, 16)
    with pytest.raises(ConfigError, match=r"model\.stem = 'conv' is for timm's"):
        build_backbone(config_of(SHAPE, "subcell", stem="conv"), 2, 16)
