"""Small random networks under the names that published checkpoints use, against a forward pass of the tests' own."""

from __future__ import annotations

import argparse
import re
import sys
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file

from cdcl.config import ModelConfig
from cdcl.errors import ModelError
from cdcl.models.attention import attention_of, rollout_of
from cdcl.models.backbones import build_backbone
from cdcl.models.layouts import recognise
from cdcl.models.weight_files import read_weights, tensors_of

sys.path.insert(0, str(Path(__file__).parent))
from plain_transformer import Shape, draw, rollout, run

if TYPE_CHECKING:
    from collections.abc import Callable


Tensors = dict[str, Any]


def timm_names(p: Tensors, shape: Shape) -> Tensors:
    """DINO's of 2021 are the same."""
    named = {
        "patch_embed.proj.weight": p["kernel"],
        "patch_embed.proj.bias": p["kernel_bias"],
        "cls_token": p["class"],
        "pos_embed": p["positions"],
        "norm.weight": p["norm_weight"],
        "norm.bias": p["norm_bias"],
    }
    layers = {"out": "attn.proj", "up": "mlp.fc1", "down": "mlp.fc2", "before": "norm1", "after": "norm2"}
    for b in range(shape.depth):
        for kind in ("weight", "bias"):
            named[f"blocks.{b}.attn.qkv.{kind}"] = torch.cat([p[f"{b}.{n}_{kind}"] for n in ("query", "key", "value")])
            for ours, theirs in layers.items():
                named[f"blocks.{b}.{theirs}.{kind}"] = p[f"{b}.{ours}_{kind}"]
        for number in (1, 2):
            if shape.scaled:
                named[f"blocks.{b}.ls{number}.gamma"] = p[f"{b}.scale{number}"]
    return named


def dino_checkpoint(p: Tensors, shape: Shape) -> Tensors:
    """A checkpoint of DINO's training: student and teacher, both with heads, and the command line."""
    other = draw(shape, seed=1)
    teacher = {f"backbone.{name}": value for name, value in timm_names(p, shape).items()}
    student = {f"module.backbone.{name}": value for name, value in timm_names(other, shape).items()}
    return {
        "student": {**student, "module.head.mlp.0.weight": torch.randn(4, shape.width)},
        "teacher": {**teacher, "head.mlp.0.weight": torch.randn(4, shape.width)},
        "epoch": 3,
        "args": argparse.Namespace(arch="vit_small", lr=5e-4),
    }


def dinov2_chunks(p: Tensors, shape: Shape) -> Tensors:
    """One block a chunk: blocks.<chunk>.<number of the block in the whole network>."""
    plain = {**timm_names(p, shape), "mask_token": torch.zeros(1, shape.width)}
    return {"teacher": {"backbone." + re.sub(r"^blocks\.(\d+)", r"blocks.\1.\1", n): v for n, v in plain.items()}}


def dinov2_registers(p: Tensors, shape: Shape) -> Tensors:
    return {**timm_names(p, shape), "register_tokens": p["registers"], "mask_token": torch.zeros(1, shape.width)}


def hugging_face_vit(p: Tensors, shape: Shape, prefix: str = "vit.") -> Tensors:
    named = {
        "embeddings.patch_embeddings.projection.weight": p["kernel"],
        "embeddings.patch_embeddings.projection.bias": p["kernel_bias"],
        "embeddings.cls_token": p["class"],
        "embeddings.position_embeddings": p["positions"],
        "layernorm.weight": p["norm_weight"],
        "layernorm.bias": p["norm_bias"],
    }
    layers = {
        **{name: f"attention.attention.{name}" for name in ("query", "key", "value")},
        "out": "attention.output.dense",
        "up": "intermediate.dense",
        "down": "output.dense",
        "before": "layernorm_before",
        "after": "layernorm_after",
    }
    for b in range(shape.depth):
        for ours, theirs in layers.items():
            for kind in ("weight", "bias"):
                named[f"encoder.layer.{b}.{theirs}.{kind}"] = p[f"{b}.{ours}_{kind}"]
    return {f"{prefix}{name}": value for name, value in named.items()}


def hugging_face_mae(p: Tensors, shape: Shape) -> Tensors:
    decoder = {"decoder.decoder_embed.weight": torch.randn(8, shape.width), "decoder.mask_token": torch.zeros(1, 1, 8)}
    return {**hugging_face_vit(p, shape), **decoder}


def hugging_face_dinov2(p: Tensors, shape: Shape) -> Tensors:
    names = {"layernorm_before": "norm1", "layernorm_after": "norm2", "intermediate.dense": "mlp.fc1"}
    renamed: Tensors = {}
    for name, value in hugging_face_vit(p, shape, "").items():
        own = reduce(lambda text, pair: text.replace(*pair), names.items(), name)
        renamed[re.sub(r"(layer\.\d+)\.output\.dense", r"\1.mlp.fc2", own)] = value
    for b in range(shape.depth):
        for number in (1, 2):
            renamed[f"encoder.layer.{b}.layer_scale{number}.lambda1"] = p[f"{b}.scale{number}"]
    renamed["embeddings.mask_token"] = torch.zeros(1, shape.width)
    if shape.registers:
        renamed["embeddings.register_tokens"] = p["registers"]
    return renamed


