"""Work done before it is asked for."""

from __future__ import annotations

import threading

import pytest

from cdcl.data.prefetch import prefetched


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_results_come_in_order(workers: int) -> None:
    assert list(prefetched(lambda x: x * x, range(20), workers)) == [x * x for x in range(20)]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_comes_where_its_result_would_have(workers: int) -> None:
    results = prefetched(lambda x: 1 // (x - 3), range(6), workers)
    assert [next(results) for _ in range(3)] == [-1, -1, -1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_no_more_is_begun_than_asked_for() -> None:
    begun: list[int] = []
    results = prefetched(begun.append, range(100), 2)
    next(results)
    results.close()
    assert len(begun) <= 4


def test_closing_leaves_no_thread_waiting() -> None:
    results = prefetched(lambda x: x, range(100), 2)
    next(results)
    results.close()
    for thread in threading.enumerate():
        if thread.name.startswith("prefetch"):
            thread.join(timeout=5)
            assert not thread.is_alive()
