"""Labels find their images, or say why not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.archetypes import label_screen
from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles, aggregate

if TYPE_CHECKING:
    from cdcl.screen import Screen


def profiles_of(screen: Screen) -> Profiles:
    return Profiles(np.zeros((len(screen), 2), dtype=np.float32), screen.sites.drop(columns="path"), "site")


def numbered(profiles: Profiles) -> np.ndarray:
    return np.array([f"A{number}" for number in range(len(profiles))], dtype=object)


def test_each_image_gets_the_label_of_its_profile_whatever_their_order(tiny_screen: Screen) -> None:
    profiles = profiles_of(tiny_screen)
    order = np.random.default_rng(0).permutation(len(profiles))
    labelled = label_screen(tiny_screen, profiles.take(order), numbered(profiles)[order])
    assert labelled.sites["archetype"].tolist() == numbered(profiles).tolist()
    pd.testing.assert_frame_equal(labelled.sites.drop(columns="archetype"), tiny_screen.sites)


def test_images_without_a_profile_have_no_label(tiny_screen: Screen) -> None:
    profiles = profiles_of(tiny_screen).take(np.arange(5))
    labels = label_screen(tiny_screen, profiles, numbered(profiles)).sites["archetype"]
    assert (labels != "").sum() == 5


@pytest.mark.parametrize("level", ["well", "treatment"])
def test_all_images_of_a_well_or_treatment_share_its_label(level: str, tiny_screen: Screen) -> None:
    coarse = aggregate(profiles_of(tiny_screen), level)
    labels = label_screen(tiny_screen, coarse, numbered(coarse)).sites["archetype"]
    assert (labels != "").all()
    assert labels.nunique() == len(coarse)
    if level == "treatment":
        assert (labels.groupby(tiny_screen.sites["treatment"]).nunique() == 1).all()


def test_wells_and_sites_are_matched_however_they_are_spelled(tiny_screen: Screen) -> None:
    profiles = profiles_of(tiny_screen)
    wells = profiles.table["well"].str.replace("A0", "a-")
    spelled = replace(profiles, table=profiles.table.assign(site=1, well=wells))
    assert (label_screen(tiny_screen, spelled, numbered(profiles)).sites["archetype"] != "").all()


def test_profiles_of_another_screen_are_refused(tiny_screen: Screen) -> None:
    profiles = profiles_of(tiny_screen)
    other = replace(profiles, table=profiles.table.assign(plate="Q"))
    with pytest.raises(ProfilesError, match="they are of another screen"):
        label_screen(tiny_screen, other, numbered(profiles))


def test_a_profile_that_is_there_twice_is_named(tiny_screen: Screen) -> None:
    twice = profiles_of(tiny_screen).take([0, 1, 1])
    with pytest.raises(ProfilesError, match="plate B1P1, well A02, site 1 has more than one profile"):
        label_screen(tiny_screen, twice, numbered(twice))


def cells_of(screen: Screen) -> tuple[Screen, Profiles]:
    """Give a screen of images with names and no numbers of cells, and a cell's profile an image."""
    named = screen.sites.assign(image_id=[f"c{number}" for number in range(len(screen))])
    profiles = replace(profiles_of(screen), table=named.assign(cell=1), level="cell")
    return replace(screen, sites=named), profiles


def test_images_of_single_cells_are_matched_by_their_name(tiny_screen: Screen) -> None:
    in_one_site = replace(tiny_screen, sites=tiny_screen.sites.assign(well="A01", site=1))
    screen, cells = cells_of(in_one_site)
    labels = label_screen(screen, cells, numbered(cells)).sites["archetype"]
    assert labels.tolist() == numbered(cells).tolist()


def test_an_image_of_several_cells_does_not_take_the_label_of_one(tiny_screen: Screen) -> None:
    screen, cells = cells_of(tiny_screen)
    twice = cells.take([0, 1, 1])
    with pytest.raises(ProfilesError, match="image_id c1 has more than one profile"):
        label_screen(screen, twice, numbered(twice))


def test_profiles_without_a_place_cannot_be_matched(tiny_screen: Screen) -> None:
    profiles = profiles_of(tiny_screen)
    bare = replace(profiles, table=profiles.table.drop(columns="site"))
    with pytest.raises(ProfilesError, match="site is not in both tables"):
        label_screen(tiny_screen, bare, numbered(profiles))
