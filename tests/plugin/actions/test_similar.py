"""Similar items are found, elsewhere where that is asked for, and groups are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.errors import ProfilesError
from napari_cdcl import actions
from napari_cdcl.models.session import Session

if TYPE_CHECKING:
    from cdcl.runs import Run
    from cdcl.screen import Screen


@pytest.mark.parametrize("elsewhere", ["", "batch", "plate", "well"])
def test_the_most_similar_share_the_treatment(session: Session, elsewhere: str) -> None:
    session.selection = np.arange(24) == 0
    actions.find_like_selection(session, num=4, elsewhere=elsewhere)
    assert session.items is not None
    found = session.items.table[session.selection]
    assert len(found) == 4
    assert set(found["treatment"]) == {"A"}
    if elsewhere in ("batch", "plate"):
        assert set(found["batch"]) == {"B2"}
    assert not session.selection[:2].any() if elsewhere == "well" else not session.selection[0]
    assert session.aside is not None
    assert np.flatnonzero(session.aside).tolist() == [0]
    similarity = session.items.table["similarity"]
    assert similarity.notna().sum() == 5
    assert similarity[0] == 1.0


def test_the_field_on_display_is_asked_for_where_nothing_is_selected(session: Session) -> None:
    session.row = 4
    question = actions.ask_similar(session, 3, "treatment")
    assert question.query.tolist() == [4]
    assert question.allowed is not None
    assert not question.allowed[4]


def test_questions_without_profiles_or_selection_are_refused(session: Session, small_screen: Screen) -> None:
    session.row = -1
    with pytest.raises(ProfilesError, match="nothing is selected"):
        actions.ask_similar(session)
    session.selection = np.arange(24) == 0
    with pytest.raises(ProfilesError, match="unknown column"):
        actions.ask_similar(session, 5, "donor")
    other = Session()
    actions.open_source(other, small_screen.folder)
    with pytest.raises(ProfilesError, match="no profiles"):
        actions.ask_similar(other)


def test_an_answer_that_comes_too_late_changes_nothing(session: Session, small_run: Run) -> None:
    session.selection = np.arange(24) == 0
    question = actions.ask_similar(session, 3)
    answer = question.answer()
    assert session.screen is not None
    session.items = actions.read_items(small_run, session.screen, "well")
    actions.show_similar(session, question, answer)
    assert not session.selection.any()


def test_a_selection_is_compared_with_all_the_rest_or_what_is_aside(session: Session) -> None:
    session.selection = np.isin(np.arange(24), [0, 1, 6, 7])
    found = actions.ask_comparison(session, "treatment").compute()
    table = found.table.set_index("value")
    assert (found.unit, found.stratum) == ("well", "plate")
    assert table.loc["A", ["one", "other", "wells_one"]].tolist() == [4, 4, 2]
    actions.set_aside(session)
    session.selection = np.arange(24) < 6
    comparison = actions.ask_comparison(session, "treatment")
    assert np.flatnonzero(comparison.other).tolist() == [6, 7]
    session.selection = np.isin(np.arange(24), [0, 1, 6, 7])
    with pytest.raises(ProfilesError, match="nothing is left"):
        actions.ask_comparison(session, "treatment")
