"""Prefetch to the device: on a GPU, the next batch is copied and rendered while the network works on the last one."""

from __future__ import annotations

from collections import deque
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cdcl.data.batches import Batch

Prepared = TypeVar("Prepared")


def feed(prepared: Iterable[Prepared], finish: Callable[[Prepared], Batch], device: torch.device) -> Iterator[Batch]:
    """Yield `finish(parts)` for each of `prepared`, in order.

    On CUDA, `finish` runs on a stream of its own, a step ahead of the batch that is yielded; the processor waits for
    none of it. Elsewhere there is nothing to overlap.

    Parameters
    ----------
    prepared
        What threads have made ready, in order.
    finish
        Sends it to the device and makes the batch.
    device
        Where the network is.

    Yields
    ------
    Batch
        Safe to use on the current stream.
    """
    if device.type != "cuda":
        yield from map(finish, prepared)
        return
    stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    waiting: deque[tuple[Batch, torch.cuda.Event]] = deque()
    # Pinned memory must stay as it is until it was copied, however far the processor is ahead.
    held: deque[tuple[Prepared, torch.cuda.Event]] = deque()
    for parts in prepared:
        with torch.cuda.stream(stream):
            batch, done = finish(parts), stream.record_event()
        waiting.append((batch, done))
        held.append((parts, done))
        while held and held[0][1].query():  # type: ignore[no-untyped-call]
            held.popleft()
        if len(waiting) > 1:
            yield _handed_over(*waiting.popleft())
    while waiting:
        yield _handed_over(*waiting.popleft())


def _handed_over(batch: Batch, done: torch.cuda.Event) -> Batch:
    """Let the network's stream wait for a batch, and keep its memory until that stream is through with it."""
    current = torch.cuda.current_stream()
    current.wait_event(done)
    for field in fields(batch):
        value = getattr(batch, field.name)
        for tensor in value if isinstance(value, tuple) else (value,):
            if isinstance(tensor, Tensor) and tensor.is_cuda:
                tensor.record_stream(current)
    return batch
