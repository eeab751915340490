"""Weights under timm's names: `timm.create_model(...).load_state_dict` takes them as they are."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from safetensors.torch import save

from cdcl.atomic import write_text
from cdcl.errors import ModelError
from cdcl.inference.exports.network_card import network_card, terms_line, title_of
from cdcl.models.blocks import blocks_of
from cdcl.models.channelwise import networks_of
from cdcl.models.not_in_timm import NOT_IN_TIMM
from cdcl.models.stem import ConvStem, halve
from cdcl.wording import option

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from cdcl.inference.models import TrainedModel

_README = """# {title}

```python
import json, timm, torch, safetensors.torch
{more}card = json.load(open("network.json"))
model = timm.create_model(card["architecture"], **card["arguments"]{stem}).eval()
model.load_state_dict(safetensors.torch.load_file("{file}"))
images = torch.zeros(1, card["arguments"]["in_chans"], card["view_size"], card["view_size"])
features = model(images)
```

`network.json` says which channels, in what order, and how they are normalised: {normalisation}.
{terms}
"""


def write_timm(model: TrainedModel, folder: Path) -> list[Path]:
    """Write a file of weights a network, `network.json` and a README into a new folder.

    Raises
    ------
    ModelError
        If timm has no network of this kind.
    """
    refuse_not_in_timm(model, "timm")
    networks = [getattr(network, "network", network) for network in networks_of(model.encoder)]
    names = ["model.safetensors"] if len(networks) == 1 else [f"model_{name}.safetensors" for name in model.channels]
    card = {
        "architecture": model.config.model.backbone.split(".")[0],
        "arguments": timm_arguments(model),
        "files": names,
    }
    written = []
    for network, name in zip(networks, names, strict=True):
        (folder / name).write_bytes(save(plain_tensors(network)))
        written.append(folder / name)
    write_text(folder / "network.json", json.dumps({**card, **network_card(model)}, indent=1))
    conv = model.config.model.stem == "conv"
    if conv:
        write_text(folder / "conv_stem.py", _stem_source())
    write_text(folder / "README.md", _readme(model, names[0], conv=conv))
    return [*written, folder / "network.json", folder / "README.md"]


def refuse_not_in_timm(model: TrainedModel, library: str) -> None:
    """Refuse a form whose library has no network of this kind, and name those that take every network."""
    backbone = model.config.model.backbone
    if backbone in NOT_IN_TIMM:
        raise ModelError(
            f"{library} has no network '{backbone}'; {option('to')} onnx and {option('to')} torchscript take it."
        )


def timm_arguments(model: TrainedModel) -> dict[str, Any]:
    """Give what `timm.create_model` must be told beside the architecture's name."""
    config = model.config.model
    num_channels = len(model.channels) if config.channels == "together" else 1
    if blocks_of(networks_of(model.encoder)[0]) is None:
        return {"in_chans": num_channels, "num_classes": 0}
    shape = {"patch_size": config.patch, "embed_dim": config.width, "depth": config.depth, "num_heads": config.heads}
    return {
        "in_chans": num_channels,
        "num_classes": 0,
        "img_size": model.view_size,
        "global_pool": "token",
        "dynamic_img_size": True,
        **{name: value for name, value in shape.items() if value is not None},
    }


def plain_tensors(network: nn.Module) -> dict[str, Any]:
    """Give a network's tensors on the processor, ready for a file."""
    return {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}


def _readme(model: TrainedModel, file: str, *, conv: bool) -> str:
    return _README.format(
        title=title_of(model),
        more="from conv_stem import ConvStem\n" if conv else "",
        stem=", embed_layer=ConvStem" if conv else "",
        file=file,
        normalisation=network_card(model)["normalisation"]["in_words"],
        terms=terms_line(model),
    )


def _stem_source() -> str:
    """Give the stem of convolutions, which timm has not, as a file that needs timm alone."""
    head = (
        '"""The stem of small convolutions of this network (Xiao et al. 2021)."""\n\nimport math\n'
        "from itertools import pairwise\n\nfrom timm.layers import PatchEmbed\nfrom torch import nn\n\n\n"
    )
    body = inspect.getsource(ConvStem) + "\n\n" + inspect.getsource(halve)
    return head + body.replace("ConfigError", "ValueError").replace("**kwargs: Any", "**kwargs")
