from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.events import Wrote
from cdcl.profiles import Profiles, aggregate, read_profiles
from cdcl.profiles.exports import EXPORTS, Bundle, export_profiles
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sites() -> Profiles:
    """2 plates x 8 wells x 2 sites x 6 features."""
    plate, well, site = (part.ravel() for part in np.indices((2, 8, 2)))
    table = pd.DataFrame(
        {
            "batch": [f"week {number}" for number in plate],
            "plate": [f"00{number}" for number in plate],
            "well": [f"A{number + 1:02d}" for number in well],
            "site": (site + 1).astype(str),
            "treatment": ["DMSO" if number < 2 else f"drug@{number}" for number in well],
            "compound": ["DMSO" if number < 2 else "drug" for number in well],
            "concentration": np.where(well < 2, np.nan, well),
            "control": ["negative" if number < 2 else "" for number in well],
        }
    )
    values = np.random.default_rng(0).normal(size=(32, 6)).astype(np.float32)
    return Profiles(values, table, "site", provenance={"model": "run 7", "step": 3, "correction": {"method": "tvn"}})


@pytest.fixture
def bundle(sites: Profiles) -> Bundle:
    wells = aggregate(sites, "well")
    points = np.arange(2 * len(wells), dtype=np.float32).reshape(-1, 2)
    levels = {"site": sites, "well": wells, "treatment": aggregate(sites, "treatment")}
    return Bundle(levels, {"well": {"umap": points, "tvn": wells.values[:, :3]}}, name="first run")


def test_csv_is_one_table_that_comes_back(bundle: Bundle, tmp_path: Path) -> None:
    (path,) = finish(export_profiles(bundle, "csv", tmp_path / "wells.csv.gz"))
    back = read_profiles(path)
    np.testing.assert_allclose(back.values, bundle.levels["well"].values, rtol=1e-6)
    assert list(back.table["plate"][:1]) == ["000"]


def test_pycytominer_gets_every_level_and_the_names_of_the_features(bundle: Bundle, tmp_path: Path) -> None:
    written = finish(export_profiles(bundle, "pycytominer", tmp_path))
    assert {path.name for path in written} == {
        *(f"{level}.{suffix}" for level in ("site", "well", "treatment") for suffix in ("parquet", "csv.gz")),
        "features.json",
    }
    names = json.loads((tmp_path / "features.json").read_text())
    assert names["well"] == [f"emb_000{number}" for number in range(6)]
    frame = pd.read_parquet(tmp_path / "site.parquet")
    assert frame["Metadata_ImageNumber"].tolist() == list(range(1, 33))


