"""Attention, rollout and keys against what they are by definition."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from cdcl.config import ModelConfig
from cdcl.errors import ModelError
from cdcl.models.attention import attention_of, key_similarity, rollout_of
from cdcl.models.backbones import build_backbone

TINY = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 3, "heads": 2}


@pytest.fixture
def images() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(2, 2, 16, 16)


def test_rollout_is_the_product_of_halved_means_and_halved_identities(images: torch.Tensor) -> None:
    backbone = build_backbone(ModelConfig(**TINY), 2, 16).eval()
    product = torch.eye(17)
    for block in range(2):
        product = (0.5 * attention_of(backbone, images, block).mean(1) + 0.5 * torch.eye(17)) @ product
    for token in (0, 5):
        torch.testing.assert_close(rollout_of(backbone, images, 1, token)[:, 0], product[:, token])
    torch.testing.assert_close(rollout_of(backbone, images, -1).sum(-1), torch.ones(2, 1))


def test_keys_are_compared_by_their_cosine(images: torch.Tensor) -> None:
    backbone = build_backbone(ModelConfig(**TINY), 2, 16).eval()
    block = backbone.blocks[0]  # type: ignore[index]
    tokens = backbone._pos_embed(backbone.patch_embed(images))  # type: ignore[operator]
    keys = block.attn.qkv(block.norm1(tokens))[..., 16:32]  # type: ignore[operator, union-attr]
    expected = F.cosine_similarity(keys[:, 3:4], keys, dim=-1)
    torch.testing.assert_close(key_similarity(backbone, images, 0, 3)[:, 0], expected)


def test_networks_apart_answer_channel_by_channel(images: torch.Tensor) -> None:
    apart = build_backbone(ModelConfig(**TINY, channels="apart"), 2, 16).eval()
    both = attention_of(apart, images)
    assert both.shape == (2, 4, 17, 17)
    second = attention_of(apart.encoders[1], images[:, 1:])  # type: ignore[index]
    torch.testing.assert_close(both[:, 2:], second)
    assert rollout_of(apart, images).shape == (2, 2, 17)
    torch.testing.assert_close(apart(images)[:, 16:], apart.encoders[1](images[:, 1:]))  # type: ignore[index, operator]


def test_listening_leaves_the_network_as_it_was(images: torch.Tensor) -> None:
    backbone = build_backbone(ModelConfig(**TINY), 2, 16).eval()
    before = backbone(images)
    rollout_of(backbone, images)
    assert not any(module._forward_hooks for module in backbone.modules())
    torch.testing.assert_close(backbone(images), before)


def test_a_resnet_has_no_attention_and_no_network_a_fourth_block_of_three(images: torch.Tensor) -> None:
    with pytest.raises(ModelError, match="no attention maps: it is one of convolutions"):
        attention_of(build_backbone(ModelConfig(backbone="resnet10t"), 2, 16), images)
    backbone = build_backbone(ModelConfig(**TINY), 2, 16)
    for look in (attention_of, rollout_of, key_similarity):
        with pytest.raises(ModelError, match="no block 3: it has blocks 0 to 2"):
            look(backbone, images, 3)
