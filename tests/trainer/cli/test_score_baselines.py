"""`cdcl score --baselines`: what profiles that know nothing would score, beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.profiles import read_profiles

if TYPE_CHECKING:
    from cdcl.runs import Run

COLUMNS = ["noise", "batch only", "batch and position", "intensity statistics", "untrained network"]


def test_a_run_gets_every_baseline_beside_its_scores(embedded: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(embedded.folder), "--baselines"]) == 0
    shown = capsys.readouterr().out
    table = pd.read_csv(embedded.scores)
    assert [name for name in COLUMNS if name in table] == COLUMNS
    assert all(word in shown for name in COLUMNS for word in name.split())
    assert max(map(len, shown.splitlines())) <= 120
    recognised = table.set_index(["name", "level"]).loc[("batch_recognised", "well")]
    assert recognised["batch only"] == 1.0
    trained = read_profiles(embedded.profiles("site"))
    untrained = read_profiles(embedded.folder / "baselines" / "untrained-network.parquet")
    assert trained.values.shape == untrained.values.shape
    assert not np.allclose(trained.values, untrained.values)
    pd.testing.assert_series_equal(trained.table["treatment"], untrained.table["treatment"])


@pytest.mark.slow
def test_baselines_of_images_are_described_once(embedded: Run) -> None:
    assert main(["score", str(embedded.folder), "--baselines"]) == 0
    kept = sorted((embedded.folder / "baselines").iterdir())
    assert [path.name for path in kept] == ["intensity-statistics.parquet", "untrained-network.parquet"]
    times = [path.stat().st_mtime_ns for path in kept]
    assert main(["score", str(embedded.folder), "--baselines"]) == 0
    assert [path.stat().st_mtime_ns for path in kept] == times


def test_a_file_of_profiles_does_without_images_and_says_so(embedded: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(embedded.profiles("well")), "--baselines"]) == 0
    shown = capsys.readouterr()
    assert "need a run with its images" in shown.out + shown.err
    assert {"batch", "and", "position"} <= set(shown.out.split())  # headings wrap over two lines
    assert "untrained network  " not in shown.out


def test_a_run_whose_images_are_gone_still_has_its_scores(embedded: Run, capsys: pytest.CaptureFixture[str]) -> None:
    embedded.screen.unlink()
    assert main(["score", str(embedded.folder), "--baselines"]) == 0
    shown = capsys.readouterr()
    assert "no baseline of untrained network" in shown.out + shown.err
    assert "noise" in pd.read_csv(embedded.scores)
