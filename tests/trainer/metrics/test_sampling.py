from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.metrics import ilisi, knn_accuracy
from cdcl.metrics.sampling import drawn, drawn_note

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles


def test_few_are_all_asked_and_of_many_some_in_order() -> None:
    rows = np.arange(20_000)
    np.testing.assert_array_equal(drawn(rows, 20_000), rows)
    some = drawn(np.arange(100_000), 100_000)
    assert len(some) == 4000
    assert (np.diff(some) > 0).all()
    np.testing.assert_array_equal(some, drawn(np.arange(100_000), 100_000))


def test_the_note_counts_only_where_some_were_left_out() -> None:
    assert drawn_note(5, 5) == ""
    assert drawn_note(5, 9) == "5 of 9 profiles asked, drawn at random"


@pytest.mark.parametrize("metric", [lambda p: knn_accuracy(p, "treatment"), ilisi], ids=["knn", "ilisi"])
def test_asking_some_comes_near_to_asking_all_and_is_noted(
    monkeypatch: pytest.MonkeyPatch, wells: Callable[..., Profiles], metric: Callable
) -> None:
    profiles = wells(copies=8)
    whole = metric(profiles)
    monkeypatch.setattr("cdcl.metrics.sampling.COMPARISONS", 1)
    monkeypatch.setattr("cdcl.metrics.sampling.FEWEST", 200)
    some = metric(profiles)
    assert some.count == 200
    assert "200 of" in some.note
    assert some.value == pytest.approx(whole.value, abs=0.1)
