"""Fields as arrays: read once for all channels, black where they cannot be read."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from cdcl.screen import Screen
from napari_cdcl.layers import pixels as module
from napari_cdcl.layers.contrast import sample_limits
from napari_cdcl.layers.pixels import ChannelPixels, FieldPixels

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class CountingScreen(Screen):
    """Remembers which rows were read."""

    read: list[int] = field(default_factory=list)

    def image(self, row: int) -> NDArray[np.generic]:
        self.read.append(row)
        return super().image(row)


@pytest.fixture
def counting(small_screen: Screen) -> CountingScreen:
    return CountingScreen(small_screen.sites, small_screen.channels, small_screen.folder)


def test_a_field_is_read_once_for_all_its_channels(counting: CountingScreen) -> None:
    fields = FieldPixels(counting)
    channels = [ChannelPixels(fields, number) for number in range(2)]
    for channel in channels:
        np.testing.assert_array_equal(channel[5, 3:7], counting.image(5)[channel.channel, 3:7])
    assert counting.read.count(5) == 3
    assert channels[0].shape == (24, 40, 48)
    assert channels[0].dtype == np.uint16


def test_indices_are_numpys(counting: CountingScreen, small_screen: Screen) -> None:
    channel = ChannelPixels(FieldPixels(counting), 1)
    whole = np.stack([small_screen.image(row)[1] for row in range(24)])
    for key in (
        3,
        -1,
        np.int64(2),
        (4, slice(1, 9)),
        slice(2, 6),
        (slice(0, 9, 4), 3),
        (7, 1, 1),
        (Ellipsis, 0),
        slice(0, 0),
    ):
        np.testing.assert_array_equal(channel[key], whole[key])
    np.testing.assert_array_equal(np.asarray(channel), whole)


def test_all_fields_of_a_large_screen_are_never_read_at_once(
    counting: CountingScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAY_OUT", 10_000)
    assert ChannelPixels(FieldPixels(counting), 0)[:].shape == (1, 40, 48)


def test_unreadable_fields_are_black_and_remembered(small_screen: Screen) -> None:
    sites = small_screen.sites.copy()
    sites.loc[[0, 3], "path"] = "gone.tif"
    fields = FieldPixels(Screen(sites, small_screen.channels, small_screen.folder))
    assert fields.size == (40, 48)
    assert not fields.field(3).any()
    assert "gone.tif" in fields.failures[3]
    assert fields.field(4).any()


def test_a_screen_without_a_readable_field_can_still_be_shown(small_screen: Screen) -> None:
    fields = FieldPixels(Screen(small_screen.sites.assign(path="gone.tif"), ("DNA", "Actin"), small_screen.folder))
    assert ChannelPixels(fields, 1)[2].shape == (1, 1)


def test_fields_of_other_sizes_and_types_lie_in_the_same_corner(tmp_path: Path, small_screen: Screen) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.full((2, 8, 8), 200, np.uint8), photometric="minisblack")
    tifffile.imwrite(tmp_path / "b.tif", np.full((2, 4, 12), 1000, np.uint16), photometric="minisblack")
    sites = small_screen.sites.iloc[:2].assign(path=["a.tif", "b.tif"])
    second = FieldPixels(Screen(sites, ("DNA", "Actin"), tmp_path)).field(1)
    assert second.dtype == np.uint8
    assert (second[:, :4] == 255).all()
    assert not second[:, 4:].any()


def test_threads_get_the_field_they_asked_for(counting: CountingScreen) -> None:
    channel, wrong = ChannelPixels(FieldPixels(counting), 0), []

    def look(start: int) -> None:
        wrong.extend(row for row in range(start, 24, 4) if channel[row][0, 0] != row)

    threads = [threading.Thread(target=look, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_limits_are_percentiles_of_the_sampled_fields(small_screen: Screen) -> None:
    rows = np.arange(12)
    limits = sample_limits(small_screen, rows)
    pixels = np.stack([small_screen.image(row) for row in rows])
    low, high = np.percentile(pixels[:, 1], (1.0, 99.8))
    assert limits[1] == pytest.approx((low, high))
    gone = Screen(small_screen.sites.assign(path="gone.tif"), small_screen.channels, small_screen.folder)
    assert sample_limits(gone, rows) == ()
