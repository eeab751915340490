"""Correct, sweep, export and quality, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.profiles import read_profiles

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run

Capture = pytest.CaptureFixture[str]


def test_corrected_profiles_of_a_run_lie_in_it_beside_what_was_fitted(embedded: Run, capsys: Capture) -> None:
    assert main(["correct", str(embedded.folder), "--method", "z", "--level", "well"]) == 0
    shown = capsys.readouterr()
    assert "Plate z-scores: fitted on 4 negative controls, level well (2 held out)" in shown.out + shown.err
    assert "variance between batches" in shown.out + shown.err
    folder = embedded.folder / "corrections" / "z"
    corrected = read_profiles(folder / "well.parquet")
    assert corrected.provenance["correction"]["method"] == "z"
    assert (folder / "well.npz").exists()


def test_what_was_fitted_corrects_new_profiles(embedded: Run, tmp_path: Path) -> None:
    sites = str(embedded.profiles("site"))
    assert main(["correct", sites, "--method", "tvn", "-o", str(tmp_path / "one.csv.gz")]) == 0
    assert main(["correct", sites, "--fitted", str(tmp_path / "one.npz"), "-o", str(tmp_path / "two.parquet")]) == 0
    one, two = (read_profiles(tmp_path / name) for name in ("one.csv.gz", "two.parquet"))
    np.testing.assert_allclose(one.values, two.values, rtol=1e-5, atol=1e-6)
    assert not (tmp_path / "two.npz").exists()


def test_before_and_after_are_drawn(embedded: Run, tmp_path: Path) -> None:
    picture = tmp_path / "both.png"
    assert main(["correct", str(embedded.folder), "--method", "centre", "--picture", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_features_that_reading_left_out_are_named(tmp_path: Path, capsys: Capture) -> None:
    table = tmp_path / "cells.csv"
    rows = [f"P{n % 2},A{n + 1:02d},{n},{'' if n else 1},{n * n % 7}" for n in range(12)]
    table.write_text("\n".join(["Metadata_Plate,Metadata_Well,Cells_A,Cells_B,Cells_C", *rows]))
    assert main(["correct", str(table), "--method", "z", "-o", str(tmp_path / "z.csv")]) == 0
    assert "1 features with missing values are left out: Cells_B" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "name one --method"),
        (["--method", "tvm", "-o", "x.parquet"], "Did you mean 'tvn'"),
        (["--method", "z", "-o", "x.xlsx"], "written as .parquet, .csv.gz, .csv"),
        (["--method", "z"], "say where the corrected profiles"),
        (["--fitted", "nothing.npz", "-o", "x.parquet"], "no fitted correction at nothing.npz"),
    ],
)
def test_correct_asks_before_it_works(more: list[str], words: str, embedded: Run, capsys: Capture) -> None:
    assert main(["correct", str(embedded.profiles("well")), *more]) == 2
    assert words in capsys.readouterr().err


def test_sweep_scores_every_correction_beside_none(embedded: Run, capsys: Capture) -> None:
    assert main(["score", str(embedded.folder), "--correct", "all"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown.splitlines()[0] for name in ("none", "centre", "tvn-coral", "harmony"))
    table = pd.read_parquet(embedded.folder / "corrections" / "scores.parquet")
    assert {"correction", "name", "level", "value", "low", "high", "note"} <= set(table.columns)
    assert list(dict.fromkeys(table["correction"]))[:3] == ["none", "centre", "z"]
    assert not embedded.scores.exists()


def test_runs_are_scored_side_by_side(embedded: Run, tmp_path: Path, capsys: Capture) -> None:
    other = tmp_path / "other.parquet"
    assert main(["correct", str(embedded.folder), "--method", "z", "-o", str(other)]) == 0
    out = tmp_path / "both.parquet"
    arguments = ["score", str(embedded.folder), "--beside", str(other), "--correct", "centre", "-o", str(out)]
    assert main(arguments) == 0
    shown = capsys.readouterr().out.splitlines()[0]
    assert all(name in shown for name in ("run none", "run centre", "other none", "other centre"))
    table = pd.read_parquet(out)
    assert set(zip(table["run"], table["correction"], strict=True)) == {
        ("run", "none"), ("run", "centre"), ("other", "none"), ("other", "centre")
    }  # fmt: skip


def test_a_correction_that_cannot_be_had_leaves_the_others(embedded: Run, tmp_path: Path, capsys: Capture) -> None:
    frame = pd.read_parquet(embedded.profiles("well"))
    frame.assign(Metadata_Batch="one").to_csv(tmp_path / "one-batch.csv", index=False)
    out = tmp_path / "scores.csv"
    assert main(["score", str(tmp_path / "one-batch.csv"), "--correct", "combat,z", "-o", str(out)]) == 0
    assert "not corrected by combat: ComBat needs two or more batches" in capsys.readouterr().out
    table = pd.read_csv(out)
    assert table[table["correction"] == "z"]["value"].notna().any()


def test_an_unknown_correction_is_refused_before_work(embedded: Run, capsys: Capture) -> None:
    assert main(["score", str(embedded.folder), "--correct", "z,harmonie"]) == 2
    assert "Did you mean 'harmony'" in capsys.readouterr().err


def test_baselines_and_corrections_are_two_tables(embedded: Run, capsys: Capture) -> None:
    assert main(["score", str(embedded.folder), "--correct", "z", "--baselines"]) == 2
    assert "ask for it without --correct" in capsys.readouterr().err


def test_anndata_of_a_run_has_its_projections_and_corrections(embedded: Run) -> None:
    anndata = pytest.importorskip("anndata")
    assert main(["project", str(embedded.folder), "--method", "pca", "--level", "well"]) == 0
    assert main(["correct", str(embedded.folder), "--method", "tvn", "--level", "well"]) == 0
    assert main(["export", str(embedded.folder), "--to", "anndata"]) == 0
    data = anndata.read_h5ad(embedded.folder / "exports" / "anndata.h5ad")
    assert data.shape == (24, 16)
    assert set(data.obsm) == {"X_pca", "X_tvn"}


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("csv", ["csv.csv.gz"]),
        ("pycytominer", ["pycytominer/well.parquet", "pycytominer/site.csv.gz", "pycytominer/features.json"]),
        (
            "workspace_dl",
            ["workspace_dl/collated/run/collated.parquet", "workspace_dl/consensus/run/consensus.parquet"],
        ),
    ],
)
def test_a_run_is_exported_below_itself(form: str, files: list[str], embedded: Run) -> None:
    assert main(["export", str(embedded.folder), "--to", form]) == 0
    assert all((embedded.folder / "exports" / name).exists() for name in files)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--to", "h5ad"], "unknown form 'h5ad'"),
        (["--to", "csv"], "say where the export"),
        (["--to", "csv", "--level", "site", "-o", "x.csv"], "no site profiles to export, but those of well"),
    ],
)
def test_export_says_what_it_cannot_do(more: list[str], words: str, embedded: Run, capsys: Capture) -> None:
    assert main(["export", str(embedded.profiles("well")), *more]) == 2
    assert words in capsys.readouterr().err


def test_quality_of_a_run_lies_in_it(embedded: Run, capsys: Capture) -> None:
    assert main(["quality", str(embedded.folder), "--map", "distance"]) == 0
    assert "no Z': no plate has two or more positive" in capsys.readouterr().out
    names = {path.name for path in (embedded.folder / "quality").iterdir()}
    tables = {"flags.csv", "layout.csv", "plates.csv", "batches.csv", "separation.csv", "fields.csv"}
    assert names == {*tables, "map-distance.png"}


def test_quality_of_a_screen_needs_no_network(table: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["quality", str(table), "-o", str(tmp_path / "q.csv"), "--map", "DNA_mean"]) == 0
    assert len(pd.read_csv(tmp_path / "q-fields.csv")) == 24 * 2
    assert (tmp_path / "q-map-DNA_mean.png").exists()
    assert "flagged" in capsys.readouterr().out


def test_quality_of_profiles_leaves_pixels_alone(embedded: Run, tmp_path: Path, capsys: Capture) -> None:
    assert main(["quality", str(embedded.profiles("well")), "-o", str(tmp_path / "q.csv")]) == 0
    assert not (tmp_path / "q-fields.csv").exists()
    assert "drift of controls by batch" in capsys.readouterr().out


def test_quality_of_nothing_is_refused(tmp_path: Path, capsys: Capture) -> None:
    assert main(["quality", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.startswith("cdcl: error:")
