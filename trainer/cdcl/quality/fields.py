"""Single fields of view: out of focus, saturated, empty, full of debris, unreadable."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from cdcl.events import Advanced, Began, Ended
from cdcl.quality.flags import Finding, make_flags
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.pixels.cache import PixelCache
    from cdcl.screen import Screen
    from cdcl.tasks import Task

SATURATED_SHARE = 0.005
"""Share of pixels at the camera's limit above which a channel is saturated."""
EMPTY_SHARE = 0.2
"""Contrast below this share of the channel's median is that of an empty field."""
DEBRIS_TIMES = 4.0
"""Signal of the brightest thousandth above so many times the channel's median is debris."""
FOCUS_DEVIATIONS = 5.0
"""Robust deviations below the median of the plate's channel at which a field is out of focus."""
LEAST_FOCUS_LOSS = 0.3
"""A slope no steeper than the median's by this is in focus, however alike the fields are."""
ENOUGH_FIELDS = 20
"""Fields of a plate that can be compared among themselves."""

_EMPTY_REASON = f"no channel has {EMPTY_SHARE:g} of its usual contrast"
_BLANK_REASON = "the pixels of each channel are all equal"
_FOCUS_REASON = "fine detail is missing that the other fields have"
_DEBRIS_REASON = f"the brightest thousandth is more than {DEBRIS_TIMES:g} times as bright as usual"

_LIMITS = (255, 1023, 4095, 16383, 65535)
"""Greatest values of cameras of 8, 10, 12, 14 and 16 bit."""
_TILE, _TILES = 256, 4
"""Side of the tiles that focus is judged on, and how many: a power of two for the Fourier transform, one a quarter."""
_MOST_SIDE = 512
"""Pixels a side that saturation and contrast are judged on: quantiles of a quarter of a million pixels are steady."""


def measure_fields(screen: Screen, cache: PixelCache) -> Task[pd.DataFrame]:
    """Measure each field and channel.

    Focus is the slope of the logarithm of power against that of frequency, over 64 to 4 pixels: a blurred image has
    lost its high frequencies, its slope is steeper (Bray et al. 2012).

    Returns
    -------
    DataFrame
        One row a field and channel: row (of the screen), channel, readable, focus, saturated (share of pixels),
        contrast (99th less 1st percentile), top (99.9th percentile less the median); NaN where nothing can be read.
    """
    records: list[list[object]] = []
    yield Began("field quality", total=len(screen), unit="field")
    for row in range(len(screen)):
        readable = bool(cache.readable[row])
        for number, channel in enumerate(screen.channels):
            figures = _measure(cache.field(row)[number]) if readable else [np.nan] * 4
            records.append([row, channel, readable, *figures])
        yield Advanced(row + 1)
    yield Ended()
    return pd.DataFrame(records, columns=["row", "channel", "readable", "focus", "saturated", "contrast", "top"])


def flag_fields(screen: Screen, measured: pd.DataFrame) -> pd.DataFrame:
    """List the fields to look at, each with the reason, in the columns of `FLAG_COLUMNS`.

    A field is compared with the same channel of its own plate where 20 or more fields are there, else of the screen.
    It is empty where every channel is, and then nothing else is said of it; so is a field whose pixels are all equal,
    whatever is usual.

    Parameters
    ----------
    screen
        The one that was measured.
    measured
        As from `measure_fields`: a row a field and channel.

    Returns
    -------
    DataFrame
        The columns of `FLAG_COLUMNS`; a flag of `FIELD_FLAGS` a row, with the measured value and the limit it passed.
    """
    table = measured.reset_index(drop=True)
    usual = _usual(table, screen)
    table["readable"] = table["readable"].astype(bool)
    blank = (table["contrast"] == 0) & (table["top"] == 0) & table["focus"].isna()
    faint = blank | (table["contrast"] < usual["contrast"])
    empty = faint.groupby(table["row"]).transform("all") & table["readable"]
    all_blank = blank.groupby(table["row"]).transform("all")
    usable, once = table["readable"] & ~empty, ~table.duplicated("row")
    blurred, nothing = table["focus"] < usual["focus"], pd.Series(np.nan, index=table.index)
    checks = [
        _Check("unreadable", "the image cannot be read", once & ~table["readable"], nothing, nothing),
        _Check("empty", _EMPTY_REASON, once & empty & ~all_blank, table["contrast"], usual["contrast"]),
        _Check("empty", _BLANK_REASON, once & empty & all_blank, table["contrast"], usual["contrast"]),
        _Check("out of focus", _FOCUS_REASON, usable & blurred, table["focus"], usual["focus"]),
        _Check(
            "saturated", "share of pixels at the camera's limit", usable & (table["saturated"] > SATURATED_SHARE),
            table["saturated"], nothing.fillna(SATURATED_SHARE),
        ),
        _Check("debris", _DEBRIS_REASON, usable & (table["top"] > usual["top"]), table["top"], usual["top"]),
    ]  # fmt: skip
    return pd.concat([check.lines(screen, table) for check in checks], ignore_index=True)


