"""What is measured of painted nuclei is what was painted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.cells.nuclei import find_nuclei, label_nuclei
from cdcl.classical import Objects, Recipe, classical_profiles, measure_field
from cdcl.cli import main
from cdcl.errors import ConfigError, ProfilesError
from cdcl.pixels.cache import fill_cache
from cdcl.profiles import read_profiles
from cdcl.readers import read_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.screen import Screen

pytest.importorskip("cp_measure")

RADIUS, LEVEL = 8, 6553  # a tenth of 16 bits
PLACES = [(20, 20), (20, 70), (70, 20), (70, 70), (45, 45)]


def painted(places: list[tuple[int, int]], size: int = 96) -> NDArray[np.uint16]:
    """Two channels: the first is one level everywhere, the second holds discs of 2000 on 100, with photons' noise."""
    y, x = np.mgrid[:size, :size]
    discs = np.full((size, size), 100.0)
    for top, left in places:
        discs[np.square(y - top) + np.square(x - left) <= RADIUS**2] = 2000
    noisy = np.random.default_rng(len(places)).poisson(discs)
    return np.stack([np.full((size, size), LEVEL), noisy]).astype(np.uint16)


RECIPE = Recipe(("flat", "DNA"), 1, 2 * RADIUS)


@pytest.fixture(scope="module")
def measured() -> tuple[NDArray[np.float32], tuple[str, ...]]:
    return measure_field(painted(PLACES), RECIPE)


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    folder = tmp_path_factory.mktemp("painted")
    rows = []
    for number, places in enumerate([PLACES, PLACES[:2], []]):
        tifffile.imwrite(folder / f"{number}.tif", painted(places))
        well = {"plate": "p", "well": f"A{number + 1:02d}", "site": "1", "treatment": f"t{number}"}
        rows.append({**well, "path": f"{number}.tif", "channel_names": "flat;DNA"})
    pd.DataFrame(rows).to_csv(folder / "screen.csv", index=False)
    return read_screen(folder / "screen.csv")


def profiles_of(screen: Screen, folder: Path, **others: object):
    return finish(classical_profiles(screen, finish(fill_cache(screen, folder)), Objects(**others)))


def test_labels_are_the_nuclei_that_are_found_numbered_without_gaps() -> None:
    plane = painted(PLACES)[1]
    labels, found = label_nuclei(plane, 2 * RADIUS), find_nuclei(plane, 2 * RADIUS)
    assert sorted(np.unique(labels)) == list(range(len(PLACES) + 1))
    assert sorted(np.bincount(labels.ravel())[1:]) == sorted(found["area"])
    assert label_nuclei(painted([])[1], 2 * RADIUS).max() == 0


def test_areas_and_intensities_are_those_of_the_pixels_of_each_nucleus(measured) -> None:
    values, names = measured
    found = dict(zip(names, values.T, strict=True))
    assert len(values) == len(PLACES)
    pixels = painted(PLACES)
    labels = label_nuclei(pixels[1], 2 * RADIUS)
    areas = np.bincount(labels.ravel())[1:]
    means = np.bincount(labels.ravel(), pixels[1].ravel())[1:] / areas
    np.testing.assert_array_equal(found["Nuclei_Area"], areas)
    assert areas == pytest.approx(np.full(5, np.pi * RADIUS**2), rel=0.5)  # the finder smooths, and rounds up
    assert (found["Cells_Area"] > 2 * areas).all()
    assert found["Nuclei_Intensity_MeanIntensity_flat"] == pytest.approx(np.full(5, LEVEL / 65535), rel=1e-4)
    assert found["Nuclei_Intensity_MeanIntensity_DNA"] == pytest.approx(means / 65535, rel=1e-4)


def test_nothing_says_where_in_the_field_a_cell_lies(measured) -> None:
    _, names = measured
    assert not [name for name in names if "Location" in name or "Center_" in name or "BoundingBoxM" in name]
    assert len(set(names)) == len(names)


def test_a_field_without_nuclei_has_no_rows() -> None:
    values, names = measure_field(painted([]), RECIPE)
    assert len(values) == len(names) == 0


def test_fields_are_medians_over_their_cells_and_do_not_know_each_other(screen: Screen, tmp_path: Path) -> None:
    both = profiles_of(screen, tmp_path, diameter=2 * RADIUS)
    assert both.table["treatment"].tolist() == ["t0", "t1"]  # the third has no nucleus
    assert both.table["num_cells"].tolist() == [5, 2]
    alone = profiles_of(screen.take([1]), tmp_path, diameter=2 * RADIUS)
    kept = [alone.names.index(name) for name in both.names if name in alone.names]
    assert len(kept) > 200
    shared = [both.names.index(alone.names[place]) for place in kept]
    np.testing.assert_array_equal(both.values[1, shared], alone.values[0, kept])


@pytest.mark.slow
def test_two_processes_measure_the_same(screen: Screen, tmp_path: Path) -> None:
    cache = finish(fill_cache(screen, tmp_path))
    one, two = (finish(classical_profiles(screen, cache, Objects(), workers=number)) for number in (1, 2))
    assert one.names == two.names
    np.testing.assert_array_equal(one.values, two.values)


def test_cells_one_by_one(screen: Screen, tmp_path: Path) -> None:
    found = profiles_of(screen, tmp_path, level="cell", diameter=2 * RADIUS)
    assert found.table["cell"].tolist() == [1, 2, 3, 4, 5, 1, 2]
    assert found.level == "cell"


def test_what_cannot_be_measured_is_said(screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProfilesError, match="no nucleus was found"):
        profiles_of(screen.take([2]), tmp_path, diameter=2 * RADIUS)
    with pytest.raises(ConfigError, match="DNB"):
        profiles_of(screen, tmp_path, channel="DNB")
    monkeypatch.setitem(sys.modules, "cp_measure.featurizer", None)
    with pytest.raises(ConfigError, match=r"napari-cdcl\[classical\]"):
        profiles_of(screen, tmp_path)


def test_the_verb_writes_profiles_that_every_other_verb_reads(screen: Screen, tmp_path: Path) -> None:
    out = tmp_path / "classical.parquet"
    words = [str(screen.folder / "screen.csv"), "-o", str(out), "--cache", str(tmp_path / "cache")]
    assert main(["measure", *words]) == 0
    profiles = read_profiles(out)
    assert profiles.provenance["model"].startswith("cp_measure ")
    assert len(profiles) == 2
    assert main(["measure", words[0], "-o", str(tmp_path / "x.txt")]) == 2
    assert main(["measure", *words, "--diameter", "-1"]) == 2
