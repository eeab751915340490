"""Which tiles a field is embedded by, and how many go through at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from cdcl.config import RunConfig
from cdcl.inference import tile_plan
from cdcl.inference.tile_plan import TilePlan


def lay(
    sizes: list[tuple[int, int]], tile: int, *, device: str = "cuda", weights: int = 11_000_000, **embedding: Any
) -> TilePlan:
    """Lay tiles over fields of these sizes, for a network with views of 224, patches of 16 and so many weights."""
    config = RunConfig.model_validate({"embedding": embedding})
    cache = SimpleNamespace(readable=np.ones(len(sizes), bool), sizes=np.array(sizes))
    encoder = nn.Linear(1000, weights // 1000, bias=False, device="meta")
    at = torch.device(device)
    model = SimpleNamespace(config=config, tile=tile, view_size=224, patch=16, encoder=encoder, device=at)
    return TilePlan.of(model, SimpleNamespace(cache=cache, order=list(range(5))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("side", "tile", "count"),
    [
        (512, 499, 1),
        (1080, 981, 1),
        (1080, 904, 1),
        (1080, 724, 4),
        (2160, 499, 16),
        (512, 224, 4),
        (224, 224, 1),
        (100, 224, 1),
    ],
)
def test_tiles_that_would_see_nearly_the_same_are_one(side: int, tile: int, count: int) -> None:
    plan = lay([(side, side)], tile)
    assert len(plan.boxes) == count
    covered = np.zeros((side, side), bool)
    for top, left, height, width in plan.boxes.tolist():
        covered[top : top + height, left : left + width] = True
    assert covered.all()


@pytest.mark.parametrize("side", [281, 400, 448, 512, 560, 561, 1080, 2160])
def test_a_tile_is_at_most_a_quarter_larger_and_little_is_seen_twice(side: int) -> None:
    plan = lay([(side, side)], 224)
    tile = int(plan.boxes[0, 2])
    assert 224 <= tile <= 1.25 * 224
    # n + 1 tiles where n grown ones just do not suffice: ((n + 1) / (1.25 n))², 2.56 for n = 1
    assert len(plan.boxes) * tile**2 / side**2 <= 2.56
    assert len(plan.boxes) == np.ceil(side / (1.25 * 224)) ** 2


def test_batches_of_large_views_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_plan, "BATCH_BYTES", 3 * 5 * 4 * 448**2)
    plan = lay([(448, 448)] * 7, 224, mode="field")
    assert [len(chunk) for chunk in plan.chunks] == [3, 3, 1]
    assert plan.sides == (448, 448, 448)


def counts(plan: TilePlan) -> list[int]:
    return [len(chunk) for chunk in plan.chunks]


def test_a_batch_of_a_large_network_is_seconds_of_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    # 2 * 1.1e8 weights * 196 patches are 4.3e10 operations a view; 5e11 are 11 of these.
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    sizes = [(224, 224)] * 20
    assert counts(lay(sizes, 224, device="cpu", weights=110_000_000)) == [11, 9]
    assert counts(lay(sizes, 224, device="cpu", weights=110_000_000, batch_size=10)) == [10, 10]
    assert counts(lay(sizes, 224, weights=110_000_000)) == [20]


def test_a_thread_of_a_processor_takes_sixteen_views_of_usual_size_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [(224, 224)] * 200
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert counts(lay(sizes, 224, device="cpu")) == [16] * 12 + [8]
    assert counts(lay(sizes, 224, device="cpu", batch_size=10)) == [10] * 20
    assert counts(lay([(448, 448)] * 6, 224, device="cpu", mode="field")) == [4, 2]
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    assert counts(lay(sizes, 224, device="cpu")) == [64, 64, 64, 8]
    assert counts(lay(sizes, 224)) == [128, 72]


def test_a_batch_has_views_of_one_size_and_every_tile_comes_once() -> None:
    sizes = [(224, 224), (448, 300), (224, 224), (700, 700), (310, 300)] * 3
    plan = lay(sizes, 224, mode="field", batch_size=4)
    for chunk, side in zip(plan.chunks, plan.sides, strict=True):
        tiles = plan.boxes[chunk, 2]
        assert (np.maximum(1, np.round(tiles / 16)) * 16 == side).all()
        assert len(chunk) <= 4
    assert np.sort(np.concatenate(plan.chunks)).tolist() == list(range(len(plan.boxes)))
    assert sorted(plan.rows.tolist()) == list(range(15))
