"""What is asked of children that score, and how treatments and points find each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from scored import write_scores

from cdcl.errors import ProfilesError
from cdcl.profiles import read_profiles, write_profiles
from cdcl.runs import Run
from napari_cdcl.actions.scores import (
    ALL,
    Scoring,
    can_correct,
    export_board,
    read_scored_points,
    scorable,
    scoring_steps,
    show_scored_points,
)
from napari_cdcl.actions.selection import groups_of_selection, select_groups
from napari_cdcl.models.score_files import read_scored
from napari_cdcl.models.score_table import lay_out
from napari_cdcl.models.session import Session

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_is_scored_where_everybody_looks(small_run: Run) -> None:
    folder = str(small_run.folder)
    assert scoring_steps(Scoring(small_run.folder)) == [["score", folder]]
    assert scoring_steps(Scoring(small_run.folder, "site", ALL, baselines=True)) == [
        ["score", folder, "--baselines"],
        ["score", folder, "--correct", "all"],
    ]


def test_one_correction_is_kept_to_explore_and_scored(small_run: Run) -> None:
    steps = scoring_steps(Scoring(small_run.folder, correction="tvn"))
    kept = str(small_run.folder / "corrections" / "tvn" / "site.parquet")
    assert steps[1] == ["correct", str(small_run.folder), "--method", "tvn", "-o", kept]
    assert steps[2] == ["score", kept, "-o", str(small_run.folder / "scores" / "site@tvn.csv")]


def test_a_file_of_profiles_is_scored_beside_itself(tmp_path: Path) -> None:
    steps = scoring_steps(Scoring(tmp_path / "wells.csv.gz", correction=ALL))
    assert [step[-1] for step in steps] == [
        str(tmp_path / "wells-scores" / name) for name in ("profiles.csv", "profiles-corrections.parquet")
    ]
    assert can_correct(tmp_path / "wells.csv.gz", "")


def test_other_profiles_of_a_run_go_to_files_of_their_own(small_run: Run) -> None:
    write_profiles(read_profiles(small_run.profiles("site")), small_run.folder / "corrections" / "z" / "site.parquet")
    assert scorable(small_run.folder) == {"site": "sites", "site@z": "sites, z"}
    (step,) = scoring_steps(Scoring(small_run.folder, "site@z"))
    assert step[-1] == str(small_run.folder / "scores" / "site@z.csv")
    assert not can_correct(small_run.folder, "site@z")


def test_a_run_without_profiles_is_refused_with_what_to_do(small_run: Run) -> None:
    small_run.profiles("site").unlink()
    with pytest.raises(ProfilesError, match="embed it first"):
        scoring_steps(Scoring(small_run.folder))


def test_treatments_select_their_points_and_points_name_their_treatments(session: Session) -> None:
    assert select_groups(session, "treatment", ["A", "C"]) == 16
    assert groups_of_selection(session, "treatment") == {"A", "C"}
    assert groups_of_selection(session, "batch") == {"B1", "B2"}


def test_labels_that_no_point_has_leave_the_selection(session: Session) -> None:
    select_groups(session, "treatment", ["A"])
    assert select_groups(session, "treatment", ["Z"]) == 0
    assert select_groups(session, "mechanism", ["Z"]) == -1
    assert groups_of_selection(session, "treatment") == {"A"}
    assert select_groups(session, "treatment", []) == 0
    assert not session.selection.any()


def test_profiles_without_a_run_are_explored_too(tmp_path: Path, small_run: Run) -> None:
    path = tmp_path / "theirs.csv"
    write_profiles(read_profiles(small_run.profiles("site")), path)
    write_scores(tmp_path / "theirs-scores" / "profiles.csv")
    session = Session()
    show_scored_points(session, read_scored_points(session, read_scored(path)[0]))
    assert session.items is not None
    assert session.items.title == "sites of theirs"
    assert select_groups(session, "treatment", ["B"]) == 8


def test_the_points_of_a_run_are_those_that_were_scored(session: Session, small_run: Run) -> None:
    write_profiles(read_profiles(small_run.profiles("site")), small_run.folder / "corrections" / "z" / "site.parquet")
    write_scores(small_run.folder / "scores" / "site@z.csv")
    show_scored_points(session, read_scored_points(session, read_scored(small_run.folder)[0]))
    assert session.items is not None
    assert session.items.key == "site@z"


def test_what_is_shown_is_written_as_a_table(small_run: Run, tmp_path: Path) -> None:
    write_scores(small_run.scores)
    export_board(lay_out(read_scored(small_run.folder)), tmp_path / "shown.csv")
    table = pd.read_csv(tmp_path / "shown.csv")
    assert table.loc[table["name"] == "grit", "value"].tolist() == [1.5]
    assert Run(small_run.folder).scores.is_file()
