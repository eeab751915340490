"""Backbones, heads and the averaged teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from cdcl.config import DinoConfig, ModelConfig
from cdcl.errors import ConfigError, ModelError
from cdcl.models.attention import attention_of
from cdcl.models.backbones import build_backbone
from cdcl.models.batch_norm import BatchNorm
from cdcl.models.heads import DinoHead, Prototypes
from cdcl.models.multicrop import MultiCrop
from cdcl.models.teacher import follow, make_teacher
from cdcl.models.weights import inflate

if TYPE_CHECKING:
    from pathlib import Path

TINY = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 2, "heads": 2}


@pytest.mark.parametrize("channels", [1, 3, 5, 8])
def test_backbone_takes_any_number_of_channels_and_any_size_patches_divide(channels: int) -> None:
    backbone = build_backbone(ModelConfig(**TINY), channels, 16)
    for size in (16, 8, 24):
        assert backbone(torch.randn(2, channels, size, size)).shape == (2, 16)


def test_views_that_patches_do_not_divide_are_refused() -> None:
    with pytest.raises(ConfigError, match="no multiple of the backbone's patch of 4"):
        build_backbone(ModelConfig(**TINY), 3, 18)


def test_unknown_backbone_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Did you mean 'vit_small_patch16_224'"):
        build_backbone(ModelConfig(backbone="vit_smal_patch16_224"), 3, 224)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_mean_inflation_keeps_the_answer_to_grey_images(channels: int) -> None:
    kernel = torch.randn(4, 3, 2, 2)
    grey = torch.randn(1, 1, 2, 2)
    before = nn.functional.conv2d(grey.repeat(1, 3, 1, 1), kernel)
    after = nn.functional.conv2d(grey.repeat(1, channels, 1, 1), inflate(kernel, channels, "mean"))
    torch.testing.assert_close(after, before)


def test_tiling_repeats_red_green_blue() -> None:
    kernel = torch.randn(4, 3, 2, 2)
    assert torch.equal(inflate(kernel, 5, "tile"), kernel[:, [0, 1, 2, 0, 1]])


def test_pretrained_file_is_loaded_for_other_channels_and_sizes(tmp_path: Path) -> None:
    source = build_backbone(ModelConfig(**TINY), 3, 32)
    save_file(source.state_dict(), tmp_path / "rgb.safetensors")
    config = ModelConfig(**TINY, pretrained=str(tmp_path / "rgb.safetensors"))
    loaded = build_backbone(config, 5, 16)
    assert torch.equal(loaded.blocks[1].attn.qkv.weight, source.blocks[1].attn.qkv.weight)  # type: ignore[union-attr,index]
    assert loaded.patch_embed.proj.weight.shape == (16, 5, 4, 4)  # type: ignore[union-attr]


def test_pretrained_file_of_another_width_is_refused(tmp_path: Path) -> None:
    save_file(build_backbone(ModelConfig(**TINY), 3, 16).state_dict(), tmp_path / "rgb.safetensors")
    wider = ModelConfig(**{**TINY, "width": 32}, pretrained=str(tmp_path / "rgb.safetensors"))
    with pytest.raises(ModelError, match="does not fit"):
        build_backbone(wider, 3, 16)


def test_a_pickle_with_code_in_it_is_named_and_never_run(tmp_path: Path) -> None:
    pickle = tmp_path / "weights.pth"
    pickle.write_bytes(b"cos\nsystem\n(S'touch " + bytes(tmp_path / "owned") + b"'\ntR.")
    with pytest.raises(ModelError, match=r"a pickle that calls (os|posix)\.system.*Nothing of it was run"):
        build_backbone(ModelConfig(**TINY, pretrained=str(pickle)), 3, 16)
    assert not (tmp_path / "owned").exists()


def test_damaged_pretrained_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"not safetensors at all")
    with pytest.raises(ModelError, match="cannot be read as weights, it is damaged"):
        build_backbone(ModelConfig(**TINY, pretrained=str(tmp_path / "x.safetensors")), 3, 16)


def test_prototypes_are_cosines_while_their_length_is_fixed() -> None:
    layer = Prototypes(8, 5, fixed_length=True)
    inputs = nn.functional.normalize(torch.randn(3, 8), dim=-1)
    expected = inputs @ nn.functional.normalize(layer.direction, dim=-1).T
    torch.testing.assert_close(layer(inputs), expected)
    assert [name for name, _ in layer.named_parameters()] == ["direction"]
    assert "length" in dict(Prototypes(8, 5, fixed_length=False).named_parameters())


@pytest.mark.parametrize("width", [64, 256, 512])
def test_prototypes_turn_a_step_as_fast_as_those_of_the_original(width: int) -> None:
    # The reference: torch's own weight-normed linear layer without bias, which DINO's head ends in.
    theirs = nn.utils.parametrizations.weight_norm(nn.Linear(width, 128, bias=False))
    direction = theirs.parametrizations.weight.original1
    ours, lr = Prototypes(width, 128, fixed_length=True), 1e-3
    turns = [_turn_of_a_step(layer, rows, lr) for layer, rows in ((ours, ours.direction), (theirs, direction))]
    assert turns[0] == pytest.approx(turns[1], rel=0.03)
    assert turns[0] == pytest.approx(lr * (3 * width) ** 0.5, rel=0.05)


def _turn_of_a_step(layer: nn.Module, rows: nn.Parameter, lr: float) -> float:
    """Give the mean angle by which rows turn in the first step of AdamW."""
    before = nn.functional.normalize(rows.detach().clone(), dim=-1)
    inputs = nn.functional.normalize(torch.randn(64, rows.shape[1]), dim=-1)
    layer(inputs).square().sum().backward()
    torch.optim.AdamW([rows], lr=lr, weight_decay=0.0).step()
    after = nn.functional.normalize(rows.detach(), dim=-1)
    return float(2.0 * ((after - before).norm(dim=-1) / 2.0).asin().mean())


@pytest.mark.parametrize("width", [64, 256, 512])
def test_logits_of_unrelated_vectors_spread_as_the_bottleneck_is_wide(width: int) -> None:
    # What a temperature divides: a cosine's spread is 1/sqrt d, so 0.04 at d = 64 sharpens as 0.02 does at d = 256.
    inputs = nn.functional.normalize(torch.randn(512, width), dim=-1)
    spread = Prototypes(width, 256, fixed_length=True)(inputs).detach().std()
    assert float(spread) == pytest.approx(width**-0.5, rel=0.05)


def test_head_maps_features_to_prototypes() -> None:
    head = DinoHead(16, DinoConfig(prototypes=7, hidden=8, bottleneck=4))
    logits = head(torch.randn(3, 16))
    assert logits.shape == (3, 7)
    assert logits.abs().max() <= 1 + 1e-5


def test_batch_norm_is_torchs_own_in_one_process() -> None:
    ours, theirs = BatchNorm(4), nn.BatchNorm1d(4)
    inputs = torch.randn(6, 4)
    torch.testing.assert_close(ours(inputs), theirs(inputs))
    torch.testing.assert_close(ours.running_var, theirs.running_var)


def test_teacher_averages_parameters_and_running_statistics() -> None:
    student = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    teacher = make_teacher(student)
    old = {name: value.clone() for name, value in teacher.state_dict().items()}
    with torch.no_grad():
        for tensor in student.state_dict().values():
            tensor.add_(1)
    follow(teacher, student, momentum=0.75)
    for name, value in teacher.state_dict().items():
        moved = 1 if "num_batches" in name else 0.25
        torch.testing.assert_close(value, (old[name] + moved).to(value.dtype))
    assert not any(parameter.requires_grad for parameter in teacher.parameters())


def test_multicrop_equals_backbone_and_head_one_view_at_a_time() -> None:
    backbone = build_backbone(ModelConfig(**TINY), 2, 16).eval()
    model = MultiCrop(backbone, nn.Linear(16, 3))
    views = (torch.randn(4, 2, 16, 16), torch.randn(6, 2, 8, 8))
    features, logits = model(views)
    torch.testing.assert_close(features, torch.cat([backbone(view) for view in views]))
    torch.testing.assert_close(logits, model.head(features))


def test_attention_rows_sum_to_one() -> None:
    backbone = build_backbone(ModelConfig(**TINY), 2, 16).eval()
    attention = attention_of(backbone, torch.randn(3, 2, 16, 24))
    assert attention.shape == (3, 2, 25, 25)
    torch.testing.assert_close(attention.sum(-1), torch.ones(3, 2, 25))


def test_attention_is_what_the_block_computes() -> None:
    backbone = build_backbone(ModelConfig(**TINY), 2, 16).eval()
    caught: list[torch.Tensor] = []
    layer = backbone.blocks[0].attn  # type: ignore[union-attr,index]
    handle = layer.register_forward_pre_hook(lambda _, inputs: caught.append(inputs[0]))
    ours = attention_of(backbone, torch.randn(1, 2, 16, 16), block=0)
    handle.remove()
    with torch.inference_mode():
        qkv = layer.qkv(caught[0]).reshape(1, 17, 3, 2, 8).permute(2, 0, 3, 1, 4)
        slow = (qkv[0] @ qkv[1].transpose(-1, -2) / 8**0.5).softmax(-1)
    torch.testing.assert_close(ours, slow, rtol=1e-4, atol=1e-5)


def test_a_stem_of_small_convolutions_keeps_the_grid_and_sees_one_image_at_a_time() -> None:
    backbone = build_backbone(ModelConfig(**TINY, stem="conv"), 5, 16).eval()
    images = torch.randn(3, 5, 16, 24)
    features = backbone(images)
    assert features.shape == (3, 16)
    torch.testing.assert_close(features[1:2], backbone(images[1:2]))
    assert attention_of(backbone, images).shape == (3, 2, 25, 25)


def test_a_conv_stem_needs_a_power_of_two_and_has_no_weights_on_the_hub() -> None:
    with pytest.raises(ConfigError, match="needs a patch of 2, 4, 8, 16 or 32 pixels, not 12"):
        build_backbone(ModelConfig(**{**TINY, "patch": 12}, stem="conv"), 3, 24)
    with pytest.raises(ConfigError, match="hub has no weights"):
        build_backbone(ModelConfig(**TINY, stem="conv", pretrained="hub"), 3, 16)
