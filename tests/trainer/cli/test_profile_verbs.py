"""Correct, sweep, export and quality, from the command line."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.cli import main
from cdcl.profiles import read_profiles, write_profiles

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
    assert "1 feature with missing or infinite values is left out: Cells_B" in capsys.readouterr().err


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


@pytest.fixture
def quick_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw by PCA: UMAP has to be compiled first."""
    monkeypatch.setattr("cdcl.report.correction_maps.METHOD", "pca")


@pytest.mark.usefixtures("quick_maps")
def test_sweep_scores_every_correction_beside_none(embedded: Run, capsys: Capture) -> None:
    assert main(["score", str(embedded.folder), "--correct", "all"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("none", "centre", "tvn-coral", "harmony"))
    table = pd.read_parquet(embedded.folder / "corrections" / "scores.parquet")
    assert {"correction", "name", "level", "value", "low", "high", "note"} <= set(table.columns)
    assert list(dict.fromkeys(table["correction"]))[:3] == ["none", "centre", "z"]
    assert not embedded.scores.exists()
    labels = embedded.folder / "corrections" / "scores-by-label"
    assert {path.stem for path in labels.glob("*.csv")} <= set(table["correction"])
    assert {"name", "level", "label", "value"} <= set(pd.read_csv(labels / "z.csv").columns)
    maps = {path.stem for path in (embedded.folder / "corrections" / "maps").glob("*.parquet")}
    assert len(maps) == 2
    assert "none" in maps
    assert main(["report", str(embedded.folder)]) == 0
    page = embedded.report.read_text(encoding="utf-8")
    assert {"In short", "Scores", "Corrections"} <= set(re.findall("<h2>(.*?)</h2>", page))
    assert len(page) < 5_000_000


@pytest.mark.usefixtures("quick_maps")
def test_runs_side_by_side_do_not_take_the_place_of_corrections(embedded: Run) -> None:
    run, wells = str(embedded.folder), str(embedded.profiles("well"))
    assert main(["score", run, "--correct", "centre"]) == 0
    assert main(["score", run, "--beside", wells]) == 0
    assert main(["report", run]) == 0
    page = embedded.report.read_text(encoding="utf-8")
    assert {"Corrections", "Runs side by side"} <= set(re.findall("<h2>(.*?)</h2>", page))


def test_scores_of_each_label_lie_beside_the_scores(embedded: Run, tmp_path: Path) -> None:
    assert main(["score", str(embedded.folder)]) == 0
    labels = pd.read_csv(embedded.folder / "scores-by-label.csv")
    assert {"name", "level", "label", "value", "count"} <= set(labels)
    scores = pd.read_csv(embedded.scores).set_index(["name", "level"])
    mean = labels[labels["name"] == "bras"]["value"].mean()
    assert mean == pytest.approx(scores.loc[("bras", "well"), "value"])


def test_runs_are_scored_side_by_side(embedded: Run, tmp_path: Path, capsys: Capture) -> None:
    other = tmp_path / "other.parquet"
    assert main(["correct", str(embedded.folder), "--method", "z", "-o", str(other)]) == 0
    out = tmp_path / "both.parquet"
    arguments = ["score", str(embedded.folder), "--beside", str(other), "--correct", "centre", "-o", str(out)]
    assert main(arguments) == 0
    shown = " ".join(capsys.readouterr().out.split())
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


def test_an_export_says_what_it_holds_and_a_level_takes_no_other_ones_place(embedded: Run, capsys: Capture) -> None:
    pytest.importorskip("anndata")
    assert main(["export", str(embedded.folder), "--to", "anndata"]) == 0
    assert "AnnData for scanpy, 24 wells, without projections and corrections (1 file): " in capsys.readouterr().err
    assert main(["project", str(embedded.folder), "--method", "pca"]) == 0
    for level in ("site", "well"):
        assert main(["export", str(embedded.folder), "--to", "anndata", "--level", level]) == 0
    told = capsys.readouterr().err
    assert f"24 sites, with pca (1 file): {embedded.folder / 'exports' / 'site.h5ad'}" in told
    assert f"(1 file): {embedded.folder / 'exports' / 'well.h5ad'}" in told


def test_a_correction_of_older_profiles_is_named_where_it_does_not_go_along(embedded: Run, capsys: Capture) -> None:
    pytest.importorskip("anndata")
    assert main(["correct", str(embedded.folder), "--method", "z", "--level", "well"]) == 0
    wells = read_profiles(embedded.profiles("well"))
    write_profiles(wells.take(np.arange(20)), embedded.profiles("well"))
    assert main(["export", str(embedded.folder), "--to", "anndata"]) == 0
    told = capsys.readouterr().err
    assert "z/well.parquet has 24 rows and" in told
    assert "20 wells, without projections and corrections" in told


def test_plates_that_are_gone_are_named_in_the_folder_of_an_export(
    embedded: Run, tmp_path: Path, capsys: Capture
) -> None:
    wells, place = read_profiles(embedded.profiles("well")), tmp_path / "out"
    words = ["export", str(tmp_path / "wells.parquet"), "--to", "workspace_dl", "-o", str(place)]
    write_profiles(wells, tmp_path / "wells.parquet")
    assert main(words) == 0
    assert main(words) == 0
    assert "of an earlier export" not in capsys.readouterr().err
    gone = wells.table["plate"].iloc[0]
    write_profiles(wells.take((wells.table["plate"] != gone).to_numpy()), tmp_path / "wells.parquet")
    assert main(words) == 0
    (stale,) = place.glob(f"workspace_dl/profiles/wells/*/{gone}/{gone}.parquet")
    shown = stale.relative_to(place).as_posix()
    assert f"{place} also holds 1 file of an earlier export, such as {shown}: remove" in capsys.readouterr().err


def test_what_was_made_of_profiles_before_a_new_embedding_does_not_go_along(embedded: Run, capsys: Capture) -> None:
    pytest.importorskip("anndata")
    folder, level = str(embedded.folder), ["--level", "well"]
    assert main(["correct", folder, "--method", "z", *level]) == 0
    assert main(["project", folder, "--method", "pca", *level]) == 0
    corrected = embedded.folder / "corrections" / "z" / "well.parquet"
    points = embedded.folder / "projections" / "umap@well@z.parquet"
    assert main(["project", str(corrected), "--method", "pca", "-o", str(points)]) == 0
    assert main(["export", folder, "--to", "anndata"]) == 0
    assert "24 wells, with z, pca, umap@well@z (1 file)" in capsys.readouterr().err
    wells = read_profiles(embedded.profiles("well"))
    write_profiles(wells.with_values(wells.values + 1), embedded.profiles("well"))
    assert main(["export", folder, "--to", "anndata"]) == 0
    told = capsys.readouterr().err
    assert told.count("was made of other well profiles than those there are now, and is left out") == 3
    assert "24 wells, without projections and corrections" in told


def test_a_file_without_a_checksum_is_told_by_its_time(embedded: Run, capsys: Capture) -> None:
    pytest.importorskip("anndata")
    corrected = embedded.folder / "corrections" / "z" / "well.parquet"
    corrected.parent.mkdir(parents=True)
    write_profiles(read_profiles(embedded.profiles("well")), corrected)
    assert main(["export", str(embedded.folder), "--to", "anndata"]) == 0
    assert "24 wells, with z (1 file)" in capsys.readouterr().err
    since = embedded.profiles("well").stat().st_mtime
    os.utime(corrected, (since - 9, since - 9))
    assert main(["export", str(embedded.folder), "--to", "anndata"]) == 0
    assert "z/well.parquet was made of other well profiles" in capsys.readouterr().err


def test_anndata_of_a_run_has_its_projections_and_corrections(embedded: Run) -> None:
    anndata = pytest.importorskip("anndata")
    assert main(["project", str(embedded.folder), "--method", "pca", "--level", "well"]) == 0
    assert main(["correct", str(embedded.folder), "--method", "tvn", "--level", "well"]) == 0
    assert main(["export", str(embedded.folder), "--to", "anndata"]) == 0
    data = anndata.read_h5ad(embedded.folder / "exports" / "well.h5ad")
    assert data.shape == (24, 16)
    assert set(data.obsm) == {"X_pca", "X_tvn"}


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("csv", ["well.csv.gz"]),
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
    tables = {"flags.csv", "layout.csv", "plates.csv", "batches.csv", "separation.csv", "fields.csv", "wells.csv"}
    assert names - {"flagged.png"} == {*tables, "archetypes.csv", "controls.csv", "map-distance.png"}
    made_of = pd.read_csv(embedded.folder / "quality" / "archetypes.csv")
    shares = made_of.filter(regex=r"^A\d+$")
    assert len(made_of) == embedded_plates(embedded)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)


