"""What is done to each view by itself before a public network sees it."""

from __future__ import annotations

import copy

import pytest
import torch

from cdcl.config import ModelConfig
from cdcl.models.backbones import build_backbone
from cdcl.models.view_normalisation import normalise_before, normalise_views

IMAGES = torch.rand(3, 2, 16, 16, generator=torch.Generator().manual_seed(0))


def test_each_view_and_channel_has_mean_0_and_spread_1() -> None:
    views = normalise_views(7 + 5 * IMAGES, "image")
    torch.testing.assert_close(views.mean((-2, -1)), torch.zeros(3, 2), atol=1e-5, rtol=0)
    torch.testing.assert_close(views.std((-2, -1), correction=0), torch.ones(3, 2), atol=1e-4, rtol=0)
    torch.testing.assert_close(normalise_views(torch.ones(1, 1, 8, 8), "image"), torch.zeros(1, 1, 8, 8))


def test_min_and_max_become_0_and_1() -> None:
    views = normalise_views(7 + 5 * IMAGES, "image_minmax")
    torch.testing.assert_close(views.amin((-2, -1)), torch.zeros(3, 2))
    torch.testing.assert_close(views.amax((-2, -1)), torch.ones(3, 2), atol=1e-5, rtol=0)


def test_saturated_pixels_become_noise_from_200_to_255_that_depends_on_nothing_but_the_size() -> None:
    images = IMAGES * 0.5
    images[:, :, 4:8, 4:8] = 1.0
    views = normalise_views(images, "image_saturated")
    mean, std = images.mean(), images.std()
    raw = torch.where(images >= 1.0, torch.nan, images)
    rest = ~raw.isnan()
    scale = (views[0, 0][rest[0, 0]].std() / images[0, 0][rest[0, 0]].std()).item()
    back = (views[0, 0] - views[0, 0][0, 0]) / scale + images[0, 0, 0, 0]
    noise = back[4:8, 4:8]
    assert noise.min() >= 200 / 255 - 1e-4
    assert noise.max() <= 1 + 1e-4
    assert noise.std() > 0.01
    torch.testing.assert_close(normalise_views(images[1:2], "image_saturated"), views[1:2])
    assert mean < 1
    assert std < 1


@pytest.mark.parametrize("channels", ["together", "apart", "shared"])
def test_a_network_normalises_before_it_looks_and_so_do_its_copies(channels: str) -> None:
    shape = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 1, "heads": 2}
    network = build_backbone(ModelConfig(**shape, channels=channels), 2, 16).eval()
    expected = network(normalise_views(IMAGES, "image"))
    normalise_before(network, "image")
    for own in (network, copy.deepcopy(network)):
        torch.testing.assert_close(own(9 + 4 * IMAGES), expected, atol=1e-4, rtol=1e-4)
