"""Projections are made, found again, and borrowed from another run."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from cdcl.cli import main
from cdcl.errors import CDCLError
from cdcl.profiles import read_profiles, write_profiles
from cdcl.runs import Run
from napari_cdcl import actions
from napari_cdcl.models.session import Session


@pytest.mark.parametrize("level", ["site", "well"])
def test_a_job_makes_a_projection_that_the_run_keeps(session: Session, small_run: Run, level: str) -> None:
    assert session.screen is not None
    session.items = actions.read_items(small_run, session.screen, level)
    arguments, out = actions.projection_job(session, "pca")
    assert main(arguments) == 0
    actions.show_projection(session, "pca", out)
    assert session.points == "pca"
    again = actions.read_items(small_run, session.screen, level)
    np.testing.assert_array_equal(again.points["pca"], session.items.points["pca"])
    assert "variance" not in again.axes["pca"][0]
    assert again.axes["pca"][0].startswith("PC 1 (")


def test_few_profiles_are_projected_at_once_and_many_are_not(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.items is not None
    found = actions.quick_projection(session.items)
    assert found is not None
    assert found[0].shape == (24, 2)
    monkeypatch.setattr("napari_cdcl.actions.projections.QUICK", 10)
    assert actions.quick_projection(session.items) is None


def test_another_run_lends_its_projection_for_the_same_items(session: Session, small_run: Run) -> None:
    other = Run(small_run.folder.with_name("other"))
    shutil.copytree(small_run.folder, other.folder)
    profiles = read_profiles(other.profiles("site"))
    write_profiles(profiles.take(np.arange(23, 3, -1)), other.profiles("site"))
    assert session.screen is not None
    points = actions.borrow_projections(session, other, session.screen, "site")
    assert list(points) == ["pca (other)"]
    lent = points["pca (other)"]
    assert np.isnan(lent[:4]).all()
    assert np.isfinite(lent[4:]).all()
    theirs = actions.quick_projection(actions.read_items(other, session.screen, "site"))
    assert theirs is not None
    np.testing.assert_array_equal(lent[4:], theirs[0][::-1])
    with pytest.raises(CDCLError, match="no cell profiles"):
        actions.borrow_projections(session, other, session.screen, "cell")


def test_without_a_run_there_is_nothing_to_project() -> None:
    with pytest.raises(CDCLError, match="no profiles to project"):
        actions.projection_job(Session(), "umap")
