"""The encoder as one file that runs without Python's classes: ONNX, and TorchScript."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING

import torch

from cdcl.atomic import write_text
from cdcl.errors import ModelError
from cdcl.inference.exports.network_card import network_card, terms_line, title_of

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.inference.models import TrainedModel

_ONNX_README = """# {title}

```python
import json, numpy, onnxruntime
card = json.load(open("network.json"))
session = onnxruntime.InferenceSession("model.onnx")
images = numpy.zeros((1, len(card["channels"]), card["view_size"], card["view_size"]), "float32")
features = session.run(None, {{"images": images}})[0]
```

Any number of images at once, of {size} pixels a side. `network.json` says which channels, in what order, and how they
are normalised: {normalisation}.{inside}
{terms}
"""

_SCRIPT_README = """# {title}

```python
import json, torch
card = json.load(open("network.json"))
model = torch.jit.load("model.pt")
images = torch.zeros(1, len(card["channels"]), card["view_size"], card["view_size"])
features = model(images)
```

Images of {size} pixels a side. `network.json` says which channels, in what order, and how they are normalised:
{normalisation}.{inside}
{terms}
"""


def write_onnx(model: TrainedModel, folder: Path) -> list[Path]:
    """Write model.onnx with float32 weights, `network.json` and a README into a new folder.

    Raises
    ------
    ModelError
        If the package onnx or onnxscript is not installed.
    """
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ModelError("ONNX needs two packages more: pip install onnx onnxscript.") from error
    encoder, images = model.encoder.cpu().float().eval(), _example(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the exporter says of its own future
        torch.onnx.export(
            encoder,
            (images,),
            str(folder / "model.onnx"),
            input_names=["images"],
            output_names=["features"],
            dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    return [folder / "model.onnx", *_beside(model, folder, _ONNX_README)]


def write_torchscript(model: TrainedModel, folder: Path) -> list[Path]:
    """Write model.pt, a traced graph that `torch.jit.load` opens, `network.json` and a README into a new folder."""
    encoder = model.encoder.cpu().float().eval()
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sizes are constants in a trace, and meant to be
        traced = torch.jit.trace(encoder, _example(model), check_trace=False)  # type: ignore[no-untyped-call]
        torch.jit.save(traced, str(folder / "model.pt"))
    return [folder / "model.pt", *_beside(model, folder, _SCRIPT_README)]


def _example(model: TrainedModel) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, len(model.channels), model.view_size, model.view_size, generator=generator)


def _beside(model: TrainedModel, folder: Path, readme: str) -> list[Path]:
    card = network_card(model)
    per_view = model.config.intensities.per_view
    text = readme.format(
        title=title_of(model),
        size=model.view_size,
        normalisation=card["normalisation"]["in_words"],
        inside=" What is per image is done inside the file." if per_view else "",
        terms=terms_line(model),
    )
    write_text(folder / "network.json", json.dumps(card, indent=1))
    write_text(folder / "README.md", text)
    return [folder / "network.json", folder / "README.md"]
