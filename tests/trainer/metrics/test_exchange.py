"""p of activity by exchange: exact, uniform on noise, and as small as the plates allow."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.metrics import active_share, map_activity
from cdcl.metrics.exchange import Exchange, Pool, mean_precisions
from cdcl.metrics.precision import Question, average_precision

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cdcl.profiles import Profiles


def pool_of(values: NDArray[np.float64], plates: NDArray[np.int64], borne: NDArray[np.int64]) -> Pool:
    units = values / np.linalg.norm(values, axis=1, keepdims=True)
    return Pool(units @ units.T, plates, borne, ~np.eye(len(borne), dtype=bool))


def plates_of_seven(num: int = 3) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Plates of one replicate, the first well, and six controls."""
    return np.repeat(np.arange(num), 7), np.arange(num) * 7


def slow_precision(pool: Pool, chosen: NDArray[np.int64]) -> float:
    """Rank by the general code, with the chosen wells as the treatment and all others as controls."""
    labels = np.full(len(pool.plates), -1)
    labels[chosen] = 0
    vectors = np.linalg.cholesky(pool.cosines + 1e-9 * np.eye(len(labels)))
    question = Question(
        vectors.astype(np.float64), labels, np.arange(len(labels))[:, None], chosen, labels < 0, pool.plates
    )
    return float(average_precision(question).values.mean())


@pytest.mark.parametrize("borne", [[0, 7, 14], [0, 1, 7, 14], [0, 1, 2]])
def test_every_way_has_the_precision_of_the_general_definition(borne: list[int]) -> None:
    rng = np.random.default_rng(0)
    plates, _ = plates_of_seven()
    pool = pool_of(rng.normal(size=(21, 40)), plates, np.array(borne))
    ways = []
    for _ in range(8):
        parts = [7 * plate + rng.permutation(7)[: sum(well // 7 == plate for well in borne)] for plate in range(3)]
        ways.append(np.concatenate(parts))
    found = mean_precisions(pool, np.stack(ways))
    assert found == pytest.approx([slow_precision(pool, way) for way in ways], abs=1e-6)


def test_three_plates_of_six_controls_reach_one_in_343() -> None:
    plates, borne = plates_of_seven()
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        values = rng.normal(size=(21, 30))
        values[borne] += 10 * rng.normal(size=30)
        p, least = Exchange().p_value(pool_of(values, plates, borne))
        assert least == pytest.approx(7**-3)
        found.append(p)
    # Three controls that are nearest to each other by accident are as good a triple, and count against the claim.
    assert min(found) == pytest.approx(7**-3)
    assert max(found) <= 5 * 7**-3


def test_p_is_the_share_of_all_ways_that_are_as_good() -> None:
    rng = np.random.default_rng(3)
    plates, borne = plates_of_seven(2)
    pool = pool_of(rng.normal(size=(14, 5)), plates, borne)
    every = np.array([[one, 7 + other] for one, other in product(range(7), repeat=2)])
    values = mean_precisions(pool, every)
    expected = np.mean(values >= mean_precisions(pool, borne[None])[0] - 1e-9)
    assert Exchange().p_value(pool)[0] == pytest.approx(expected)


def test_equal_profiles_are_no_evidence() -> None:
    plates, borne = plates_of_seven()
    assert Exchange().p_value(pool_of(np.ones((21, 4)), plates, borne))[0] == 1.0


def test_drawn_ways_agree_with_listed_ones() -> None:
    rng = np.random.default_rng(5)
    plates, borne = plates_of_seven()
    values = rng.normal(size=(21, 8))
    values[borne] += 1.2
    pool = pool_of(values, plates, borne)
    exact, drawn = Exchange().p_value(pool)[0], Exchange(size=342, seed=1).p_value(pool)[0]
    assert drawn == pytest.approx(exact, abs=0.08)


def shares_below(num: int, levels: tuple[float, ...]) -> list[float]:
    """Simulate screens of noise, a treatment each, with plates of their own shift, and give the share of p <= level.

    A larger shift hides all replicates of other plates behind all controls of the own one: every way then ties, and p
    is 1, which is no fault of the test.
    """
    plates, borne = plates_of_seven()
    found = []
    for seed in range(num):
        rng = np.random.default_rng([7, seed])
        values = rng.normal(size=(21, 20)) + 0.3 * rng.normal(size=(3, 20))[plates]
        found.append(Exchange().p_value(pool_of(values, plates, borne))[0])
    return [float(np.mean(np.array(found) <= level + 1e-12)) for level in levels]


LEVELS = (0.01, 0.05, 0.1, 0.2, 0.5, 0.8)


def assert_uniform(num: int) -> None:
    for level, share in zip(LEVELS, shares_below(num, LEVELS), strict=True):
        spread = 3.3 * np.sqrt(level * (1 - level) / num)
        assert level - spread - 0.03 <= share <= level + spread, (level, share)


def test_p_is_uniform_on_noise_over_200_screens() -> None:
    assert_uniform(200)


@pytest.mark.slow
def test_p_is_uniform_on_noise_over_1000_screens() -> None:
    assert_uniform(1000)


def test_a_strong_effect_is_found_where_rankings_cannot_find_it(wells: Callable[..., Profiles]) -> None:
    """One replicate on each of three plates, six controls: random rankings give p >= 1/28 and q > 0.05 of many."""
    profiles = wells(batches=1, plates=3, treatments=30, controls=6, effect=5.0, dim=30)
    score = map_activity(profiles)
    assert score.groups is not None
    assert score.groups["p"].min() == pytest.approx(7**-3)
    assert score.groups["p_ranks"].min() >= 1 / 28 - 1e-9
    assert active_share(profiles).value > 0.9
