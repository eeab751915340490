"""Views that lie ready: threads cut the next ones while the network works on the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cdcl.data.prefetch import prefetched
from cdcl.data.rendering import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from cdcl.data.crops import Crops

WORKERS = 2
"""Threads: one core cuts many times what it embeds in the same time; the second halves the wait for the first batch."""

Item = TypeVar("Item")


def ready_views(
    cut: Callable[[Item], tuple[NDArray[np.floating], Crops]], batches: Iterable[Item], device: torch.device
) -> Iterator[Tensor]:
    """Yield the views of each batch, in order.

    On a processor the threads render them, too; elsewhere that is the device's work, and is given to it in turn.

    Parameters
    ----------
    cut
        Makes a batch into views (n, C, h, h) and their crops; is called in threads.
    batches
        Taken no further ahead than there are threads.
    device
        Where the network is.

    Yields
    ------
    Tensor
        (n, C, h, h) float32, on the device.
    """
    if device.type == "cpu":
        yield from prefetched(lambda batch: render(*cut(batch), device), batches, WORKERS)
        return
    for views, crops in prefetched(cut, batches, WORKERS):
        yield render(views, crops, device)
