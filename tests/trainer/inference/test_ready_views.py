"""Views that lie ready before the network asks for them."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from cdcl.data.rendering import render
from cdcl.data.tiles import plain_crops
from cdcl.inference.ready_views import ready_views

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from cdcl.data.crops import Crops


def cut(number: int) -> tuple[NDArray[np.float16], Crops]:
    views = np.random.default_rng(number).normal(size=(3, 2, 8, 8)).astype(np.float16)
    return views, plain_crops(np.arange(3), np.zeros((3, 4), np.int64), 2)


@pytest.fixture
def where(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the names of the threads that have rendered."""
    names: list[str] = []

    def rendering(views: NDArray[np.floating], crops: Crops, device: torch.device) -> Tensor:
        names.append(threading.current_thread().name)
        return render(views, crops, device)

    monkeypatch.setattr(sys.modules[ready_views.__module__], "render", rendering)
    return names


def test_a_processors_views_are_cut_and_rendered_in_threads(where: list[str]) -> None:
    found = list(ready_views(cut, range(7), torch.device("cpu")))
    for number, views in enumerate(found):
        np.testing.assert_array_equal(views.numpy(), cut(number)[0].astype(np.float32))
    assert len(where) == len(found) == 7
    assert all(name.startswith("prefetch") for name in where)


def test_a_device_is_given_its_views_by_the_thread_that_runs_the_network(where: list[str]) -> None:
    found = list(ready_views(cut, range(5), torch.device("meta")))
    assert [views.shape for views in found] == [(3, 2, 8, 8)] * 5
    assert where == [threading.current_thread().name] * 5
