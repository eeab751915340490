"""Profiles written piece by piece are those written at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.profiles import Profiles, read_profiles, write_profiles
from cdcl.profiles.parts import join_parts, read_pieces, written_part

if TYPE_CHECKING:
    from pathlib import Path


def make_profiles(count: int, seed: int) -> Profiles:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"plate": "P1", "well": "A01", "site": "1", "cell": np.arange(count), "y": 1.5, "x": 2.5})
    return Profiles(rng.normal(size=(count, 5)).astype(np.float32), table, "cell")


def test_parts_joined_are_the_whole(tmp_path: Path) -> None:
    pieces = [make_profiles(count, seed) for seed, count in enumerate((4, 1, 7))]
    with written_part(tmp_path / "a.parquet") as append:
        append(pieces[0])
        append(pieces[1])
        assert not (tmp_path / "a.parquet").exists()
    with written_part(tmp_path / "b.parquet") as append:
        append(pieces[2])
    join_parts([tmp_path / "a.parquet", tmp_path / "b.parquet"], tmp_path / "all.parquet")
    table = pd.concat([piece.table for piece in pieces], ignore_index=True)
    whole = Profiles(np.concatenate([piece.values for piece in pieces]), table, "cell")
    write_profiles(whole, tmp_path / "whole.parquet")
    joined = read_profiles(tmp_path / "all.parquet")
    np.testing.assert_array_equal(joined.values, whole.values)
    pd.testing.assert_frame_equal(joined.table, read_profiles(tmp_path / "whole.parquet").table)
    assert joined.level == "cell"
    read = np.concatenate(list(read_pieces(tmp_path / "all.parquet", whole.names)))
    np.testing.assert_array_equal(read, whole.values)


def test_a_part_that_is_not_finished_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), written_part(tmp_path / "a.parquet") as append:
        append(make_profiles(3, 0))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
