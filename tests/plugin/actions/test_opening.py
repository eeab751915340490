"""Screens and runs open; what is wrong with them is told, and leaves what was open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.errors import CDCLError, RunError
from cdcl.profiles import Profiles, read_profiles, write_profiles
from cdcl.projections import project, write_projection
from cdcl.tasks import finish
from napari_cdcl import actions
from napari_cdcl.models.session import Session
from napari_cdcl.preferences import Preferences

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run
    from cdcl.screen import Screen


def test_a_screen_opens_from_its_folder_and_is_explored_by_field(small_screen: Screen) -> None:
    session = Session()
    actions.open_source(session, small_screen.folder)
    assert session.screen is not None
    assert len(session.screen) == 24
    assert session.run is None
    assert session.items is not None
    assert session.items.values is None


@pytest.mark.parametrize("by", ["folder", "config"])
def test_a_run_opens_with_profiles_and_projections(small_run: Run, by: str) -> None:
    session = Session()
    actions.open_source(session, getattr(small_run, by))
    assert session.run == small_run
    assert session.items is not None
    assert session.items.level == "site"
    assert session.items.rows.tolist() == list(range(24))
    assert session.points == "umap"
    assert session.items.axes["umap"] == ("UMAP 1", "UMAP 2")


def test_a_run_that_is_opened_again_keeps_what_is_shown_of_its_screen(small_run: Run) -> None:
    session, shown = Session(), []
    session.screen_changed.connect(shown.append)
    actions.open_source(session, small_run.folder)
    actions.open_source(session, small_run.folder)
    assert shown == [session.screen]


def test_a_screen_that_was_written_anew_is_read_anew(small_run: Run) -> None:
    session = Session()
    actions.open_source(session, small_run.folder)
    before = session.screen
    os.utime(small_run.screen, ns=(1, 1))
    actions.open_source(session, small_run.folder)
    assert session.screen is not before


def test_coarser_levels_are_pooled_and_projections_stay_with_their_level(small_run: Run) -> None:
    session = Session()
    actions.open_source(session, small_run.folder)
    keys = {one.key: one for one in actions.list_run_profiles(small_run)}
    assert list(keys) == ["site", "well", "treatment"]
    assert keys["well"].pooled
    assert session.screen is not None
    wells = actions.read_items(small_run, session.screen, "well")
    assert len(wells) == 12
    assert not wells.points
    assert wells.rows.tolist() == list(range(0, 24, 2))


def test_corrected_profiles_are_offered_too(small_run: Run, small_screen: Screen) -> None:
    profiles = read_profiles(small_run.profiles("site"))
    write_profiles(profiles, small_run.folder / "corrections" / "combat" / "site.parquet")
    keys = [one.key for one in actions.list_run_profiles(small_run)]
    assert "site@combat" in keys
    items = actions.read_items(small_run, small_screen, "site@combat")
    assert not items.points, "a projection of other profiles is not theirs"


def test_a_projection_of_other_rows_is_not_shown(small_run: Run, small_screen: Screen) -> None:
    profiles = read_profiles(small_run.profiles("site"))
    write_profiles(profiles.take(np.arange(23, -1, -1)), small_run.profiles("site"))
    assert not actions.read_items(small_run, small_screen, "site").points


def test_a_map_of_an_embedding_before_is_not_shown_though_its_rows_are_the_same(
    small_run: Run, small_screen: Screen
) -> None:
    profiles = read_profiles(small_run.profiles("site"))
    write_projection(finish(project(profiles, method="pca")), small_run.projection("pca"))
    assert set(actions.read_items(small_run, small_screen, "site").points) == {"umap", "pca"}
    write_profiles(profiles.with_values(profiles.values + 1), small_run.profiles("site"))
    assert set(actions.read_items(small_run, small_screen, "site").points) == {"umap"}, "it keeps no checksum"


def test_what_cannot_be_opened_changes_nothing(small_run: Run, small_screen: Screen, tmp_path: Path) -> None:
    session = Session()
    actions.open_source(session, small_screen.folder)
    screen = session.screen
    with pytest.raises(CDCLError):
        actions.open_source(session, tmp_path / "nowhere")
    small_run.screen.unlink()
    with pytest.raises(RunError, match="just begun"):
        actions.open_source(session, small_run.folder)
    assert session.screen is screen


def test_a_run_without_profiles_shows_its_fields_and_says_so(small_run: Run) -> None:
    small_run.profiles("site").unlink()
    session, told = Session(), []
    session.told.connect(lambda line: told.append(line))
    actions.open_source(session, small_run.folder)
    assert session.items is not None
    assert session.items.values is None
    assert "no profiles yet" in told[-1]


def test_damaged_profiles_are_told_and_the_screen_is_shown(small_run: Run) -> None:
    small_run.profiles("site").write_bytes(b"PAR1")
    opened = actions.read_source(small_run.folder)
    assert opened.items is None
    assert "site.parquet" in opened.notes[0]


def test_cells_are_explored_first_unless_they_are_very_many(
    small_run: Run, small_screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = small_screen.sites.assign(cell="1", y=5.0, x=5.0)
    write_profiles(Profiles(np.ones((24, 2), np.float32), table, "cell"), small_run.profiles("cell"))
    opened = actions.read_source(small_run.folder)
    assert opened.items is not None
    assert opened.items.level == "cell"
    monkeypatch.setattr("napari_cdcl.actions.opening.read_preferences", lambda: Preferences(cells_mb=0))
    opened = actions.read_source(small_run.folder)
    assert opened.items is not None
    assert opened.items.level == "site"


def test_archetypes_are_a_column_to_colour_by(small_run: Run, small_screen: Screen) -> None:
    path = small_run.folder / "archetypes" / "site.parquet"
    table = small_screen.sites.assign(archetype=["A1", ""] * 12, confidence=0.9)
    write_profiles(Profiles(np.zeros((24, 2), np.float32), table, "site"), path)
    assert actions.read_items(small_run, small_screen, "site").table["archetype"].tolist()[:2] == ["A1", ""]
    assert "archetype" not in actions.read_items(small_run, small_screen, "well").table
    path.write_bytes(b"PAR1")
    assert "archetype" not in actions.read_items(small_run, small_screen, "site").table


def test_a_damaged_projection_is_passed_over(small_run: Run, small_screen: Screen) -> None:
    small_run.projection("umap").write_bytes(b"PAR1")
    assert not actions.read_items(small_run, small_screen, "site").points


def test_an_unknown_level_names_those_there_are(small_run: Run, small_screen: Screen) -> None:
    with pytest.raises(CDCLError, match="Known: site, treatment, well"):
        actions.read_items(small_run, small_screen, "cell")


def test_cells_find_the_field_they_are_in(small_screen: Screen) -> None:
    profiles = Profiles(
        np.zeros((48, 2), np.float32),
        small_screen.sites.loc[np.repeat(np.arange(24), 2)].reset_index(drop=True),
        "cell",
    )
    from napari_cdcl.models.items import Items

    assert Items.of_profiles(profiles, small_screen).rows.tolist() == np.repeat(np.arange(24), 2).tolist()
