"""Files and folders that others wrote: Hugging Face's as `transformers` writes them, and what can be wrong of one."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file

from cdcl.config import ModelConfig
from cdcl.errors import ModelError
from cdcl.events import Warned
from cdcl.inference.network_choice import Choice
from cdcl.inference.public_networks import find_network
from cdcl.models.backbones import build_backbone
from cdcl.tasks import finish

sys.path.insert(0, str(Path(__file__).parent))
from own_process import run_lines

if TYPE_CHECKING:
    from cdcl.screen import Screen

SHAPE = {"backbone": "vit_tiny_patch16_224", "patch": 8, "width": 32, "depth": 2, "heads": 2}

WRITE = """
import torch
from transformers import {config}, {model}
torch.manual_seed(1)
config = {config}(hidden_size=32, num_hidden_layers=3, num_attention_heads=4, image_size=32, patch_size=8,
                  layer_norm_eps=1e-6{more})
network = {model}(config).eval()
for parameter in network.parameters():
    torch.nn.init.normal_(parameter, std=0.2)
images = torch.randn(3, 3, 32, 32)
with torch.inference_mode():
    features = network(images{call}).last_hidden_state[:, 0]
torch.save([images, features], "theirs.pt")
torch.save(network.state_dict(), "memory.pth")
network.save_pretrained("whole")
network.save_pretrained("parts", max_shard_size="40KB")
network.bfloat16().save_pretrained("bfloat16")
"""
MODELS = {
    "ViT": {"config": "ViTConfig", "model": "ViTModel", "more": ", intermediate_size=128", "call": ""},
    "ViTMAE": {
        "config": "ViTMAEConfig", "model": "ViTMAEModel", "more": ", intermediate_size=128, mask_ratio=0.0",
        "call": ", noise=torch.arange(16.0).expand(3, 16)",
    },
    "Dinov2": {"config": "Dinov2Config", "model": "Dinov2Model", "more": "", "call": ""},
    "Dinov2WithRegisters": {
        "config": "Dinov2WithRegistersConfig", "model": "Dinov2WithRegistersModel", "more": "", "call": ""
    },
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(find_spec("transformers") is None, reason="transformers is not installed")
@pytest.mark.parametrize("name", MODELS)
def test_what_transformers_wrote_gives_its_features(name: str, tiny_screen: Screen, tmp_path: Path) -> None:
    run_lines(WRITE.format(**MODELS[name]), tmp_path)
    assert len(list((tmp_path / "parts").glob("*-of-*.safetensors"))) > 1
    images, features = torch.load(tmp_path / "theirs.pt")
    for place, close in {"whole": 1e-5, "parts": 1e-5, "memory.pth": 1e-5, "bfloat16": 0.1}.items():
        heads = 4 if place == "memory.pth" else None  # a folder's config.json says them
        choice = Choice(str(tmp_path / place), channels=("shared",), heads=heads)
        found = finish(find_network(choice, tiny_screen))
        assert (found.model.heads, found.model.depth, found.model.patch) == (4, 3, 8)
        colours = found.model.model_copy(update={"channels": "together"})
        network = build_backbone(colours, 3, 32).eval()
        with torch.inference_mode():
            torch.testing.assert_close(network(images), features, rtol=close, atol=close)


def write(folder: Path, channels: int) -> str:
    network = build_backbone(ModelConfig(**SHAPE), channels, 32)
    save_file(network.state_dict(), folder / "w.safetensors")
    return str(folder / "w.safetensors")


def test_heads_that_do_not_share_out_a_token_are_said(tiny_screen: Screen, tmp_path: Path) -> None:
    file = write(tmp_path, 1)
    with pytest.raises(ModelError, match=r"7 heads do not share out tokens of 32; --heads N says how many\.$"):
        finish(find_network(Choice(file, heads=7), tiny_screen))


@pytest.mark.parametrize("name", ["nowhere.pth", "models/nowhere.safetensors"])
def test_a_file_that_is_missing_is_no_unknown_name(name: str, tiny_screen: Screen) -> None:
    with pytest.raises(ModelError, match=rf"there is no file or folder {name} to read weights from"):
        finish(find_network(Choice(name), tiny_screen))


@pytest.mark.parametrize(("channels", "warned"), [(1, False), (3, False), (5, True)])
def test_channels_shown_one_by_one_to_a_network_that_saw_five_are_warned_of(
    channels: int, warned: bool, tiny_screen: Screen, tmp_path: Path
) -> None:
    heard: list[Any] = []
    choice = Choice(write(tmp_path, channels), channels=("shared",), heads=2)
    finish(find_network(choice, tiny_screen), heard.append)
    said = [event.message for event in heard if isinstance(event, Warned)]
    assert any("was trained on 5 channels together" in line for line in said) is warned
