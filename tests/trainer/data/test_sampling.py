"""Which rows make up a step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.data.sampling import BalancedSampler, PlainSampler
from cdcl.errors import ConfigError


@given(st.integers(1, 50), st.integers(1, 70), st.integers(0, 99))
def test_plain_sampler_uses_every_row_once_an_epoch(num_rows: int, batch_size: int, seed: int) -> None:
    sampler = PlainSampler(num_rows, batch_size, seed)
    stream = np.concatenate([sampler.rows(step) for step in range(num_rows)])
    epochs = stream[: len(stream) // num_rows * num_rows].reshape(-1, num_rows)
    assert (np.sort(epochs, axis=1) == np.arange(num_rows)).all()


@given(st.integers(0, 200), st.integers(0, 99))
def test_rows_are_a_function_of_seed_and_step_alone(step: int, seed: int) -> None:
    used = PlainSampler(17, 8, seed)
    for earlier in range(step % 5):
        used.rows(earlier)
    assert (used.rows(step) == PlainSampler(17, 8, seed).rows(step)).all()


def test_balanced_sampler_draws_rare_and_common_groups_alike() -> None:
    groups = np.repeat([0, 1, 2], [100, 10, 1])
    sampler = BalancedSampler(groups, batch_size=6, per_group=2, seed=0)
    counts = np.bincount(np.concatenate([groups[sampler.rows(step)] for step in range(50)]))
    assert (counts == 100).all()


def test_balanced_sampler_repeats_a_row_only_where_the_group_is_too_small() -> None:
    groups = np.repeat([0, 1], [5, 1])
    sampler = BalancedSampler(groups, batch_size=8, per_group=4, seed=0)
    rows = sampler.rows(0)
    assert len(np.unique(rows[groups[rows] == 0])) == 4
    assert list(rows[groups[rows] == 1]) == [5] * 4


def test_rows_without_a_label_are_never_drawn_in_balance() -> None:
    sampler = BalancedSampler(np.array([-1, 0, 0, 1]), batch_size=4, per_group=2, seed=0)
    assert all(0 not in sampler.rows(step) for step in range(20))


def test_batch_size_must_be_a_multiple() -> None:
    with pytest.raises(ConfigError, match="no multiple of per_group"):
        BalancedSampler(np.arange(4), batch_size=5, per_group=2, seed=0)
