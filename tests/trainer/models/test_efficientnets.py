"""EfficientNets in the names of converted files and of timm, against a forward pass of the tests' own in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from cdcl.config import ModelConfig
from cdcl.errors import ConfigError, ModelError
from cdcl.models.architecture import read_architecture
from cdcl.models.attention import attention_of
from cdcl.models.backbones import build_backbone
from cdcl.models.efficientnets import name_efficientnet
from cdcl.models.layouts import recognise
from cdcl.models.lora import add_adapters

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

Weights = dict[str, "Tensor"]

STAGES = (  # of Lite0: kernel, stride, widening, width, blocks (Tan and Le 2019, table 1)
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
BLOCKS = [
    (kernel, stride if not number else 1, widening, width)
    for kernel, stride, widening, width, count in STAGES
    for number in range(count)
]


def draw() -> Weights:
    """Draw a network under the names of converted files, float64."""
    generator = torch.Generator().manual_seed(0)
    found: Weights = {}

    def convolution(name: str, out: int, into: int, side: int) -> None:
        scale = (2.0 / (into * side * side)) ** 0.5  # He et al. 2015: signals keep their size
        found[f"{name}.weight"] = scale * torch.randn(out, into, side, side, generator=generator, dtype=torch.float64)

    def norm(name: str, width: int) -> None:
        for part in ("weight", "running_var"):
            found[f"{name}.{part}"] = 0.5 + torch.rand(width, generator=generator, dtype=torch.float64)
        for part in ("bias", "running_mean"):
            found[f"{name}.{part}"] = 0.1 * torch.randn(width, generator=generator, dtype=torch.float64)
        found[f"{name}.num_batches_tracked"] = torch.tensor(7)

    convolution("_conv_stem", 32, 3, 3)
    norm("_bn0", 32)
    into = 32
    for number, (kernel, _, widening, width) in enumerate(BLOCKS):
        at = f"_blocks.{number}"
        if widening > 1:
            convolution(f"{at}._expand_conv", into * widening, into, 1)
            norm(f"{at}._bn0", into * widening)
        convolution(f"{at}._depthwise_conv", into * widening, 1, kernel)
        norm(f"{at}._bn1", into * widening)
        convolution(f"{at}._project_conv", width, into * widening, 1)
        norm(f"{at}._bn2", width)
        into = width
    convolution("_conv_head", 1280, 320, 1)
    norm("_bn1", 1280)
    found["_fc.weight"], found["_fc.bias"] = torch.zeros(10, 1280), torch.zeros(10)
    return found


def run(p: Weights, images: Tensor) -> Tensor:
    """Compute the features (n, 1280) of images (n, 3, h, h)."""

    def convolve(x: Tensor, name: str, stride: int = 1, groups: int = 1) -> Tensor:
        kernel = p[f"{name}.weight"]
        side = kernel.shape[-1]
        # TensorFlow's "same": as many outputs as strides fit; what the padding lacks of evenness is behind.
        short = max((-(-x.shape[-1] // stride) - 1) * stride + side - x.shape[-1], 0)
        padded = F.pad(x, (short // 2, short - short // 2) * 2)
        return F.conv2d(padded, kernel, stride=stride, groups=groups)

    def norm(x: Tensor, name: str) -> Tensor:
        mean, var, gain, bias = (
            p[f"{name}.{part}"][:, None, None] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (var + 1e-3).sqrt() * gain + bias

    x = norm(convolve(images, "_conv_stem", 2), "_bn0").clamp(0, 6)
    for number, (_, stride, widening, width) in enumerate(BLOCKS):
        at, before = f"_blocks.{number}", x
        if widening > 1:
            x = norm(convolve(x, f"{at}._expand_conv"), f"{at}._bn0").clamp(0, 6)
        x = norm(convolve(x, f"{at}._depthwise_conv", stride, x.shape[1]), f"{at}._bn1").clamp(0, 6)
        x = norm(convolve(x, f"{at}._project_conv"), f"{at}._bn2")
        if stride == 1 and before.shape[1] == width:
            x = x + before
    return norm(convolve(x, "_conv_head"), "_bn1").clamp(0, 6).mean((-2, -1))


@pytest.fixture(scope="module")
def drawn() -> Weights:
    return draw()


def test_a_converted_file_gives_the_features_of_the_papers_network(drawn: Weights, tmp_path: Path) -> None:
    found = recognise(drawn, "file")
    assert (found.layout, found.left_out) == ("EfficientNet converted from TensorFlow", ("_fc",))
    architecture = read_architecture(found.weights, "file")
    assert (architecture.model.backbone, architecture.num_channels) == ("tf_efficientnet_lite0", 3)
    save_file(drawn, tmp_path / "lite0.safetensors")
    config = architecture.model.model_copy(update={"pretrained": str(tmp_path / "lite0.safetensors")})
    network = build_backbone(config, 3, 224).double().eval()
    network.load_state_dict(found.weights)  # in float64: building has rounded them
    images = torch.randn(2, 3, 70, 70, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(network(images), run(drawn, images), rtol=1e-6, atol=1e-6)


def test_grey_is_what_the_network_makes_of_three_equal_colours(drawn: Weights, tmp_path: Path) -> None:
    save_file(drawn, tmp_path / "lite0.safetensors")
    config = ModelConfig(
        backbone="tf_efficientnet_lite0",
        channels="shared",
        pretrained=str(tmp_path / "lite0.safetensors"),
        drop_path=0.0,
    )
    network = build_backbone(config, 2, 64).eval()
    images = torch.randn(1, 2, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        found = network(images)
    expected = torch.cat([run(drawn, images[:, c : c + 1].double().repeat(1, 3, 1, 1)) for c in (0, 1)], dim=-1)
    torch.testing.assert_close(found.double(), expected, rtol=1e-3, atol=1e-4)  # float32 through 50 layers


def test_names_of_timm_tell_the_same_and_what_no_shape_tells_is_asked(drawn: Weights) -> None:
    renamed = recognise(drawn, "file").weights
    assert recognise(renamed, "file").layout == "EfficientNet"
    assert name_efficientnet(renamed, "file") == "tf_efficientnet_lite0"
    with pytest.raises(ModelError, match=r"no shape tells; say which of timm's with --as: tf_efficientnet_b0"):
        name_efficientnet({**renamed, "blocks.1.0.se.conv_reduce.weight": torch.zeros(1)}, "file")
    with pytest.raises(ModelError, match="no shape tells"):
        name_efficientnet({name: value for name, value in renamed.items() if "blocks.5.3" not in name}, "file")


def test_squeeze_and_excitation_is_renamed_too() -> None:
    network = build_backbone(ModelConfig(backbone="efficientnet_b0", drop_path=0.0), 3, 64)
    expected = set(network.state_dict())
    theirs = {"conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv", "bn2": "_bn1", "bn3": "_bn2",
              "se.conv_reduce": "_se_reduce", "se.conv_expand": "_se_expand", "conv_pwl": "_project_conv"}  # fmt: skip
    plain = {"conv_dw": "_depthwise_conv", "bn1": "_bn1", "bn2": "_bn2", "conv_pw": "_project_conv",
             "se.conv_reduce": "_se_reduce", "se.conv_expand": "_se_expand"}  # fmt: skip
    outside = {"conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1"}
    counts, converted = [len(stage) for stage in network.blocks], {}  # type: ignore[union-attr, arg-type]
    for name, value in network.state_dict().items():
        first, _, rest = name.partition(".")
        if first != "blocks":
            converted[f"{outside[first]}.{rest}"] = value
            continue
        stage, within, layer = rest.split(".", 2)
        at = f"_blocks.{sum(counts[: int(stage)]) + int(within)}"
        own, leaf = layer.rsplit(".", 1)
        converted[f"{at}.{(theirs if int(stage) else plain)[own]}.{leaf}"] = value
    assert set(recognise(converted, "file").weights) == expected


def test_what_needs_attention_is_refused_for_convolutions() -> None:
    network = build_backbone(ModelConfig(backbone="tf_efficientnet_lite0", drop_path=0.0), 1, 64)
    with pytest.raises(ModelError, match="one of convolutions"):
        attention_of(network, torch.zeros(1, 1, 64, 64))
    with pytest.raises(ConfigError, match="for Vision Transformers"):
        add_adapters(network, 2)
    with pytest.raises(ConfigError, match=r"model\.patch is for Vision Transformers"):
        build_backbone(ModelConfig(backbone="tf_efficientnet_lite0", patch=8), 1, 64)


def test_its_norms_know_of_other_processes_and_are_the_same_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes with the two halves of a batch answer as one with the whole; sums are handed over by hand here."""
    from cdcl.models import batch_norm, batch_norm_act

    norm = batch_norm_act.GlobalBatchNormAct2d(4)
    plain = batch_norm_act.BatchNormAct2d(4)
    whole = torch.randn(6, 4, 5, 5, generator=torch.Generator().manual_seed(3))
    expected = plain.train()(whole)
    torch.testing.assert_close(norm.train()(whole), expected)
    mean = whole.sum((0, 2, 3)) / 150
    totals = iter((whole.sum((0, 2, 3)), (whole - mean[:, None, None]).square().sum((0, 2, 3))))
    monkeypatch.setattr(batch_norm, "num_processes", lambda: 2)
    monkeypatch.setattr(batch_norm_act, "num_processes", lambda: 2)
    monkeypatch.setattr(batch_norm, "summed", lambda _own: next(totals))
    torch.testing.assert_close(norm(whole[:3]), expected[:3], rtol=1e-5, atol=1e-5)
