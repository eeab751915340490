"""The number of archetypes: an elbow, and a bootstrap that finds them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.archetypes import agreement, choose, elbow, fit
from cdcl.archetypes.choosing import STABLE, most_archetypes
from cdcl.events import Advanced
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("num", [3, 4])
def test_the_number_that_rows_were_mixed_of_is_chosen(num: int, mixtures: Callable[..., tuple]) -> None:
    values, _corners, _weights = mixtures(num, 5, 150, noise=0.15)
    choice = finish(choose(values))
    assert choice.num == num
    assert choice.stable
    assert choice.stability[num] > 0.9


def test_explained_variance_never_falls_with_the_number() -> None:
    choice = finish(choose(np.random.default_rng(0).normal(size=(100, 5))))
    assert list(choice.explained) == [2, 3, 4, 5, 6]
    assert (np.diff(list(choice.explained.values())) >= -1e-9).all()


def test_noise_has_no_stable_archetypes_and_says_so() -> None:
    choice = finish(choose(np.random.default_rng(0).normal(size=(200, 10))))
    assert not choice.stable
    assert max(choice.stability.values()) < STABLE
    assert choice.num == max(choice.stability)  # the elbow, for want of better


def test_the_same_seed_chooses_the_same(mixtures: Callable[..., tuple]) -> None:
    values = mixtures(3, 4, 80, noise=0.5)[0]
    assert finish(choose(values, seed=3)) == finish(choose(values, seed=3))


@pytest.mark.parametrize(
    ("curve", "bend"),
    [
        ({2: 0.4, 3: 0.8, 4: 0.82, 5: 0.84}, 3),
        ({2: 0.25, 3: 0.5, 4: 0.75, 5: 1.0}, 2),
        ({2: 0.9, 3: 0.95, 4: 1.0}, 2),
        ({2: 1.0}, 2),
    ],
)
def test_the_elbow_is_where_one_more_begins_to_tell_little(curve: dict[int, float], bend: int) -> None:
    assert elbow(curve) == bend


@given(seed=st.integers(0, 10_000), num=st.integers(2, 5))
def test_agreement_does_not_depend_on_the_order_of_archetypes_nor_of_the_two(seed: int, num: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = (rng.dirichlet(np.full(num, 0.3), 50) for _ in range(2))
    shuffled = first[:, rng.permutation(num)]
    assert agreement(first, shuffled) == pytest.approx(1.0)
    assert agreement(first, second) == pytest.approx(agreement(second, first))
    assert agreement(shuffled, second) == pytest.approx(agreement(first, second))


def test_agreement_of_hard_labels_is_their_normalised_mutual_information() -> None:
    from sklearn.metrics import normalized_mutual_info_score

    rng = np.random.default_rng(0)
    first = rng.integers(0, 3, 200)
    second = np.where(rng.random(200) < 0.7, first, rng.integers(0, 3, 200))
    expected = normalized_mutual_info_score(first, second)
    assert agreement(np.eye(3)[first], np.eye(3)[second]) == pytest.approx(expected)


def test_weights_that_tell_nothing_agree_with_nothing() -> None:
    flat = np.full((10, 2), 0.5)
    assert agreement(flat, np.eye(2)[np.arange(10) % 2]) == pytest.approx(0.0)
    assert agreement(flat, flat) == 0.0


def test_no_more_archetypes_are_tried_than_rows_and_dimensions_have_corners() -> None:
    assert most_archetypes(np.zeros((5, 30))) == 5
    assert most_archetypes(np.zeros((500, 2))) == 3
    assert most_archetypes(np.zeros((500, 30))) == 12


def test_a_long_search_tells_how_far_it_is_and_can_be_closed() -> None:
    values = np.random.default_rng(0).normal(size=(300, 10))
    task = fit(values, 8)
    event = next(task)
    assert isinstance(event, Advanced)
    assert event.note.startswith("8 explain ")
    task.close()


@settings(deadline=None, max_examples=40)
@given(rows=st.integers(3, 8), dim=st.integers(1, 4), distinct=st.integers(2, 8), seed=st.integers(0, 1000))
def test_next_to_nothing_is_analysed_without_a_stumble(rows: int, dim: int, distinct: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(distinct, dim))[np.arange(rows) % distinct]
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        choice = finish(choose(values, seed))
        hull = finish(fit(values, choice.num, seed))
    assert 2 <= choice.num <= rows
    assert np.isfinite(hull.corners).all()
    assert all(0.0 <= value <= 1.0 + 1e-9 for value in choice.stability.values())
