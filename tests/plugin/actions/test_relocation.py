"""A run whose images have moved is noticed, finds them in the folder that is shown, and remembers it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from cdcl.errors import ScreenError
from napari_cdcl import actions

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run
    from cdcl.screen import Screen


@pytest.fixture
def moved(small_screen: Screen, small_run: Run, tmp_path: Path) -> tuple[Run, Path]:
    """A run on a copy of the screen that is then renamed."""
    from cdcl.readers import read_screen
    from cdcl.screen.tables import write_screen

    old, new = tmp_path / "plates" / "old", tmp_path / "archive" / "new"
    shutil.copytree(small_screen.folder, old)
    write_screen(read_screen(old), small_run.screen)
    new.parent.mkdir()
    shutil.move(old, new)
    return small_run, new


def test_where_images_are_there_nothing_is_lost(small_screen: Screen) -> None:
    assert actions.lost_folder(small_screen) is None


def test_a_moved_screen_is_noticed_when_its_run_is_opened(moved: tuple[Run, Path], tmp_path: Path) -> None:
    assert actions.read_source(moved[0].folder).lost == tmp_path / "plates" / "old"


@pytest.mark.parametrize("above", [0, 1])
def test_images_are_found_in_the_folder_itself_or_the_one_above(moved: tuple[Run, Path], above: int) -> None:
    run, new = moved
    opened = actions.read_source(run.folder)
    if above:
        shutil.move(new, new.with_name("old"))  # only what is above has another name
    actions.relocate(run, opened.screen, new.parent if above else new)
    again = actions.read_source(run.folder)
    assert again.lost is None
    assert int(again.screen.image(7)[0, 0, 0]) == 7
    assert again.screen.channels == opened.screen.channels
    assert again.screen.pixel_size == opened.screen.pixel_size


def test_a_folder_without_the_images_is_refused_and_changes_nothing(moved: tuple[Run, Path], tmp_path: Path) -> None:
    run, _ = moved
    before = run.screen.read_bytes()
    with pytest.raises(ScreenError, match=r"does not hold the images of small, such as 0\.tif"):
        actions.relocate(run, actions.read_source(run.folder).screen, tmp_path / "runs")
    assert run.screen.read_bytes() == before
