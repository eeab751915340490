"""A folder that Hugging Face's `transformers` opens: `AutoModel.from_pretrained(folder)`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save

from cdcl.atomic import write_text
from cdcl.errors import ModelError
from cdcl.inference.exports.network_card import network_card, terms_line, title_of
from cdcl.inference.exports.timm_folder import plain_tensors, refuse_not_in_timm
from cdcl.models.channelwise import networks_of
from cdcl.wording import option

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from cdcl.inference.models import TrainedModel

_README = """# {title}

```python
import json, torch, transformers
card = json.load(open("network.json"))
model = transformers.AutoModel.from_pretrained(".").eval()
images = torch.zeros(1, model.config.num_channels, card["view_size"], card["view_size"])
features = model(images).last_hidden_state[:, 0]
```

`network.json` says which channels, in what order, and how they are normalised: {normalisation}.
{terms}
"""

_NAMES = (
    (r"^cls_token$", "embeddings.cls_token"),
    (r"^pos_embed$", "embeddings.position_embeddings"),
    (r"^reg_token$", "embeddings.register_tokens"),
    (r"^patch_embed\.proj\.", "embeddings.patch_embeddings.projection."),
    (r"^norm\.", "layernorm."),
    (r"^blocks\.(\d+)\.attn\.proj\.", r"encoder.layer.\1.attention.output.dense."),
    (r"^blocks\.(\d+)\.ls(\d)\.gamma$", r"encoder.layer.\1.layer_scale\2.lambda1"),
)
_VIT = (
    (r"^blocks\.(\d+)\.norm1\.", r"encoder.layer.\1.layernorm_before."),
    (r"^blocks\.(\d+)\.norm2\.", r"encoder.layer.\1.layernorm_after."),
    (r"^blocks\.(\d+)\.mlp\.fc1\.", r"encoder.layer.\1.intermediate.dense."),
    (r"^blocks\.(\d+)\.mlp\.fc2\.", r"encoder.layer.\1.output.dense."),
)
_DINOV2 = ((r"^blocks\.(\d+)\.(norm\d|mlp\.fc\d)\.", r"encoder.layer.\1.\2."),)


def write_hugging_face(model: TrainedModel, folder: Path) -> list[Path]:
    """Write config.json, model.safetensors, `network.json` and a README into a new folder.

    Raises
    ------
    ModelError
        If `transformers` has no network of this kind: several networks, a ResNet, a stem of convolutions, Eva, a
        pooling of its own.
    """
    refuse_not_in_timm(model, "transformers")
    networks = [getattr(network, "network", network) for network in networks_of(model.encoder)]
    weights = plain_tensors(networks[0])
    if len(networks) > 1 or "cls_token" not in weights or "patch_embed.proj.weight" not in weights:
        raise ModelError(f"transformers has no network of this kind; {option('to')} timm takes every network of cdcl.")
    config = _config(model, networks[0], weights)
    (folder / "model.safetensors").write_bytes(save(_renamed(weights, config), metadata={"format": "pt"}))
    write_text(folder / "config.json", json.dumps(config, indent=1))
    write_text(folder / "network.json", json.dumps(network_card(model), indent=1))
    text = _README.format(
        title=title_of(model),
        normalisation=network_card(model)["normalisation"]["in_words"],
        terms=terms_line(model),
    )
    write_text(folder / "README.md", text)
    return [folder / name for name in ("model.safetensors", "config.json", "network.json", "README.md")]


def _config(model: TrainedModel, network: Any, weights: dict[str, Tensor]) -> dict[str, Any]:
    kind, name = "vit", "ViTModel"
    if "blocks.0.ls1.gamma" in weights:
        kind, name = "dinov2", "Dinov2Model"
    if "reg_token" in weights:
        kind, name = "dinov2_with_registers", "Dinov2WithRegistersModel"
    if any("gamma_1" in part or "q_bias" in part for part in weights):
        raise ModelError(f"this is an Eva or DINOv3 network, which {option('to')} timm takes as it is.")
    width, hidden = weights["norm.weight"].shape[0], weights["blocks.0.mlp.fc1.weight"].shape[0]
    return {
        "model_type": kind,
        "architectures": [name],
        "hidden_size": width,
        "num_hidden_layers": len(network.blocks),
        "num_attention_heads": int(network.blocks[0].attn.num_heads),
        "intermediate_size": hidden,
        "mlp_ratio": hidden // width,
        "image_size": model.view_size,
        "patch_size": model.patch,
        "num_channels": weights["patch_embed.proj.weight"].shape[1],
        "layer_norm_eps": float(network.norm.eps),
        "qkv_bias": True,
        "hidden_act": "gelu",
        "num_register_tokens": weights["reg_token"].shape[1] if "reg_token" in weights else 0,
        "torch_dtype": "float32",
    }


def _renamed(weights: dict[str, Tensor], config: dict[str, Any]) -> dict[str, Tensor]:
    rules = _NAMES + (_VIT if config["model_type"] == "vit" else _DINOV2)
    renamed: dict[str, Tensor] = {}
    for name, value in weights.items():
        if ".attn.qkv." in name:
            block, kind = name.split(".")[1], name.rpartition(".")[2]
            for part, own in zip(("query", "key", "value"), value.chunk(3), strict=True):
                renamed[f"encoder.layer.{block}.attention.attention.{part}.{kind}"] = own.contiguous()
            continue
        renamed[next((re.sub(old, new, name) for old, new in rules if re.match(old, name)), name)] = value
    positions = renamed["embeddings.position_embeddings"]
    if positions.shape[1] == (config["image_size"] // config["patch_size"]) ** 2:
        # timm adds the class token's position to the token itself; transformers wants both.
        renamed["embeddings.position_embeddings"] = torch.cat([torch.zeros_like(positions[:, :1]), positions], dim=1)
    if config["model_type"] != "vit":
        renamed["embeddings.mask_token"] = torch.zeros(1, config["hidden_size"])
    return renamed