def embedded_plates(run: Run) -> int:
    table = read_profiles(run.profiles("site")).table
    return len(table[["batch", "plate"]].drop_duplicates())


def test_a_field_that_is_empty_is_drawn_beside_one_that_is_not(table: Path, tmp_path: Path) -> None:
    sites = pd.read_csv(table, dtype=str)
    path = next(column for column in sites if sites[column].str.endswith(".tif").all())
    image = table.parent / sites[path].iloc[0]
    tifffile.imwrite(tmp_path / "blank.tif", np.zeros_like(tifffile.imread(image)) + 100)
    for column in sites:
        if sites[column].str.endswith(".tif").all():
            sites.loc[0, column] = str(tmp_path / "blank.tif")
    sites.to_csv(table, index=False)
    assert main(["quality", str(table), "-o", str(tmp_path / "q.csv")]) == 0
    assert "empty" in set(pd.read_csv(tmp_path / "q.csv")["flag"])
    assert (tmp_path / "q-flagged.png").read_bytes().startswith(b"\x89PNG")


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


def test_quality_of_a_table_without_rows_says_so(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "profiles.csv"
    path.write_text("plate,well,compound,f1,f2\n")
    assert main(["quality", str(path)]) == 2
    assert "has headings and not one row" in capsys.readouterr().err
    path.write_text("plate,well,path\n")
    assert main(["quality", str(path)]) == 2
    assert "has no rows" in capsys.readouterr().err


BAD = ("no controls", "one batch", "a class of one", "a gap", "a constant feature", "few controls")


def spoil(kind: str) -> pd.DataFrame:
    """Two batches of two plates with four treatments and four controls each, spoilt in one way."""
    rng = np.random.default_rng(0)
    plate, place = np.repeat(np.arange(4), 12), np.tile(np.arange(12), 4)
    drug = np.where(place < 4, -1, place % 4)
    dim = 80 if kind == "few controls" else 6
    values = rng.normal(size=(48, dim)) + 2 * rng.normal(size=(5, dim))[drug]
    table = pd.DataFrame(values, columns=[f"Cells_{number}" for number in range(dim)])
    table.insert(0, "Metadata_Batch", [f"b{number // 2}" for number in plate])
    table.insert(1, "Metadata_Plate", [f"p{number}" for number in plate])
    table.insert(2, "Metadata_Well", [f"{'ABC'[number // 4]}{number % 4 + 1:02d}" for number in place])
    table.insert(3, "Metadata_Treatment", np.where(drug < 0, "DMSO", [f"t{number}" for number in drug]))
    table.insert(4, "Metadata_Control", np.where(drug < 0, "negative", ""))
    if kind == "no controls":
        table = table[drug >= 0].drop(columns="Metadata_Control")
    if kind == "one batch":
        table["Metadata_Batch"] = "b0"
    if kind == "a class of one":
        table.loc[5, "Metadata_Treatment"] = "alone"
    if kind == "a gap":
        table.loc[3, "Cells_2"] = np.nan
    if kind == "a constant feature":
        table["Cells_2"] = 7.0
    return table


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_leaves_the_other_scores_corrections_and_quality(kind: str, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "wells.csv"
    spoil(kind).to_csv(path, index=False)
    assert main(["score", str(path), "--nulls", "3", "-o", str(tmp_path / "s.csv")]) == 0
    scores = pd.read_csv(tmp_path / "s.csv")
    assert scores["value"].notna().sum() >= 8
    assert scores.loc[scores["value"].isna(), "note"].str.len().gt(10).all()
    assert not scores["note"].fillna("").str.contains("\n").any()
    assert main(["score", str(path), "--correct", "z,tvn", "--nulls", "3", "-o", str(tmp_path / "c.csv")]) == 0
    assert pd.read_csv(tmp_path / "c.csv").query("correction == 'none'")["value"].notna().sum() >= 8
    assert main(["quality", str(path), "-o", str(tmp_path / "q.csv")]) == 0
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("names", ["emb_", "shape_"])
def test_gaps_cost_their_features_and_not_the_scores(names: str, tmp_path: Path, capsys: Capture) -> None:
    table = spoil("a gap")
    table.columns = [column.replace("Cells_", names) for column in table.columns]
    table.to_csv(tmp_path / "wells.csv", index=False)
    assert main(["score", str(tmp_path / "wells.csv"), "-o", str(tmp_path / "s.csv")]) == 0
    assert f"1 feature with missing or infinite values is left out: {names}2" in capsys.readouterr().err
    assert pd.read_csv(tmp_path / "s.csv")["value"].notna().sum() >= 8


def test_an_unknown_column_is_named_with_those_there_are(tmp_path: Path, capsys: Capture) -> None:
    spoil("").to_csv(tmp_path / "wells.csv", index=False)
    assert main(["quality", str(tmp_path / "wells.csv"), "-o", str(tmp_path / "q.csv"), "--map", "distanse"]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "no value 'distanse'" in error or "'distanse'" in error
    assert "distance" in error