def test_cells_are_numbered_as_cytotable_does(sites: Profiles, tmp_path: Path) -> None:
    cells = replace(sites, table=sites.table.assign(site="1", cell=[str(n) for n in range(32)]), level="cell")
    written = finish(export_profiles(Bundle({"cell": cells}), "pycytominer", tmp_path))
    assert [path.name for path in written] == ["cell.parquet", "features.json"]
    frame = pd.read_parquet(tmp_path / "cell.parquet")
    assert frame["Metadata_ImageNumber"].tolist() == [number // 2 + 1 for number in range(32)]
    assert frame["Metadata_ObjectNumber"].tolist() == [1, 2] * 16


def test_pycytominer_itself_aggregates_and_normalises_what_was_exported(bundle: Bundle, tmp_path: Path) -> None:
    pycytominer = pytest.importorskip("pycytominer")
    finish(export_profiles(bundle, "pycytominer", tmp_path))
    names = json.loads((tmp_path / "features.json").read_text())["site"]
    frame = pd.read_parquet(tmp_path / "site.parquet")
    strata = ["Metadata_Batch", "Metadata_Plate", "Metadata_Well"]
    theirs = pycytominer.aggregate(frame, strata=strata, features=names, operation="mean")
    wells = pd.read_parquet(tmp_path / "well.parquet").sort_values(strata)
    np.testing.assert_allclose(theirs.sort_values(strata)[names], wells[names], rtol=1e-4, atol=1e-6)
    samples = "Metadata_Control == 'negative'"
    normalised = pycytominer.normalize(frame, features=names, samples=samples, method="standardize")
    assert np.isfinite(normalised[names].to_numpy()).all()
    normalised.to_parquet(tmp_path / "theirs.parquet")
    back = read_profiles(tmp_path / "theirs.parquet")
    assert back.names == tuple(names)
    assert list(back.table["treatment"]) == list(bundle.levels["site"].table["treatment"])


def test_scanpy_opens_what_was_exported(bundle: Bundle, tmp_path: Path) -> None:
    scanpy = pytest.importorskip("scanpy")
    (path,) = finish(export_profiles(bundle, "anndata", tmp_path / "wells.h5ad"))
    data = scanpy.read_h5ad(path)
    wells = bundle.levels["well"]
    np.testing.assert_array_equal(data.X, wells.values)
    assert list(data.var_names) == list(wells.names)
    assert list(data.obs["Metadata_Plate"].astype(str)) == list(wells.table["plate"])
    np.testing.assert_array_equal(data.obsm["X_umap"], bundle.arrays["well"]["umap"])
    assert data.obsm["X_tvn"].shape == (16, 3)
    assert json.loads(data.uns["cdcl"]["provenance"])["correction"] == {"method": "tvn"}
    scanpy.pp.neighbors(data, n_neighbors=5, use_rep="X")
    assert data.obsp["distances"].shape == (16, 16)


def test_anndata_comes_back_as_it_went(bundle: Bundle, tmp_path: Path) -> None:
    pytest.importorskip("anndata")
    finish(export_profiles(bundle, "anndata", tmp_path / "sites.h5ad", "site"))
    back, sites = read_profiles(tmp_path / "sites.h5ad"), bundle.levels["site"]
    np.testing.assert_array_equal(back.values, sites.values)
    assert (back.level, back.names, back.provenance) == ("site", sites.names, sites.provenance)
    pd.testing.assert_frame_equal(back.table[list(sites.table)], sites.table, check_dtype=False)


def test_missing_anndata_is_said_with_the_mend(bundle: Bundle, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "anndata", None)
    with pytest.raises(ProfilesError, match=r"pip install .*napari-cdcl\[export\]"):
        finish(export_profiles(bundle, "anndata", tmp_path / "wells.h5ad"))
    assert not (tmp_path / "wells.h5ad").exists()


def test_the_gallery_gets_its_folders(bundle: Bundle, tmp_path: Path) -> None:
    finish(export_profiles(bundle, "workspace_dl", tmp_path))
    root = tmp_path / "workspace_dl"
    field = read_profiles(root / "embeddings" / "first_run" / "week_0" / "000" / "A03-2" / "embedding.parquet")
    assert (len(field), field.level) == (1, "site")
    plate = read_profiles(root / "profiles" / "first_run" / "week_1" / "001" / "001.parquet")
    assert len(plate) == 8
    assert len(read_profiles(root / "collated" / "first_run" / "collated.parquet")) == 16
    assert read_profiles(root / "consensus" / "first_run" / "consensus.parquet").level == "treatment"


def test_no_name_climbs_out_of_the_gallery(sites: Profiles, tmp_path: Path) -> None:
    evil = replace(sites, table=sites.table.assign(plate="../../up", batch=".."))
    finish(export_profiles(Bundle({"site": evil}, name="../x"), "workspace_dl", tmp_path / "deep" / "er"))
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"embedding.parquet"}
    assert not [path for path in tmp_path.iterdir() if path.name != "deep"]


def test_plates_that_a_folder_cannot_tell_apart_are_refused(sites: Profiles, tmp_path: Path) -> None:
    plates = sites.table["plate"].map({"000": "a b", "001": "a/b"})
    twins = replace(sites, table=sites.table.assign(plate=plates, batch="one"))
    with pytest.raises(ProfilesError, match="differ only in signs"):
        finish(export_profiles(Bundle({"site": twins}), "workspace_dl", tmp_path))


@pytest.mark.parametrize(
    ("form", "name", "level", "words"),
    [
        ("anndata", "x.zarr", None, "one file, .h5ad"),
        ("csv", "x.parquet", None, r"one file, .csv or .csv.gz"),
        ("csv", "x.csv", "cell", "no cell profiles to export, but those of site, well, treatment"),
        ("anndat", "x.h5ad", None, "Did you mean 'anndata'"),
    ],
)
def test_what_cannot_be_exported_is_said(form, name, level, words, bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(ProfilesError, match=words):
        finish(export_profiles(bundle, form, tmp_path / name, level))


def test_an_array_of_other_rows_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    pytest.importorskip("anndata")
    wrong = replace(bundle, arrays={"well": {"umap": np.zeros((3, 2))}})
    with pytest.raises(ProfilesError, match="umap has 3 rows, the well profiles have 16"):
        finish(export_profiles(wrong, "anndata", tmp_path / "x.h5ad"))


def test_the_task_names_what_it_wrote(bundle: Bundle, tmp_path: Path) -> None:
    events = []
    finish(export_profiles(bundle, "csv", tmp_path / "x.csv"), events.append)
    assert events[-1] == Wrote(f"{EXPORTS['csv'].title} (1 file)", str(tmp_path / "x.csv"))
