"""What the table of scores shows, and in which words."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import pytest
from scored import NOTE, write_scores, write_sweep

from cdcl.metrics import METRICS
from napari_cdcl.models.score_files import read_scored
from napari_cdcl.models.score_table import Board, describe_cell, describe_row, lay_out, to_frame
from napari_cdcl.models.score_texts import SECTIONS, explain, grouped_by

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run


@pytest.fixture
def two(tmp_path: Path) -> Board:
    for name, shift in (("one", 0.0), ("other", 0.1)):
        write_scores(tmp_path / f"{name}.csv", shift)
    return lay_out([*read_scored(tmp_path / "one.csv"), *read_scored(tmp_path / "other.csv")])


def row_of(board: Board, name: str) -> int:
    return next(number for number, row in enumerate(board.rows) if row.name == name)


def test_every_metric_has_a_section_and_words() -> None:
    assert {name for section in SECTIONS for name in section.names} >= {*METRICS, "overall"}
    # Of a score without words, `explain` says its title and its direction only.
    assert [name for name in (*METRICS, "overall") if len(explain(name).splitlines()) < 3] == []
    assert "misleads when" in explain("kbet")
    assert "Lower is better" in explain("pcr")


def test_single_values_are_of_treatments_mechanisms_or_batches() -> None:
    assert [grouped_by(name) for name in ("grit", "mechanism_probe", "kbet")] == ["treatment", "mechanism", "batch"]


def test_scores_stand_under_their_question(two: Board) -> None:
    assert [row.name or row.section.heading for row in two.rows] == [
        "Biology kept", "treatment_unseen_batch", "treatment_other_batch", "Biology kept", "grit",
        "Batches gone", "batch_recognised", "Overall", "overall",
    ]  # fmt: skip
    assert [column.title for column in two.columns] == ["one\nas they are", "other\nas they are"]


def test_the_best_of_a_row_is_the_lowest_where_lower_is_better(two: Board) -> None:
    assert [two.cells[row_of(two, "treatment_other_batch"), x].best for x in (0, 1)] == [False, True]
    assert [two.cells[row_of(two, "batch_recognised"), x].best for x in (0, 1)] == [True, False]


def test_nobody_is_best_among_equals(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_scores(tmp_path / f"{name}.csv")
    board = lay_out([*read_scored(tmp_path / "one.csv"), *read_scored(tmp_path / "other.csv")])
    assert not any(cell.best for cell in board.cells.values())


def test_levels_are_chosen_or_shown_one_below_the_other(tmp_path: Path) -> None:
    write_scores(tmp_path / "one.csv")
    found = read_scored(tmp_path / "one.csv")
    levels = {
        which: [row.level for row in lay_out(found, which).rows if row.name == "treatment_other_batch"]
        for which in ("coarse", "fine", "both")
    }
    assert levels == {"coarse": ["well"], "fine": ["site"], "both": ["site", "well"]}


def test_a_value_that_a_baseline_reaches_is_no_evidence(two: Board) -> None:
    cell = two.cells[row_of(two, "batch_recognised"), 0]
    assert cell.reached == ("noise",)
    words = describe_cell(two.rows[row_of(two, "batch_recognised")], two.columns[0], cell)
    assert "No evidence by itself: noise does as well." in words
    assert "batch only: 1" in words


def test_what_cannot_be_had_says_why(two: Board) -> None:
    number = row_of(two, "treatment_unseen_batch")
    cell = two.cells[number, 0]
    assert isnan(cell.value)
    assert f"because {NOTE}" in describe_cell(two.rows[number], two.columns[0], cell)


def test_baselines_as_columns_take_no_part_in_who_is_best(tmp_path: Path) -> None:
    write_scores(tmp_path / "one.csv")
    board = lay_out(read_scored(tmp_path / "one.csv"), baselines=True)
    assert [column.baseline for column in board.columns] == ["", "noise", "batch only"]
    assert board.cells[row_of(board, "overall"), 1].value == 0.6
    assert not any(cell.best for cell in board.cells.values())


def test_runs_have_their_baselines_once_behind_all_corrections(small_run: Run) -> None:
    write_sweep(small_run.folder / "corrections" / "scores.parquet")
    write_scores(small_run.scores)
    board = lay_out(read_scored(small_run.folder), baselines=True)
    names = [column.baseline or column.scored.what for column in board.columns]
    assert names == ["as they are", "z", "tvn", "combat", "noise", "batch only"]
    assert board.cells[row_of(board, "batch_recognised"), 2].reached == ("noise",)


def test_a_correction_that_failed_is_a_column_of_reasons(small_run: Run) -> None:
    write_sweep(small_run.folder / "corrections" / "scores.parquet")
    board = lay_out(read_scored(small_run.folder))
    assert board.cells[row_of(board, "grit"), 3].note == "ComBat needs two batches."


def test_bars_reach_beyond_one_where_values_do(two: Board) -> None:
    assert two.spans[row_of(two, "grit")] == (0.0, 2.0)
    assert two.spans[row_of(two, "overall")] == (0.0, 1.0)


def test_the_table_leaves_the_window_with_values_notes_and_baselines(two: Board) -> None:
    table = to_frame(two)
    assert len(table) == 2 * 5
    assert set(table["source"]) == {"one", "other"}
    assert {"value", "low", "high", "chance", "count", "note", "noise", "section", "title"} <= set(table.columns)
    assert "How" in describe_row(two.rows[row_of(two, "grit")])
