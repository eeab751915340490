"""`cdcl compare`: a page that ends in a sentence, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from cdcl.runs import Run


def test_a_run_is_compared_with_intensities_and_floors(
    embedded: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(embedded.folder), "--chains", "centre", "--nulls", "2", "-o", str(tmp_path / "out")]
    assert main([*words, "--model", "no-such-network"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("Use ")
    assert "no-such-network takes no part" in told.err
    found = set(pd.read_csv(tmp_path / "out" / "compare.csv")["candidate"])
    assert {"intensity statistics", embedded.folder.name, "noise"} <= found
    assert (tmp_path / "out" / "compare.html").read_text(encoding="utf-8").count("What it cannot tell") == 2


def test_an_unknown_chain_is_refused_before_any_work(embedded: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(embedded.folder), "--chains", "tvm"]) == 2
    assert "Did you mean 'tvn'?" in capsys.readouterr().err