def in_memory(tree: Tensors) -> Tensors:
    """What the layers are called in a model of transformers 5, as `torch.save(model.state_dict())` keeps them."""
    names = {f"attention.attention.{name}": f"attention.{name[0]}_proj" for name in ("query", "key", "value")}
    names |= {"attention.output.dense": "attention.o_proj", "intermediate.dense": "mlp.fc1"}
    renamed: Tensors = {}
    for name, value in tree.items():
        own = reduce(lambda text, pair: text.replace(*pair), names.items(), name)
        renamed[re.sub(r"(layer\.\d+)\.output\.dense", r"\1.mlp.fc2", own)] = value
    return renamed


def hugging_face_vit_in_memory(p: Tensors, shape: Shape) -> Tensors:
    return {n.replace("encoder.layer.", "layers."): v for n, v in in_memory(hugging_face_vit(p, shape)).items()}


def hugging_face_dinov2_in_memory(p: Tensors, shape: Shape) -> Tensors:
    return in_memory(hugging_face_dinov2(p, shape))


PLAIN = Shape()
SCALED = Shape(scaled=True)
REGISTERS = Shape(scaled=True, registers=4)
VIT, DINOV2, REG = "vit_small_patch16_224", "vit_small_patch14_dinov2", "vit_small_patch14_reg4_dinov2"

LAYOUTS: dict[str, tuple[Callable[[Tensors, Shape], Tensors], Shape, str, str]] = {
    "timm ViT": (timm_names, PLAIN, VIT, "timm ViT or DINO"),
    "DINO v1 checkpoint": (dino_checkpoint, PLAIN, VIT, "timm ViT or DINO"),
    "DINOv2 in chunks": (dinov2_chunks, SCALED, DINOV2, "DINOv2 in chunks of blocks"),
    "DINOv2 with registers": (dinov2_registers, REGISTERS, REG, "DINOv2"),
    "timm DINOv2": (timm_names, SCALED, DINOV2, "timm ViT or DINO"),
    "transformers ViT": (hugging_face_vit, PLAIN, VIT, "Hugging Face ViT or ViTMAE"),
    "transformers ViTMAE": (hugging_face_mae, PLAIN, VIT, "Hugging Face ViT or ViTMAE"),
    "transformers Dinov2": (hugging_face_dinov2, SCALED, DINOV2, "Hugging Face Dinov2"),
    "transformers Dinov2 with registers": (hugging_face_dinov2, REGISTERS, REG, "Hugging Face Dinov2"),
    "transformers 5 ViT": (hugging_face_vit_in_memory, PLAIN, VIT, "Hugging Face ViT or ViTMAE"),
    "transformers 5 Dinov2": (hugging_face_dinov2_in_memory, SCALED, DINOV2, "Hugging Face Dinov2"),
}


def config_of(shape: Shape, backbone: str, **more: Any) -> ModelConfig:
    sizes = {"patch": shape.patch, "width": shape.width, "depth": shape.depth, "heads": shape.heads}
    return ModelConfig(backbone=backbone, **sizes, **more)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_features_attention_and_rollout_are_those_of_a_plain_forward_pass(
    layout: str, suffix: str, tmp_path: Path
) -> None:
    write, shape, backbone, words = LAYOUTS[layout]
    parameters = draw(shape)
    tree, path = write(parameters, shape), tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save(tree, path)
    else:
        save_file({name: value.contiguous() for name, value in tensors_of(tree).items()}, path)
    torch.set_default_dtype(torch.float64)
    try:
        network = build_backbone(config_of(shape, backbone, pretrained=str(path)), 2, shape.patch * shape.grid).eval()
    finally:
        torch.set_default_dtype(torch.float32)
    images = torch.randn(3, 2, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    features, maps = run(parameters, shape, images)
    torch.testing.assert_close(network.double()(images), features, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(attention_of(network, images).double(), maps[-1], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(rollout_of(network, images)[:, 0].double(), rollout(maps), rtol=1e-4, atol=1e-6)
    assert recognise(tensors_of(read_weights(path)), "x").layout == words


def test_what_does_not_fit_is_said_by_name_and_shape(tmp_path: Path) -> None:
    save_file(timm_names(draw(PLAIN), PLAIN), tmp_path / "w.safetensors")
    wider = config_of(Shape(width=48), VIT, pretrained=str(tmp_path / "w.safetensors"))
    with pytest.raises(ModelError, match=r"attn\.proj\.bias \(24,\) instead of \(48,\)"):
        build_backbone(wider, 2, 16)
    scaled = config_of(PLAIN, DINOV2, pretrained=str(tmp_path / "w.safetensors"))
    with pytest.raises(ModelError, match=r"blocks\.0\.ls1\.gamma \(24,\) is missing"):
        build_backbone(scaled, 2, 16)


def test_parts_that_are_no_encoder_are_named(tmp_path: Path) -> None:
    tree = dino_checkpoint(draw(PLAIN), PLAIN)
    assert recognise(tensors_of(tree), "x").left_out == ("head", "student")
    mae = hugging_face_mae(draw(PLAIN), PLAIN)
    assert recognise(tensors_of(mae), "x").left_out == ("decoder",)


def test_another_kind_of_network_is_refused_by_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no Vision Transformer, ResNet or EfficientNet .*there are: lstm"):
        recognise({"lstm.weight": torch.zeros(2)}, "x.pth")


def test_a_resnets_names_are_its_own() -> None:
    network = build_backbone(ModelConfig(backbone="resnet10t"), 2, 32)
    found = recognise(network.state_dict(), "x")
    assert found.layout == "ResNet"
    assert found.weights.keys() == network.state_dict().keys()
