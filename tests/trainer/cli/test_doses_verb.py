from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.profiles import Profiles, write_profiles

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """Two plates: one compound that acts from dose 1 on, named as mathematics, and one that does not."""
    rng, rows = np.random.default_rng(0), []
    doses = [0.0] * 6 + [0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0] * 2
    compounds = ["DMSO"] * 6 + ["$drug_1$"] * 7 + ["water"] * 7
    for plate in ("P1", "P2"):
        for number, (compound, dose) in enumerate(zip(compounds, doses, strict=True)):
            effect = 8 / (1 + 1 / dose**2) if compound.startswith("$") else 0
            row = {"plate": plate, "well": f"{'AB'[number // 12]}{number % 12 + 1:02d}", "batch": plate}
            rows.append({**row, "compound": compound, "concentration": dose, "effect": effect})
    table = pd.DataFrame(rows)
    table["control"] = np.where(table["compound"] == "DMSO", "negative", "")
    values = rng.normal(size=(len(table), 3)).astype(np.float32)
    values[:, 0] += table.pop("effect")
    write_profiles(Profiles(values, table, "well"), tmp_path / "wells.parquet")
    return tmp_path / "wells.parquet"


def test_curves_are_printed_kept_and_drawn(profiles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = profiles.with_name("d.csv")
    assert (
        main(["doses", str(profiles), "--along", "emb_0000", "-o", str(out), "--plot", str(out.with_suffix(".png"))])
        == 0
    )
    table = pd.read_csv(out).set_index("compound")
    assert table.loc["$drug_1$", "ec50_low"] < 1.0 < table.loc["$drug_1$", "ec50_high"]
    assert table.loc["water", "reason"].startswith("no dose does anything")
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out
    assert "$drug_1$" in printed
    assert "water: no dose does anything beyond chance" in printed


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "say where the curves"),
        (["-o", "d.parquet"], "this is written as .csv"),
        (["--along", "distanse", "-o", "d.csv"], "Did you mean 'distance'"),
    ],
)
def test_wrong_calls_are_one_line_and_exit_2(
    profiles: Path, arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doses", str(profiles), *arguments]) == 2
    assert complaint in capsys.readouterr().err


def test_too_many_doses_for_a_plate_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "-o", str(tmp_path), "--doses", "20"]) == 2
    assert "--doses 20" in capsys.readouterr().err
