"""Windows shifted by parts of a patch are averaged cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.inference.fine_attention import average, only_diagonal, steps_of, windows_of


@settings(deadline=None, max_examples=40)  # loops over all cells
@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 2, 4]), st.booleans(), st.booleans())
def test_the_average_is_that_of_a_loop_over_cells(
    height: int, width: int, steps: int, shares: bool, diagonal: bool
) -> None:
    rng = np.random.default_rng(height * 100 + width * 10 + steps)
    windows = windows_of((height, width), steps, diagonal=diagonal)
    found = {window: rng.random((2, *window.grid)).astype(np.float32) for window in windows}
    maps, rim = average(found, steps, (height, width), shares=shares)
    assert rim == (steps - 1 if len(windows) > 1 else 0)
    for y in range(height * steps):
        for x in range(width * steps):
            seen = [found[one][:, *at] for one in windows if (at := one.patch_at((y, x), steps)) is not None]
            expected = np.mean(seen, axis=0) / (steps**2 if shares else 1)
            assert maps[:, y, x] == pytest.approx(expected, rel=1e-5)


def test_within_the_rim_all_windows_have_seen_every_cell() -> None:
    windows = windows_of((3, 4), 4)
    assert len(windows) == 16
    for cell in [(3, 3), (8, 12), (5, 7)]:
        assert all(one.patch_at(cell, 4) is not None for one in windows)
    assert not all(one.patch_at((2, 5), 4) is not None for one in windows)


def test_two_windows_of_the_diagonal_tell_every_cell_from_its_neighbours() -> None:
    windows = windows_of((4, 4), 2, diagonal=True)
    assert [(one.down, one.across, one.grid) for one in windows] == [(0, 0, (4, 4)), (1, 1, (3, 3))]
    inner = [(y, x) for y in range(1, 7) for x in range(1, 7)]
    pairs = {tuple(one.patch_at(cell, 2) for one in windows) for cell in inner}
    assert len(pairs) == len(inner)  # each cell lies where another pair of patches meets
    assert not any(None in pair for pair in pairs)


VIT_TINY, VIT_SMALL = 5_500_000, 21_700_000


@pytest.mark.parametrize(
    ("grid", "patch", "weights", "steps"),
    [
        ((14, 14), 16, VIT_TINY, 4),
        ((14, 14), 16, VIT_SMALL, 2),  # 16 windows of it took four seconds of a core
        ((8, 8), 16, VIT_SMALL, 4),
        ((40, 40), 16, VIT_TINY, 2),
        ((9, 9), 14, VIT_TINY, 2),
    ],
)
def test_large_networks_and_fields_and_odd_patches_are_cut_in_two(
    grid: tuple[int, int], patch: int, weights: int, steps: int
) -> None:
    assert steps_of(grid, patch, weights) == steps


def test_only_fields_that_four_windows_take_too_long_for_get_two() -> None:
    assert not only_diagonal((16, 16), VIT_SMALL)
    assert not only_diagonal((34, 34), VIT_TINY)
    assert only_diagonal((34, 34), VIT_SMALL)
