"""`--best`: the checkpoint that did best on the validation rows is used, and said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run


@pytest.fixture
def validated(trained: Run) -> Run:
    """A run whose older checkpoint did better."""
    for step, accuracy in ((3, 0.7), (6, 0.2)):
        card = trained.checkpoints / str(step) / "weights.json"
        found = json.loads(card.read_text())
        card.write_text(json.dumps({**found, "validation": {"validation_accuracy": accuracy}}))
    return trained


def embed(run: Run, out: Path, *more: str) -> pd.DataFrame:
    assert main(["embed", str(run.folder), "--level", "site", "-o", str(out), *more]) == 0
    return pd.read_parquet(out)


def test_older_checkpoint_is_used_where_it_did_better(
    validated: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    best = embed(validated, tmp_path / "best.parquet", "--best")
    assert "the best by validation is used: step 3 (0.700), and not the newest, 6" in capsys.readouterr().err
    by_hand = tmp_path / "by_hand.parquet"
    words = ["--screen", str(validated.screen), "--level", "site", "-o", str(by_hand)]
    assert main(["embed", str(validated.checkpoints / "3"), *words]) == 0
    pd.testing.assert_frame_equal(best, pd.read_parquet(by_hand))
    assert not best.equals(embed(validated, tmp_path / "newest.parquet"))


def test_network_that_is_exported_is_the_best(validated: Run, tmp_path: Path) -> None:
    assert main(["export", str(validated.folder), "--to", "timm", "--best", "-o", str(tmp_path / "best")]) == 0
    assert main(["export", str(validated.folder), "--to", "timm", "-o", str(tmp_path / "newest")]) == 0
    best, newest = (sorted((tmp_path / name).rglob("*.safetensors"))[0] for name in ("best", "newest"))
    assert best.read_bytes() != newest.read_bytes()


def test_nothing_validated_is_one_line(trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["embed", str(trained.folder), "--best", "--level", "site", "-o", str(tmp_path / "x.parquet")]) == 2
    assert "no checkpoint of" in (error := capsys.readouterr().err)
    assert "leave --best out to use the newest" in error


def test_what_is_no_run_has_no_best(validated: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--screen", str(validated.screen), "--best", "--level", "site", "-o", str(tmp_path / "x.parquet")]
    assert main(["embed", str(validated.checkpoints / "3"), *words]) == 2
    assert "--best is for a run" in capsys.readouterr().err
