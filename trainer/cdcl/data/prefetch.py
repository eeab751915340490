"""Prefetch: work done in threads before its result is asked for, in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from concurrent.futures import Future

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetched(work: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Generator[Result]:
    """Yield `work(item)` for each item in order, with up to `workers` items under way; 0 works without threads.

    An error in `work` is raised where its result would have come. Closing the iterator drops what is not begun.

    Parameters
    ----------
    work
        Is called in threads.
    items
        Taken one at a time, no further ahead than `workers`.
    workers
        Threads; 0 works in the caller's.

    Yields
    ------
    Result
        Of each item.
    """
    if workers == 0:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="prefetch")
    underway: deque[Future[Result]] = deque()
    try:
        for item in items:
            underway.append(pool.submit(work, item))
            if len(underway) > workers:
                yield underway.popleft().result()
        while underway:
            yield underway.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
