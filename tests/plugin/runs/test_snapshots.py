"""The sample on a plane: turned to follow the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cdcl.profiles import Profiles, write_profiles
from cdcl.runs import Run
from napari_cdcl.runs.snapshots import read_snapshot, turn_towards, unit_spread

if TYPE_CHECKING:
    from pathlib import Path


def sample(seed: int, by: str) -> Profiles:
    """64 fields of 4 treatments in 4 batches, apart by one of the two."""
    rng = np.random.default_rng(seed)
    batches, treatments = np.repeat(np.arange(4), 16), np.tile(np.arange(4), 16)
    table = pd.DataFrame(
        {
            "batch": [f"B{b}" for b in batches],
            "plate": [f"P{b}" for b in batches],
            "well": [f"A{n % 16 + 1:02d}" for n in range(64)],
            "site": "1",
            "treatment": [f"T{t}" for t in treatments],
        }
    )
    centres = 10 * rng.standard_normal((4, 8))
    values = centres[batches if by == "batch" else treatments] + rng.standard_normal((64, 8))
    return Profiles(values.astype(np.float32), table, "site")


@given(st.floats(0, 6.28), st.booleans())
def test_turned_points_are_turned_back(angle: float, mirrored: bool) -> None:
    goal = np.random.default_rng(0).standard_normal((30, 2)).astype(np.float32)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (goal @ turn * (np.array([1, -1]) if mirrored else 1)).astype(np.float32)
    np.testing.assert_allclose(turn_towards(points, goal), goal, atol=1e-4)


def test_size_and_place_do_not_matter() -> None:
    points = np.random.default_rng(0).standard_normal((30, 2)).astype(np.float32)
    np.testing.assert_allclose(unit_spread(points * 7 + 3), unit_spread(points), atol=1e-5)
    assert (unit_spread(np.ones((5, 2), np.float32)) == 0).all()


def test_a_probe_becomes_points_that_follow_those_before(tmp_path: Path) -> None:
    run = Run(tmp_path)
    write_profiles(sample(0, "batch"), run.snapshot(0))
    write_profiles(sample(0, "batch"), run.snapshot(100))
    assert run.snapshot_steps() == [0, 100]
    first = read_snapshot(run, 0)
    assert first is not None
    last = read_snapshot(run, 100, first)
    assert last is not None
    np.testing.assert_allclose(last.points, first.points, atol=1e-4)
    items = last.to_items(None)
    assert items.points["pca"].shape == (64, 2)
    assert items.title.startswith("sample of ")


def test_a_probe_that_is_gone_or_damaged_is_passed_over(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert read_snapshot(run, 5) is None
    run.snapshots.mkdir()
    run.snapshot(5).write_bytes(b"not parquet")
    assert read_snapshot(run, 5) is None
