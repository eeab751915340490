from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import kstest

from cdcl.hits.permutation import Pool, num_assignments, shift_p


def make_pool(*, plates: int = 3, treated: int = 1, controls: int = 6, shift: float = 0.0, seed: int = 0) -> Pool:
    """Wells of plates that lie far apart; the treated ones are moved along the first of eight features."""
    rng = np.random.default_rng(seed)
    each = treated + controls
    numbers = np.repeat(np.arange(plates), each)
    labels = np.tile(np.arange(each) < treated, plates)
    values = rng.normal(size=(plates * each, 8)) + 10 * rng.normal(size=(plates, 8))[numbers]
    values[labels, 0] += shift
    return Pool(values, numbers, labels)


def p_of(pool: Pool, seed: int = 0) -> float:
    return shift_p(pool, np.random.default_rng(seed))[0]


def test_one_well_and_six_controls_on_three_plates_reach_one_in_343() -> None:
    p, assignments = shift_p(make_pool(shift=20.0), np.random.default_rng(0))
    assert assignments == 343
    assert p == pytest.approx(1 / 343)


def test_p_is_that_of_all_assignments_listed_by_hand() -> None:
    pool = make_pool(plates=2, treated=2, controls=3, shift=1.0)
    centred = np.concatenate([pool.values[:5] - pool.values[:5].mean(0), pool.values[5:] - pool.values[5:].mean(0)])
    covariance = centred.T @ centred / 9
    eigenvalues, axes = np.linalg.eigh(covariance)
    whitened = centred @ axes / np.sqrt(np.maximum(eigenvalues, 0) + 0.1 * eigenvalues.mean())

    def length(first: tuple[int, ...], second: tuple[int, ...]) -> float:
        shifts = []
        for start, chosen in ((0, first), (5, second)):
            rest = [row for row in range(5) if row not in chosen]
            wells = whitened[start : start + 5]
            shifts.append(wells[list(chosen)].mean(0) - wells[rest].mean(0))
        return float((np.mean(shifts, axis=0) ** 2).sum())

    choices = list(combinations(range(5), 2))
    lengths = np.array([length(*both) for both in product(choices, choices)])
    assert p_of(pool) == pytest.approx((lengths >= length((0, 1), (0, 1)) - 1e-12).mean())


@pytest.mark.parametrize(("plates", "treated", "controls"), [(3, 1, 6), (2, 3, 16)])
def test_p_is_uniform_where_a_treatment_does_nothing(plates: int, treated: int, controls: int) -> None:
    shape = {"plates": plates, "treated": treated, "controls": controls}
    ps = np.array([p_of(make_pool(**shape, seed=seed), seed) for seed in range(200 if plates == 3 else 60)])
    assert kstest(ps, "uniform").pvalue > 0.001
    assert (ps <= 0.05).mean() < 0.12


@pytest.mark.slow
def test_of_1000_screens_of_noise_five_in_a_hundred_have_p_below_one_in_twenty() -> None:
    ps = np.array([p_of(make_pool(seed=seed)) for seed in range(1000)])
    assert kstest(ps, "uniform").pvalue > 0.01
    assert (ps <= 0.05).mean() == pytest.approx(0.05, abs=0.02)


def test_drawn_assignments_agree_with_listed_ones() -> None:
    pool = make_pool(plates=3, treated=2, controls=8, shift=0.9)
    assert num_assignments(pool) == 45**3
    few = make_pool(plates=2, treated=2, controls=8, shift=0.9)
    listed, (drawn, _) = p_of(few), shift_p(pool, np.random.default_rng(1))
    assert num_assignments(few) == 45**2
    assert 0 < drawn < 1
    assert listed > 1 / 45**2 - 1e-12


def test_shifts_of_whole_plates_are_no_effect() -> None:
    pool = make_pool(shift=0.0, seed=4)
    moved = Pool(pool.values + 100 * pool.plates[:, None], pool.plates, pool.treated)
    assert p_of(moved) == pytest.approx(p_of(pool))


def test_plates_without_controls_tell_nothing() -> None:
    pool = make_pool(shift=20.0)
    lonely = Pool(
        np.concatenate([pool.values, np.full((2, 8), 1e3)]),
        np.concatenate([pool.plates, [3, 3]]),
        np.concatenate([pool.treated, [True, True]]),
    )
    assert p_of(lonely) == pytest.approx(p_of(pool))
    alone = Pool(pool.values[pool.treated], pool.plates[pool.treated], pool.treated[pool.treated])
    assert np.isnan(p_of(alone))