class _Check(NamedTuple):
    """A flag, the rows of the measurements that deserve it, and the numbers it is given for."""

    flag: str
    reason: str
    failed: pd.Series
    value: pd.Series
    limit: pd.Series

    def lines(self, screen: Screen, table: pd.DataFrame) -> pd.DataFrame:
        failed = table[self.failed]
        whole = self.flag in ("unreadable", "empty")
        channel = "" if whole else failed["channel"].tolist()
        finding = Finding(self.flag, self.reason, self.value[self.failed], self.limit[self.failed], channel)
        return make_flags(screen.sites, failed["row"].to_numpy(dtype=np.int64), finding)


def _usual(table: pd.DataFrame, screen: Screen) -> pd.DataFrame:
    """Give the limit of contrast, top and focus for each row, from what is usual among its like."""
    plate = plate_keys(screen.sites).to_numpy()[table["row"].to_numpy()]
    keys = pd.Series(plate, index=table.index) + "/" + table["channel"]
    like = keys.where(keys.map(keys.value_counts()) >= ENOUGH_FIELDS, table["channel"])
    centre = table.groupby(like)["focus"].transform("median")
    spread = 1.4826 * (table["focus"] - centre).abs().groupby(like).transform("median")
    return pd.DataFrame(
        {
            "contrast": EMPTY_SHARE * table.groupby("channel")["contrast"].transform("median"),
            "top": DEBRIS_TIMES * table.groupby(like)["top"].transform("median"),
            "focus": centre - np.maximum(FOCUS_DEVIATIONS * spread, LEAST_FOCUS_LOSS),
        }
    )


def _measure(pixels: NDArray[np.generic]) -> list[float]:
    """Give focus, saturated, contrast and top of a plane (Y, X)."""
    step = max(1, -(-max(pixels.shape) // _MOST_SIDE))
    some = np.asarray(pixels[::step, ::step], dtype=np.float32)
    low, middle, high, top = np.percentile(some, [1, 50, 99, 99.9])
    brightest = float(some.max())
    saturated = float((some == brightest).mean()) if brightest in _LIMITS else 0.0
    return [focus_slope(pixels), saturated, float(high - low), float(top - middle)]


def focus_slope(pixels: NDArray[np.generic]) -> float:
    """Give the slope of log power against log frequency of a plane (Y, X), over four tiles; NaN for a blank one."""
    side = min(_TILE, *pixels.shape)
    window = np.hanning(side)[:, None] * np.hanning(side)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    bands = np.geomspace(1 / 64, 1 / 4, 9)
    band = np.digitize(frequency, bands) - 1
    inside = (band >= 0) & (band < len(bands) - 1)
    power = np.zeros(len(bands) - 1)
    for tile in _tiles(pixels, side):
        spectrum = np.abs(np.fft.rfft2((tile - tile.mean()) * window)) ** 2
        power += np.bincount(band[inside], spectrum[inside], minlength=len(power))
    counts = np.bincount(band[inside], minlength=len(power))
    known = (counts > 0) & (power > 0)
    if known.sum() < 3:
        return float("nan")
    centres = np.sqrt(bands[1:] * bands[:-1])
    return float(np.polyfit(np.log(centres[known]), np.log(power[known] / counts[known]), 1)[0])


def _tiles(pixels: NDArray[np.generic], side: int) -> list[NDArray[np.float32]]:
    """Cut four tiles around the centres of the quarters of a plane."""
    tops, lefts = (np.unique(np.linspace(0, length - side, 2).astype(int)) for length in pixels.shape)
    return [
        np.asarray(pixels[top : top + side, left : left + side], dtype=np.float32) for top in tops for left in lefts
    ]
