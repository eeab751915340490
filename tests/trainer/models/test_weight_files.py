"""Files of weights that anyone may hand us: whole or in parts, cut short, full of code, or no weights at all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file

from cdcl.config import ModelConfig
from cdcl.errors import ModelError
from cdcl.models.backbones import build_backbone
from cdcl.models.weight_files import find_weights, read_weights

if TYPE_CHECKING:
    from pathlib import Path

PARTS = {"a": torch.arange(4.0), "b": torch.ones(2, 3), "c": torch.zeros(1)}
TINY = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 1, "heads": 2}


def in_parts(folder: Path, kind: str) -> Path:
    """Write the tensors as Hugging Face writes large models: several files, and an index that says which is where."""
    stem, suffix = {"safetensors": ("model", "safetensors"), "bin": ("pytorch_model", "bin")}[kind]
    names = [f"{stem}-{n:05}-of-00002.{suffix}" for n in (1, 2)]
    held = [{"a": PARTS["a"]}, {"b": PARTS["b"], "c": PARTS["c"]}]
    for name, tensors in zip(names, held, strict=True):
        save_file(tensors, folder / name) if kind == "safetensors" else torch.save(tensors, folder / name)
    index = folder / f"{stem}.{suffix}.index.json"
    places = {tensor: name for name, tensors in zip(names, held, strict=True) for tensor in tensors}
    index.write_text(json.dumps({"metadata": {"total_size": 44}, "weight_map": places}))
    return index


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_a_model_in_parts_is_read_as_one(tmp_path: Path, kind: str) -> None:
    index = in_parts(tmp_path, kind)
    assert find_weights(tmp_path) == find_weights(index) == index
    found = read_weights(index)
    assert found.keys() == PARTS.keys()
    assert all(torch.equal(found[name], value) for name, value in PARTS.items())


def test_a_part_that_is_missing_or_lies_elsewhere_is_named(tmp_path: Path) -> None:
    index = in_parts(tmp_path, "safetensors")
    with pytest.raises(ModelError, match=r"00001-of-00002\.safetensors is one part of a model; give its folder"):
        find_weights(tmp_path / "model-00001-of-00002.safetensors")
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(
        ModelError, match=r"of the parts that .*index\.json names, model-00002-of-00002\.safetensors is missing"
    ):
        read_weights(index)
    for map_ in ({"a": "../model.safetensors"}, {"a": 3}, [], None, {}, {"a": "model.safetensors.index.json"}):
        index.write_text(json.dumps({"weight_map": map_}))
        with pytest.raises(ModelError, match=r"names no parts"):
            read_weights(index)
    index.write_text("{")
    with pytest.raises(ModelError, match=r"index\.json"):
        read_weights(index)


def test_a_truncated_file_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save(PARTS, path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ModelError, match="damaged or cut short"):
        read_weights(path)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors", ".bin"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 88241\n",
            "only points to the weights: `git lfs pull`",
        ),
        ("<!DOCTYPE html>\n<html><title>Sign in</title>", "is a web page"),
        ("\n <HTML>", "is a web page"),
        ("", "is empty"),
    ],
)
def test_what_was_fetched_in_place_of_weights_is_said(tmp_path: Path, suffix: str, text: str, said: str) -> None:
    path = tmp_path / f"w{suffix}"
    path.write_text(text)
    with pytest.raises(ModelError, match=said):
        read_weights(path)


def test_a_text_is_damaged_without_a_number_for_a_reason(tmp_path: Path) -> None:
    (tmp_path / "w.pth").write_text("hello\n")
    with pytest.raises(ModelError, match=r"damaged or cut short \(\w+Error\)\.$"):
        read_weights(tmp_path / "w.pth")


class Code:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("ran",)


def test_code_is_refused_never_run_and_the_way_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": Code()}, "code.pth")
    with pytest.raises(ModelError, match=r"calls \w+\.mkdir, which is code and no weight. Nothing of it was run"):
        read_weights(tmp_path / "code.pth")
    torch.save(torch.nn.Linear(2, 2), "module.pth")
    with pytest.raises(ModelError, match=r"torch\.nn\.modules\.linear\.Linear.*save its model\.state_dict\(\)"):
        read_weights(tmp_path / "module.pth")
    assert not (tmp_path / "ran").exists()


def test_weights_that_are_no_numbers_are_refused_by_name(tmp_path: Path) -> None:
    weights = build_backbone(ModelConfig(**TINY), 2, 16).state_dict()
    weights["blocks.0.attn.qkv.weight"][3, 2] = float("nan")
    weights["norm.bias"][0] = float("inf")
    save_file(weights, tmp_path / "w.safetensors")
    config = ModelConfig(**TINY, pretrained=str(tmp_path / "w.safetensors"))
    with pytest.raises(ModelError, match=r"blocks\.0\.attn\.qkv\.weight and 1 more .*NaN or infinite"):
        build_backbone(config, 2, 16)
