"""Where scores are found, and what is read of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from scored import NOTE, scores, write_scores, write_sweep

from cdcl.errors import ProfilesError
from napari_cdcl.models.score_files import PLAIN, is_scores_table, read_labels, read_scored, scores_folder, stamp_of

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run


def test_a_run_that_was_never_scored_has_no_scores(small_run: Run) -> None:
    assert read_scored(small_run.folder) == []
    assert stamp_of(small_run.folder) == ()


def test_scores_of_a_run_and_of_its_corrections_stand_side_by_side(small_run: Run) -> None:
    write_sweep(small_run.folder / "corrections" / "scores.parquet")
    write_scores(small_run.scores)
    found = read_scored(small_run.folder)
    assert [scored.what for scored in found] == [PLAIN, "z", "tvn", "combat"]
    assert {scored.title for scored in found} == {"small"}
    assert found[0].by_label == small_run.folder / "scores-by-label.csv"
    assert found[0].baselines["grit", "well"] == {"noise": 0.0, "batch only": 0.1}
    assert found[0].scores["treatment_unseen_batch", "well"]["note"] == NOTE
    assert found[3].note == "ComBat needs two batches."
    assert found[3].scores == {}
    assert found[2].baselines == found[0].baselines


def test_each_correction_has_the_values_of_its_own_treatments(small_run: Run) -> None:
    sweep = small_run.folder / "corrections" / "scores.parquet"
    write_sweep(sweep)
    labels = sweep.with_name("scores-by-label")
    labels.mkdir()
    (labels / "tvn.csv").write_text("name,level,label,value\ngrit,well,taxol,0.7\n")
    found = {scored.what: scored.by_label for scored in read_scored(small_run.folder)}
    assert found == {PLAIN: None, "z": None, "tvn": labels / "tvn.csv", "combat": None}
    assert read_labels(labels / "tvn.csv", "grit", "well")["value"].tolist() == [0.7]


def test_newer_scores_win_and_keep_the_baselines_of_the_older(small_run: Run) -> None:
    write_scores(small_run.scores, 0.2)
    write_sweep(small_run.folder / "corrections" / "scores.parquet")
    os.utime(small_run.scores, ns=(1, 1))
    plain = read_scored(small_run.folder)[0]
    assert plain.scores["grit", "well"]["value"] == 1.5
    assert plain.baselines["grit", "well"]["noise"] == 0.0


def test_scores_of_other_profiles_of_a_run_are_named_for_them(small_run: Run) -> None:
    write_scores(small_run.folder / "scores" / "site@tvn.csv")
    write_scores(small_run.folder / "scores" / "well.csv")
    write_sweep(small_run.folder / "scores" / "well-corrections.parquet")
    found = read_scored(small_run.folder)
    assert {scored.what: scored.key for scored in found} == {
        "tvn": "site@tvn",
        "wells": "well", "wells, tvn": "well@tvn", "wells, z": "well@z", "wells, combat": "well@combat",
    }  # fmt: skip


def test_scores_older_than_their_profiles_are_stale(small_run: Run) -> None:
    write_scores(small_run.scores)
    assert not read_scored(small_run.folder)[0].stale
    os.utime(small_run.scores, ns=(1, 1))
    assert read_scored(small_run.folder)[0].stale


def test_a_file_of_profiles_has_its_scores_in_a_folder_beside_it(tmp_path: Path) -> None:
    profiles = tmp_path / "wells.csv.gz"
    profiles.write_bytes(b"")
    write_scores(tmp_path / "wells-scores" / "profiles.csv")
    assert scores_folder(profiles) == tmp_path / "wells-scores"
    assert [(one.title, one.what) for one in read_scored(profiles)] == [("wells", PLAIN)]


def test_a_table_of_scores_is_read_by_itself(tmp_path: Path) -> None:
    write_scores(tmp_path / "theirs.csv")
    assert is_scores_table(tmp_path / "theirs.csv")
    assert [(one.title, one.what) for one in read_scored(tmp_path / "theirs.csv")] == [("theirs", PLAIN)]
    assert not is_scores_table(tmp_path / "nowhere.csv")


def test_a_damaged_file_is_told_in_a_line(small_run: Run) -> None:
    small_run.scores.write_text("nothing,of\nthe,kind\n")
    with pytest.raises(ProfilesError, match="has no scores"):
        read_scored(small_run.folder)
    small_run.scores.write_bytes(b"\xff\x00\xfe")
    with pytest.raises(ProfilesError, match=r"scores\.csv"):
        read_scored(small_run.folder)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_pipe_is_no_table_of_scores_and_is_not_waited_for(tmp_path: Path, suffix: str) -> None:
    os.mkfifo(tmp_path / f"theirs.{suffix}")
    assert not is_scores_table(tmp_path / f"theirs.{suffix}")
    with pytest.raises(ProfilesError, match="a pipe or a device"):
        read_labels(tmp_path / f"theirs.{suffix}", "treatment_other_batch", "well")


def test_a_word_in_the_place_of_a_score_is_refused_where_it_is_read(small_run: Run) -> None:
    write_scores(small_run.scores)
    text = small_run.scores.read_text().splitlines()
    place = text[0].split(",").index("value")
    fields = text[1].split(",")
    fields[place] = "high"
    small_run.scores.write_text("\n".join([text[0], ",".join(fields), *text[2:]]) + "\n")
    with pytest.raises(ProfilesError, match="'high' in the column value, no number"):
        read_scored(small_run.folder)


def test_single_treatments_are_those_of_the_score_and_level(small_run: Run) -> None:
    write_scores(small_run.scores)
    by_label = small_run.folder / "scores-by-label.csv"
    table = read_labels(by_label, "treatment_other_batch", "well")
    assert dict(zip(table["label"], table["value"], strict=True)) == {"A": 0.2, "B": 0.9, "C": 0.5}
    assert len(read_labels(by_label, "treatment_other_batch", "site")) == 0
    with pytest.raises(ProfilesError, match="no values of single treatments"):
        read_labels(small_run.scores, "treatment_other_batch", "well")


def test_a_stamp_tells_that_something_was_scored_again(small_run: Run) -> None:
    write_scores(small_run.scores)
    before = stamp_of(small_run.folder)
    os.utime(small_run.scores, ns=(5, 5))
    assert stamp_of(small_run.folder) != before
    assert len(scores()) == 6
