"""`cdcl correct --method A+B`: written, stored, applied to other profiles, and swept by `cdcl score`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from cdcl.runs import Run


def test_chain_is_written_and_applied_again(embedded: Run, tmp_path: Path) -> None:
    assert main(["correct", str(embedded.folder), "--method", "centre+pc64", "--reference", "all"]) == 0
    folder = embedded.folder / "corrections" / "centre+pc64"
    again = tmp_path / "again.parquet"
    words = ["correct", str(embedded.profiles("site")), "--fitted", str(folder / "site.npz"), "-o", str(again)]
    assert main(words) == 0
    pd.testing.assert_frame_equal(pd.read_parquet(again), pd.read_parquet(folder / "site.parquet"))


def test_chains_are_swept_beside_their_steps(embedded: Run, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    words = ["score", str(embedded.folder), "--correct", "centre,centre+rint", "--nulls", "0", "-o", str(out)]
    assert main(words) == 0
    assert {"none", "centre", "centre+rint"} <= set(pd.read_csv(out)["correction"])


def test_unknown_step_is_one_line(embedded: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["correct", str(embedded.folder), "--method", "centre+tvm"]) == 2
    error = capsys.readouterr().err
    assert "Did you mean 'tvn'?" in error
    assert error.count("\n") == 1
