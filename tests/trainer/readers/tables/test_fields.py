"""Laws of fields that come in several tables: what is there is read, what is not is counted and named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.errors import ScreenError
from cdcl.readers.metadata.wells import with_wells
from cdcl.readers.tables.fields import chosen_channels, join_tables, whole_fields, with_plate
from cdcl.screen.identifiers import as_identifiers
from cdcl.screen.plates import well_name

CHANNELS = ("DNA", "ER", "AGP", "Mito")
some_channels = st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True)


def fields(channels: list[str], rows: int = 2) -> pd.DataFrame:
    paths = {f"path_{name}": [f"{name}{row}.tif" for row in range(rows)] for name in channels}
    return pd.DataFrame({"plate": "P", "well": [f"A{row + 1:02d}" for row in range(rows)], **paths})


@settings(max_examples=40, deadline=None)
@given(st.lists(some_channels, min_size=1, max_size=4))
def test_tables_keep_the_channels_that_all_have_and_name_the_others(tables: list[list[str]]) -> None:
    shared, notes = set.intersection(*map(set, tables)), []
    parts = [fields(channels) for channels in tables]
    paths = [Path(f"t{number}.csv") for number in range(len(parts))]
    if not shared:
        with pytest.raises(ScreenError, match="no channel is in all tables"):
            join_tables(parts, paths, [])
        return
    joined = join_tables(parts, paths, notes)
    assert {name for name in joined if name.startswith("path_")} == {f"path_{name}" for name in shared}
    assert len(joined) == 2 * len(tables)
    assert not joined.isna().any(axis=None)
    gone = set().union(*map(set, tables)) - shared
    assert {note.split()[1] for note in notes} == gone


@settings(max_examples=40, deadline=None)
@given(some_channels.filter(lambda names: len(names) > 1), st.integers(0, 2**24 - 1))
def test_rows_without_a_file_are_left_out_and_counted(channels: list[str], bits: int) -> None:
    rows = 6
    there = np.array([bits >> place & 1 for place in range(rows * len(channels))], bool).reshape(rows, -1)
    sites = fields(channels, rows)
    for place, name in enumerate(channels):
        sites[f"path_{name}"] = sites[f"path_{name}"].where(there[:, place], "")
    kept = there.any(axis=0)
    whole = there[:, kept].all(axis=1) if kept.any() else np.zeros(rows, bool)
    notes: list[str] = []
    if not kept.any() or not whole.any():
        with pytest.raises(ScreenError, match="no row names a file of every channel"):
            whole_fields(sites, notes)
        return
    found = whole_fields(sites, notes)
    assert found["well"].tolist() == sites["well"][whole].tolist()
    assert list(found.index) == list(range(len(found)))
    assert sum("the table names no file of it" in note for note in notes) == int((~kept).sum())
    assert any(f"{int((~whole).sum())} of {rows} rows" in note for note in notes) is not bool(whole.all())


@settings(max_examples=30, deadline=None)
@given(some_channels, st.permutations(CHANNELS))
def test_chosen_channels_stand_in_the_order_asked_for(wanted: list[str], order: list[str]) -> None:
    chosen = chosen_channels(fields(list(order)), {name: name.lower() for name in wanted}, Path("t.csv"))
    assert [name for name in chosen if name.startswith("path_")] == [f"path_{name.lower()}" for name in wanted]
    for name in wanted:
        assert chosen[f"path_{name.lower()}"].tolist() == [f"{name}0.tif", f"{name}1.tif"]


@given(st.integers(1, 32), st.integers(1, 48), st.sampled_from(["letters", "numbers", "floats", "text"]),
       st.sampled_from([("Row", "Column"), ("row", "col"), ("Metadata_Row", "Metadata_Col"), ("WellRow", "WellColumn"),
                        ("plate_row", "plate_col"), ("Image_Metadata_row", "Image_Metadata_column")]))  # fmt: skip
def test_a_well_of_row_and_column_is_the_same_however_they_are_written(
    row: int, column: int, kind: str, names: tuple[str, str]
) -> None:
    well = well_name(row, column)
    written: dict[str, tuple[object, object]] = {
        "letters": (well[:-2], column), "numbers": (row, column), "floats": (float(row), float(column)),
        "text": (f"{row:02d}", f"{column:02d}"),
    }  # fmt: skip
    table = pd.DataFrame([written[kind]], columns=list(names))
    found = with_wells(table)["well"].iloc[0]
    assert (found[: len(well) - 2], int(found[len(well) - 2 :])) == (well[:-2], column)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.booleans())
def test_numbered_plates_have_one_name_whatever_type_a_reader_gave_them(numbers: list[int], gap: bool) -> None:
    names = [*map(str, numbers), *([""] if gap else [])]
    values = [*numbers, *([None] if gap else [])]
    kinds = [pd.Series(values, dtype="Int64"), pd.Series(values, dtype=float), pd.Series(values, dtype=object)]
    kinds += [pd.Series([f"{number}.0" for number in numbers] + [""] * gap), pd.Series(names, dtype="string")]
    assert [as_identifiers(kind).tolist() for kind in kinds] == [names] * len(kinds)


def test_a_table_without_a_plate_is_called_after_itself_or_its_folder() -> None:
    notes: list[str] = []
    table = pd.DataFrame({"well": ["A01"]})
    assert with_plate(table, Path("week 3/P0012.csv"), notes)["plate"].tolist() == ["P0012"]
    assert with_plate(table, Path("week 3/load_data.csv"), notes)["plate"].tolist() == ["week 3"]
    assert len(notes) == 2
    assert with_plate(table.assign(Barcode="x"), Path("t.csv"), notes).columns.tolist() == ["well", "Barcode"]
