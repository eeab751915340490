from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from cdcl.errors import DiskError
from cdcl.events import Advanced, Began, Ended, Wrote
from cdcl.readers import read_screen
from cdcl.synthetic import CHANNELS, DMSO, TREATMENTS, Effects, SyntheticConfig, plan_sites, simulate_field
from cdcl.synthetic.screen import simulate_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.events import Event
    from cdcl.screen import Screen

SMALL = SyntheticConfig(
    batches=2, plates_per_batch=2, wells_per_treatment=1, control_wells=2, sites_per_well=2, field_size=64
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    return finish(simulate_screen(SMALL, tmp_path_factory.mktemp("small")))


def all_bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_plate_holds_every_treatment_and_more_of_the_control() -> None:
    config = SyntheticConfig()
    sites = plan_sites(config)
    assert len(sites) == config.fields == 624
    counts = sites.drop_duplicates(["plate", "well"]).groupby(["plate", "treatment"]).size().unstack()
    assert counts.shape == (12, 12)
    assert (counts.pop(DMSO.name) == 4).all()
    assert (counts == 2).all(axis=None)


def test_plate_names_are_unique_to_a_batch_and_wells_to_a_plate() -> None:
    sites = plan_sites(SyntheticConfig())
    assert (sites.groupby("plate")["batch"].nunique() == 1).all()
    assert not sites.duplicated(["plate", "well", "site"]).any()
    assert not sites["path"].duplicated().any()
    assert sites["well"].str.fullmatch(r"[A-H](0\d|1[0-2])").all()


def test_wells_are_drawn_anew_for_each_plate() -> None:
    sites = plan_sites(SyntheticConfig())
    layouts = sites.groupby("plate")[["well", "treatment"]].apply(lambda plate: tuple(map(tuple, plate.to_numpy())))
    assert layouts.nunique() == 12


def test_only_dmso_is_a_control_and_mechanisms_hold_up_to_two_compounds() -> None:
    sites = plan_sites(SyntheticConfig())
    assert set(sites.loc[sites["control"] == "negative", "compound"]) == {"DMSO"}
    treated = sites[sites["control"] == ""]
    compounds = treated.groupby("mechanism")["compound"].nunique()
    assert len(TREATMENTS) == 12
    assert compounds.sort_values().tolist() == [1, 2, 2, 2, 2, 2]
    assert (treated["treatment"] == treated["compound"] + "@" + treated["concentration"].map("{:g}".format)).all()


def test_the_table_on_disk_names_every_image_relative_to_its_folder(small: Screen) -> None:
    table = pd.read_csv(small.folder / "screen.csv", keep_default_na=False)
    assert set(table["channel_names"]) == {"DNA;Actin;Mito"}
    assert set(table.pop("pixel_size")) == {1.3}
    pd.testing.assert_frame_equal(table, small.sites, check_dtype=False)
    assert all((small.folder / path).is_file() for path in table["path"])
    assert len(list((small.folder / "images").rglob("*.tif"))) == len(table)


def test_fields_are_16_bit_and_read_back_as_channels_first(small: Screen) -> None:
    pixels = small.image(len(small) - 1)
    assert small.channels == CHANNELS
    assert pixels.shape == (3, 64, 64)
    assert pixels.dtype == np.uint16
    assert (pixels.std(axis=(1, 2)) > 0).all()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(small: Screen, tmp_path: Path) -> None:
    finish(simulate_screen(SMALL, tmp_path / "again"))
    assert all_bytes(tmp_path / "again") == all_bytes(small.folder)
    other = SMALL.model_copy(update={"seed": 1, "batches": 1})
    changed = finish(simulate_screen(other, tmp_path / "other"))
    assert not np.array_equal(changed.image(0), small.image(0))


def test_a_field_does_not_depend_on_how_many_sites_a_well_has(small: Screen, tmp_path: Path) -> None:
    one_site = finish(simulate_screen(SMALL.model_copy(update={"sites_per_well": 1}), tmp_path))
    first = small.sites.index[small.sites["site"] == 1]
    np.testing.assert_array_equal(one_site.image(5), small.image(first[5]))


def test_cells_are_counted_by_their_centres() -> None:
    few, many = (simulate_field(DMSO, Effects(density=density), seed=2, size=320).num_cells for density in (0.5, 1.5))
    assert 2.5 < many / few < 3.6
    assert few / 320**2 == pytest.approx(0.5 * 31 / 160**2, rel=0.25)


def test_the_task_tells_its_length_its_progress_and_what_it_wrote(tmp_path: Path) -> None:
    events: list[Event] = []
    config = SMALL.model_copy(update={"batches": 1, "plates_per_batch": 1})
    finish(simulate_screen(config, tmp_path), events.append)
    assert events[0] == Began("simulate", total=config.fields, unit="field")
    assert [event.done for event in events if isinstance(event, Advanced)] == list(range(1, config.fields + 1))
    assert events[-2:] == [Wrote("screen", str(tmp_path / "screen.csv")), Ended()]


def test_a_simulation_cut_short_leaves_no_table(tmp_path: Path) -> None:
    (tmp_path / "screen.csv").write_text("an older one")
    task = simulate_screen(SMALL, tmp_path)
    for _ in range(4):
        next(task)
    task.close()
    assert not (tmp_path / "screen.csv").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DiskError, match="taken"):
        finish(simulate_screen(SMALL, tmp_path / "taken"))


def test_more_wells_than_a_plate_has_are_refused() -> None:
    with pytest.raises(ValidationError, match="do not fit on a plate of 384"):
        SyntheticConfig(wells_per_treatment=40)


def test_many_wells_move_to_the_larger_plate() -> None:
    sites = plan_sites(SyntheticConfig(batches=1, plates_per_batch=1, wells_per_treatment=10))
    assert sites["well"].nunique() == 114
    assert sites["well"].str[1:].astype(int).max() > 12


def test_the_table_states_the_size_of_a_pixel_so_that_cells_are_cut_in_micrometres(tmp_path: Path) -> None:
    config = SyntheticConfig(batches=1, plates_per_batch=1, sites_per_well=1, field_size=32)
    simulated = finish(simulate_screen(config, tmp_path))
    assert read_screen(tmp_path / "screen.csv").pixel_size == simulated.pixel_size == 1.3
