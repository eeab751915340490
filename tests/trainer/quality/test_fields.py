from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from cdcl.pixels.cache import fill_cache
from cdcl.quality import FLAG_COLUMNS, flag_fields, measure_fields
from cdcl.quality.fields import focus_slope
from cdcl.screen import Screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

BAD = {3: "out of focus", 5: "saturated", 7: "empty", 9: "debris", 11: "unreadable"}


def field(seed: int) -> np.ndarray:
    """Bright spots on a noisy ground, as a camera of 12 bit sees them."""
    rng = np.random.default_rng(seed)
    image = np.zeros((2, 128, 128))
    for channel in image:
        channel[rng.integers(8, 120, 40), rng.integers(8, 120, 40)] = 15000
    return np.clip(gaussian_filter(image, (0, 2, 2)) + rng.normal(200, 8, image.shape), 0, 4095)


def spoil(image: np.ndarray, how: str, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if how == "out of focus":
        image[0] = gaussian_filter(image[0], 4)
    elif how == "saturated":
        image[1, :20, :20] = 4095
    elif how == "empty":
        image[:] = rng.normal(200, 8, image.shape)
    elif how == "debris":
        image[1, 50:60, 50:60] = 4000
    return image


@pytest.fixture
def flagged(tmp_path: Path) -> pd.DataFrame:
    # One of a hundred may be unreadable without the cache refusing the screen.
    for number in range(30):
        np.save(tmp_path / f"{number}.npy", spoil(field(number), BAD.get(number, ""), number).astype(np.uint16))
    (tmp_path / "11.npy").write_bytes(b"")
    sites = pd.DataFrame(
        {"batch": "w1", "plate": "p", "well": [f"A{n + 1:02d}" for n in range(30)], "site": "1",
         "path": [f"{n}.npy" for n in range(30)]}
    )  # fmt: skip
    screen = Screen(sites, ("DNA", "Actin"), tmp_path)
    cache = finish(fill_cache(screen, tmp_path / "cache"))
    return flag_fields(screen, finish(measure_fields(screen, cache)))


def test_each_bad_field_is_flagged_for_what_it_is_and_no_good_one(flagged: pd.DataFrame) -> None:
    found = {int(row.well[1:]) - 1: (row.flag, row.channel) for row in flagged.itertuples() if row.flag != "debris"}
    assert found == {
        3: ("out of focus", "DNA"), 5: ("saturated", "Actin"), 7: ("empty", ""), 11: ("unreadable", "")
    }  # fmt: skip
    debris = flagged[flagged["flag"] == "debris"]
    assert "A10" in set(debris["well"])
    assert set(debris["well"]) <= {"A10", "A06"}  # a saturated corner is bright too
    assert set(debris["channel"]) == {"Actin"}


def test_a_flag_carries_the_keys_of_its_image_and_the_number_that_gave_it_away(flagged: pd.DataFrame) -> None:
    assert tuple(flagged.columns) == FLAG_COLUMNS
    line = flagged[flagged["flag"] == "saturated"].iloc[0]
    assert tuple(line[["batch", "plate", "well", "site"]]) == ("w1", "p", "A06", "1")
    assert line["value"] == pytest.approx(400 / 128**2, rel=0.05)
    assert line["limit"] == 0.005


@pytest.mark.parametrize("blank", [12, 1])
def test_fields_whose_pixels_are_all_equal_are_flagged_whether_all_are_or_one(tmp_path: Path, blank: int) -> None:
    for number in range(12):
        image = np.full((2, 128, 128), 200) if number < blank else field(number)
        np.save(tmp_path / f"{number}.npy", image.astype(np.uint16))
    wells = [f"A{number + 1:02d}" for number in range(12)]
    sites = pd.DataFrame({"plate": "p", "well": wells, "site": "1", "path": [f"{n}.npy" for n in range(12)]})
    screen = Screen(sites, ("DNA", "Actin"), tmp_path)
    cache = finish(fill_cache(screen, tmp_path / "cache"))
    flags = flag_fields(screen, finish(measure_fields(screen, cache)))
    empty = flags[flags["flag"] == "empty"]
    assert empty["well"].tolist() == wells[:blank]
    assert set(empty["reason"]) == {"the pixels of each channel are all equal"}


def test_the_more_blur_the_steeper_the_slope() -> None:
    image = field(0)[0]
    slopes = [focus_slope(image if sigma == 0 else gaussian_filter(image, sigma)) for sigma in (0, 1, 2, 4)]
    assert slopes == sorted(slopes, reverse=True)


def test_a_blank_plane_has_no_focus() -> None:
    assert np.isnan(focus_slope(np.zeros((64, 64))))
