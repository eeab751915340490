from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.config.recipes import check_config
from cdcl.doses import points_of, read_curve_files
from cdcl.errors import RunError
from cdcl.profiles import Profiles, read_profiles, write_profiles
from cdcl.report.dose_curves import plot_dose_curves
from cdcl.runs import start_run

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


def test_the_unit_of_an_ec50_stands_beside_it(profiles: Path, tmp_path: Path) -> None:
    """One plate's doses are written in nM, the other's in µM: both are read as one unit, which the table names."""
    table = read_profiles(profiles)
    written = table.table.assign(concentration_unit=np.where(table.table["plate"] == "P1", "nM", "µM"))
    written.loc[written["plate"] == "P1", "concentration"] *= 1000
    frame = pd.concat([written, pd.DataFrame(table.values, columns=table.names, index=written.index)], axis=1)
    frame.to_csv(tmp_path / "units.csv", index=False)
    out = tmp_path / "d.csv"
    assert main(["doses", str(tmp_path / "units.csv"), "--along", "emb_0000", "-o", str(out)]) == 0
    row = pd.read_csv(out).set_index("compound").loc["$drug_1$"]
    assert row["unit"] in ("nM", "µM")
    assert row["ec50_low"] < {"nM": 1000.0, "µM": 1.0}[row["unit"]] < row["ec50_high"]
    curves, _ = read_curve_files(out)
    assert set(curves["unit"]) == {row["unit"]}


def test_profiles_without_units_have_curves_without(profiles: Path) -> None:
    out = profiles.with_name("d.csv")
    assert main(["doses", str(profiles), "--along", "emb_0000", "-o", str(out)]) == 0
    assert set(read_curve_files(out)[0]["unit"].fillna("")) == {""}
    # Runs that were made before there was such a column are read as ever.
    pd.read_csv(out).drop(columns="unit").to_csv(out, index=False)
    assert read_curve_files(out)[0]["compound"].tolist() == ["$drug_1$", "water"]


def test_the_wells_of_the_curves_are_kept_and_draw_them_again(profiles: Path) -> None:
    out = profiles.with_name("d.csv")
    assert main(["doses", str(profiles), "--along", "emb_0000", "-o", str(out)]) == 0
    curves, points = read_curve_files(out)
    assert set(curves["compound"]) == {"$drug_1$", "water"}
    assert len(points) == 40
    own = points_of(points, "water")
    assert sorted(own["dose"].unique()) == [0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]
    assert (own["compound"] == "DMSO").sum() == 12
    one_plate = points[points["plate"] == "P1"]
    assert (points_of(one_plate, "water")["compound"] == "DMSO").sum() == 6  # of the plates it lies on
    assert plot_dose_curves(curves, points).startswith(b"\x89PNG")
    drawn = plot_dose_curves(curves[curves["compound"] == "water"], points, "svg").decode()
    assert ">water</text>" in drawn
    assert "$drug_1$" not in drawn
    out.with_name("d-wells.csv").unlink()
    with pytest.raises(RunError, match=r"d-wells\.csv is not there; make it anew with `cdcl doses"):
        read_curve_files(out)


def test_curves_are_drawn_along_the_share_of_a_phenotype_that_the_run_knows(tmp_path: Path, profiles: Path) -> None:
    table = read_profiles(profiles).table
    run = start_run(tmp_path / "runs" / "one", check_config({"steps": 1}, where="test"))
    write_profiles(
        Profiles(np.eye(len(table), 3, dtype=np.float32), table.assign(site="1"), "site"), run.profiles("site")
    )
    shares = table[["batch", "plate", "well"]].assign(share_round=table["concentration"] / 30)
    run.shares.parent.mkdir()
    shares.to_csv(run.shares, index=False)
    assert main(["doses", str(run.folder), "--along", "share_round"]) == 0
    _, points = read_curve_files(run.curves("share_round"))
    np.testing.assert_allclose(points["response"], points["concentration"] / 30)


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
