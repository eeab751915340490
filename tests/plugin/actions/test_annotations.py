"""Names are kept with the run, exported, and tried as classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.readers import read_screen
from napari_cdcl import actions
from napari_cdcl.models.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run
    from cdcl.screen import Screen


def name_treatments(session: Session) -> None:
    assert session.items is not None
    for treatment, name in (("A", "round"), ("B", "flat")):
        session.selection = (session.items.table["treatment"] == treatment).to_numpy()
        actions.annotate(session, name)


def test_names_come_back_when_the_run_is_opened_again(session: Session, small_run: Run) -> None:
    name_treatments(session)
    assert session.items is not None
    before = session.items.table["annotation"].tolist()
    assert before[:6] == ["round", "round", "flat", "flat", "", ""]
    other = Session()
    actions.open_source(other, small_run.folder)
    assert other.items is not None
    assert other.items.table["annotation"].tolist() == before
    actions.select_named(other, "flat")
    assert other.selection.sum() == 8


def test_naming_keeps_the_selection_and_nothing_selected_is_refused(session: Session) -> None:
    with pytest.raises(ProfilesError, match="nothing is selected"):
        actions.annotate(session, "x")
    session.selection = np.arange(24) < 3
    actions.annotate(session, "x")
    assert session.selection.sum() == 3
    actions.annotate(session, "")
    assert session.items is not None
    assert set(session.items.table["annotation"]) == {""}


def test_an_exported_screen_can_be_trained_on(session: Session, tmp_path: Path) -> None:
    name_treatments(session)
    actions.export_annotations(session, tmp_path / "screen_named.csv")
    screen = read_screen(tmp_path / "screen_named.csv")
    assert screen.sites["annotation"].tolist()[:6] == ["round", "round", "flat", "flat", "", ""]
    assert screen.image(5).shape == (2, 40, 48)


def test_the_profiles_table_is_exported_with_the_names(session: Session, tmp_path: Path) -> None:
    name_treatments(session)
    actions.export_annotations(session, tmp_path / "names.parquet")
    table = pd.read_parquet(tmp_path / "names.parquet")
    assert table["annotation"].value_counts().to_dict() == {"": 8, "round": 8, "flat": 8}
    with pytest.raises(ProfilesError, match=r"\.csv or \.parquet"):
        actions.export_annotations(session, tmp_path / "names.xlsx")


def test_a_plain_classifier_reads_the_names_in_the_other_batch(session: Session) -> None:
    assert session.items is not None
    with pytest.raises(ProfilesError, match="two names"):
        actions.probe_annotations(session.items)
    name_treatments(session)
    score = actions.probe_annotations(session.items, "batch")
    assert score.value == 1.0
    assert score.count == 16
    with pytest.raises(ProfilesError, match="no donor"):
        actions.probe_annotations(session.items, "donor")


def test_fields_without_a_run_can_be_named_and_that_is_told(small_screen: Screen) -> None:
    session, told = Session(), []
    session.told.connect(lambda line: told.append(line))
    actions.open_source(session, small_screen.folder)
    session.selection = np.arange(24) == 0
    actions.annotate(session, "odd")
    assert "export them" in told[-1]


def test_names_of_a_table_that_fit_no_item_are_told(session: Session, tmp_path: Path) -> None:
    items, notes, told = session.items, [], []
    assert items is not None
    rows = items.table[["plate", "well", "site"]].head(2).assign(name="round")
    lost = pd.DataFrame({"plate": ["none"], "well": ["H12"], "site": ["9"], "name": ["round"]})
    pd.concat([rows, lost]).to_csv(tmp_path / "names.csv", index=False)
    session.told.connect(told.append)
    found = actions.read_names(items, tmp_path / "names.csv", notes)
    actions.take_names(session, found, "names.csv", notes)
    assert told[-1].startswith("2 items have the names of names.csv now. 1 of 3 names of names.csv fits no profile by ")
    assert told[-1].endswith("none/H12/9.")
