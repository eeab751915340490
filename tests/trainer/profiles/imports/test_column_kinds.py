"""Laws over kinds of columns: what measures nothing is no feature, what measures is one, each is accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.profiles import read_profiles
from cdcl.profiles.imports.columns import sort_columns
from cdcl.profiles.imports.numbers import as_features

if TYPE_CHECKING:
    from pathlib import Path

SMALL = settings(max_examples=40, deadline=None)
wells = [f"A{number:02d}" for number in range(1, 25)]


def frame(**columns: object) -> pd.DataFrame:
    measured = np.random.default_rng(1).normal(size=24)
    return pd.DataFrame({"plate": "P", "well": wells, **columns, "measured": measured})


@SMALL
@given(st.permutations(range(24)), st.sampled_from([0, 1]), st.text("abcxyz_", min_size=1, max_size=5))
def test_numbers_of_rows_are_no_feature_in_whatever_order_and_by_whatever_name(
    order: list[int], start: int, name: str
) -> None:
    columns = sort_columns(frame(**{f"q{name}": [number + start for number in order]}))
    assert columns.features == ["measured"]
    assert any("numbers the rows: q" in note for note in columns.notes())


@SMALL
@given(st.sets(st.integers(0, 500), min_size=24, max_size=24).map(sorted))
def test_rows_that_were_filtered_keep_numbers_that_are_no_feature(numbers: list[int]) -> None:
    table = frame()
    table.insert(0, "rowname", numbers)
    assert sort_columns(table).features == ["measured"]
    table = frame(area=numbers)
    assert "area" in sort_columns(table).features or numbers == list(range(numbers[0], numbers[0] + 24))


@pytest.mark.parametrize("name", [
    "Replicate", "tech_rep", "biological_replicate", "Passage", "passage_number", "cluster", "seed", "fold", "day",
    "week", "run", "round", "TrackID", "label", "plateNumber", "row", "Column", "WellRow", "time point", "slide",
    "donor", "centroid-0", "bbox_3", "Centroid X", "x_position", "pos_y_um", "StageX",
])  # fmt: skip
def test_names_of_what_counts_orders_or_places(name: str) -> None:
    columns = sort_columns(frame(**{name: np.random.default_rng(0).integers(0, 3, 24)}))
    assert columns.features == ["measured"]
    assert any(name in note for note in columns.notes()) or name in columns.described


@SMALL
@given(
    st.lists(
        st.sampled_from(["replicate", "passage", "Unnamed: 0", "area", "flag", "words", "text", "Dose_uM", "percent"]),
        unique=True,
    ).flatmap(st.permutations)
)
def test_every_column_is_a_feature_a_description_or_left_out_with_a_reason(names: list[str]) -> None:
    numbers = np.random.default_rng(2).normal(size=24)
    values: dict[str, object] = {
        "replicate": [1, 2] * 12, "passage": 7, "Unnamed: 0": range(24), "area": numbers, "flag": [True, False] * 12,
        "words": ["#DIV/0!", *map(str, numbers[1:])], "text": "remark", "Dose_uM": 5, "percent": ["5%"] * 24,
    }  # fmt: skip
    table = frame(**{name: values[name] for name in names})
    columns = sort_columns(table)
    gone = {name.partition(" (")[0] for found in columns.left_out.values() for name in found}
    assert set(columns.features) == {"measured", *({"area"} & set(names))}
    assert set(table.columns) == set(columns.features) | set(columns.described) | gone
    assert gone == set(names) & {"replicate", "passage", "Unnamed: 0", "flag", "words", "percent"}


@SMALL
@given(st.lists(st.decimals(-999, 999, places=2), min_size=3, max_size=9), st.sampled_from([";", ",", "\t"]))
def test_decimal_commas_read_as_points_do(numbers: list[object], separator: str) -> None:
    texts = [str(number) for number in numbers]
    found = as_features(pd.DataFrame({"a": [text.replace(".", ",") for text in texts]}), set(), separator)
    assert found["a"].tolist() == [float(text) for text in texts]
    assert not found.attrs


def test_commas_that_may_part_thousands_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('plate,well,a,b\n1,A01,"1,234",5\n1,A02,500,6\n')
    profiles = read_profiles(tmp_path / "x.csv")
    assert profiles.values[:, 0].tolist() == [1234, 500]
    assert any("'1,234' is read as 1234" in note for note in profiles.reading.notes)
    (tmp_path / "x.csv").write_text("plate;well;a;b\n1;A01;1,234;0,5\n1;A02;2,345;6\n")
    assert read_profiles(tmp_path / "x.csv").values[0].tolist() == pytest.approx([1.234, 0.5])


@pytest.mark.parametrize(("num_columns", "said"), [
    (1, "in 1 column: f0; f0 '1,234' is read as 1.234"), (3, "in 3 columns: f0, f1, f2; f0 '1,234' is read as 1.234"),
    (5, "in 5 columns: f0, f1, f2, ...; f0 '1,234' is read as 1.234"),
])  # fmt: skip
def test_all_columns_whose_commas_are_doubtful_are_counted(tmp_path: Path, num_columns: int, said: str) -> None:
    names = [f"f{number}" for number in range(num_columns)]
    rows = [";".join(["1", f"A0{row}", *[text] * num_columns]) for row, text in ((1, "1,234"), (2, "500"))]
    (tmp_path / "x.csv").write_text("\n".join([";".join(["plate", "well", *names]), *rows]))
    profiles = read_profiles(tmp_path / "x.csv")
    assert profiles.values.tolist() == [[pytest.approx(1.234)] * num_columns, [500] * num_columns]
    assert [note for note in profiles.reading.notes if said in note]


def test_profiles_put_below_each_other_with_their_headings_are_one_table(tmp_path: Path) -> None:
    part = "Metadata_Plate,Metadata_Well,a,b\n{0},A01,1.5,2\n{0},A02,3,\n"
    (tmp_path / "x.csv").write_text(part.format("0012") + part.format("0013"))
    profiles = read_profiles(tmp_path / "x.csv")
    assert profiles.names == ("a",)
    assert profiles.values[:, 0].tolist() == [1.5, 3, 1.5, 3]
    assert profiles.table["plate"].tolist() == ["0012", "0012", "0013", "0013"]


@pytest.mark.parametrize(("texts", "numbers"), [
    (("1,257.00", "12.5", "1,000,000"), [1257, 12.5, 1e6]),
    (("1.257,00", "12,5", "1.000.000"), [1257, 12.5, 1e6]),
    (("1 257,5", "12,5", "2\u00a0000\u202f000"), [1257.5, 12.5, 2e6]),
    (("1'257.5", "12.5", "2\u2019000"), [1257.5, 12.5, 2000]),
    (("1,257", "3.5", "2"), [1257, 3.5, 2]),
    (("-1,257.0e1", ".5", "+2"), [-12570, 0.5, 2]),
])  # fmt: skip
def test_parted_thousands_are_numbers(tmp_path: Path, texts: tuple[str, ...], numbers: list[float]) -> None:
    rows = "\n".join(f"P\tA0{n}\t{text}\t0.{n}" for n, text in enumerate(texts, 1))
    (tmp_path / "x.tsv.csv").write_text(f"plate\twell\tarea\tb\n{rows}\n", encoding="utf-8")
    profiles = read_profiles(tmp_path / "x.tsv.csv")
    assert profiles.names == ("area", "b")
    assert profiles.values[:, 0].tolist() == numbers


@pytest.mark.parametrize("texts", [
    ("1,257.00", "1.257,00", "3"), ("0,5", "3.5", "4.25"), ("12 px", "13 px", "14 px"), ("<5", "7", ">9"),
    ("1.2 \u00b1 0.3", "1.4 \u00b1 0.1", "2"), ("5 \u00b5m\u00b2", "6 \u00b5m\u00b2", "7 \u00b5m\u00b2"),
])  # fmt: skip
def test_numbers_that_cannot_be_read_are_named(tmp_path: Path, texts: tuple[str, ...]) -> None:
    rows = "\n".join(f"P\tA0{n}\t{text}\t0.{n}" for n, text in enumerate(texts, 1))
    (tmp_path / "x.csv").write_text(f"plate\twell\tarea\tb\n{rows}\n", encoding="utf-8")
    profiles = read_profiles(tmp_path / "x.csv")
    assert profiles.names == ("b",)
    assert any("holds text among numbers: area (" in note for note in profiles.reading.notes)


@pytest.mark.parametrize("name", [
    "timestamp", "time_h", "Time [s]", "AcquisitionTime", "elapsed_min", "hpt", "unix_time", "TimeStamp",
    "exposure_ms", "x_um", "Position X [\u00b5m]", "Centroid Y \u00b5m", "x", "Y", "z_px", "cell_x", "x_min",
    "bbox_left", "stage_z_mm",
    "AreaShape_BoundingBoxMaximum_X", "umap_1", "UMAP2", "tsne-1", "t-SNE 2", "pca_1", "PC_2", "X_umap_1", "phate_y",
])  # fmt: skip
def test_times_places_and_axes_of_maps_are_no_features(name: str) -> None:
    random = np.random.default_rng(0)
    columns = sort_columns(frame(**{name: random.normal(size=24), "other": random.normal(size=24)}))
    assert columns.features == ["other", "measured"]
    assert any(name in note for note in columns.notes()) or name in columns.described


@pytest.mark.parametrize("name", [
    "x_intensity", "lifetime", "mean_time_ratio", "zernike_1", "area_um", "max_intensity", "mitosis", "texture_x3",
    "pcna_1", "perimeter", "exposure_area",
])  # fmt: skip
def test_what_sounds_like_a_time_or_place_and_measures_is_a_feature(name: str) -> None:
    assert name in sort_columns(frame(**{name: np.random.default_rng(0).normal(size=24)})).features


def test_a_table_of_components_keeps_them_as_its_features() -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame({"plate": "P", "well": wells, **{f"PC{n}": random.normal(size=24) for n in range(1, 9)}})
    assert sort_columns(table).features == [f"PC{n}" for n in range(1, 9)]


@pytest.mark.parametrize("heading", ["Centroid X (um)", "Time (h)", "log10 dose (M)"])
def test_a_heading_with_a_unit_in_brackets_is_left_out_as_told(heading: str) -> None:
    found = sort_columns(pd.DataFrame({"well": ["A01", "A02"], heading: [1.5, 2.5], "f1": [0.1, 0.7]}))
    assert found.features == ["f1"]
    assert [name for names in found.left_out.values() for name in names] == [heading]
