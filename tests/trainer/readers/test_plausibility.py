"""A pattern that fits every name may still read a field as a well: what is unlike a screen is said."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.readers import Request, guess_pattern, preview, scan_source
from cdcl.readers.pattern import compile_pattern
from cdcl.readers.plausibility import DOUBTFUL, find_doubts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Touch = Callable[..., None]


def names_of(form: str, **parts: object) -> list[str]:
    return [form.format(**dict(zip(parts, values, strict=True))) for values in itertools.product(*parts.values())]  # type: ignore[call-overload]


def doubts_of(pattern: str, names: list[str]) -> str:
    return "; ".join(doubt.text for doubt in find_doubts(list(preview(pattern, names).matched.values())))


@pytest.mark.parametrize(
    ("pattern", "names", "doubt"),
    [
        ("{plate}_{well}_{channel}.tif", names_of("s{s}_F{f:02d}_{c}.tif", s=(1, 2), f=(1, 2, 3), c="rg"),
         "all wells lie in row F: are F01 to F03 wells?"),
        ("{plate}_{well}_s{site}.tif", names_of("stage_E{e}_s{s}.tif", e=(10, 14), s=(1, 2)), "are E10 and E14 wells?"),
        ("{well}_s{site}_{channel}.tif", names_of("A{w}_s{s}_{h}h.tif", w=(1, 2), s=(1, 2), h=(0, 24, 48)),
         "its channels look like times, such as 48h"),
        ("{well}_s{site}_{channel}h.tif", names_of("A{w}_s{s}_{h}h.tif", w=(1, 2), s=(1, 2), h=(0, 24, 48)),
         "channels are numbered up to 48"),
        ("{well}_{site}_{channel}.tif", names_of("A{w}_{h}_{c}.tif", w=(1, 2), h=(0, 24, 48), c="rg"),
         "fields are numbered 0, 24, 48: are those times?"),
        ("{well}_{channel}_x.tif", names_of("A{w}_{c:03d}_x.tif", w=(1, 2), c=range(20)), "it finds 20 channels"),
        ("{plate}_{well}_s{site}.tif", names_of("P{p}_B02_s{s}.tif", p=range(5), s=(1, 2)), "has one well only"),
        ("{well}_s{site}.tif", names_of("B{w}_s{s}.tif", w=(1, 2), s=(7, 8)), "fields are numbered from 7"),
        ("{plate}_{well}.tif", names_of("p_R{w}.tif", w=(1, 2)), "well R01 is on no plate of 384 wells"),
        ("{well}_*.tif", names_of("A{w}_{h}.tif", w=(1, 2), h=(0, 24, 48)), "4 images get the place of another"),
        ("{plate}_{well}_{site}.tif", names_of("p_C03_{s}.tif", s=(1, 2)), "all images are of one well, C03"),
    ],
)  # fmt: skip
def test_what_is_unlike_a_screen_is_said(pattern: str, names: list[str], doubt: str) -> None:
    assert doubt in doubts_of(pattern, names)


@pytest.mark.parametrize(
    "name",
    [
        "P{p}_{w}_s{s}_w{c}.tif", "{w}_{d}_{s}.png", "P{p}-{w}-T01-Z1-xy{s}-{d}.tif", "r{r}c{k}f{s}p01-ch{c}.tiff",
        "P{p}_{w}_{s}_{nm}.tif",
    ],
)  # fmt: skip
@pytest.mark.parametrize("wells", [["A01", "A02"], ["B02", "C03", "D04"], ["P23", "A01"]])
def test_screens_are_not_doubted(name: str, wells: list[str]) -> None:
    names = [
        name.format(p=p, w=w, s=s, c=c, d=d, nm=nm, r=f"{ord(w[0]) - 64:02d}", k=w[1:])
        for p in (1, 2) for w in wells for s in (1, 2, 3)
        for c, d, nm in ((1, "DAPI", 405), (2, "Actin", 488))
    ]  # fmt: skip
    guess = guess_pattern(sorted(set(names)))
    assert guess is not None
    assert guess.doubts == ()
    assert guess.plausibility == 1


@pytest.mark.parametrize(
    ("form", "parts", "pattern"),
    [
        ("exp_A{w:02d}_s{s}_{h}h.tif", {"w": range(1, 5), "s": (1, 2), "h": (0, 24, 48)},
         "{plate}_{well}_s{site}_{t}h.tif"),
        ("A0{w}-{d}-T0001F00{s}L01A01Z01C01.tif", {"w": (1, 2), "d": ("DAPI", "GFP"), "s": (1, 2)},
         "{well}-{channel}-T{t}F{site}L01A01Z{z}C01.tif"),
        ("p1_B0{w}_{d}_d{n}.tif", {"w": (1, 2), "d": ("DAPI", "GFP"), "n": (1, 2)},
         "{plate}_{well}_{channel}_d{t}.tif"),
        ("{r}_0{c}_f{s}_c{n}_z0.tif", {"r": "AB", "c": (1, 2), "s": (1, 2), "n": (1, 2)},
         "{row}_{column}_f{site}_c{channel}_z{z}.tif"),
    ],
)  # fmt: skip
def test_of_several_readings_the_plausible_one_is_guessed(form: str, parts: dict[str, object], pattern: str) -> None:
    guess = guess_pattern(names_of(form, **parts))
    assert guess is not None
    assert (guess.pattern, guess.doubts) == (pattern, ())


def test_what_comes_and_goes_with_the_number_of_names_is_not_missed() -> None:
    names = names_of("P{p}_{r}{c:02d}_T{t:03d}_{d}.tif", p=(1, 2), r="ABCD", c=range(1, 7), t=range(50),
                     d=("red", "green"))  # fmt: skip
    guess = guess_pattern(names)
    assert guess is not None
    assert guess.pattern == "{plate}_{well}_T{t}_{channel}.tif"


def test_scan_says_what_is_doubtful_of_a_pattern(tmp_path: Path, touch: Touch) -> None:
    touch(*names_of("s{s}_F0{f}.tif", s=(1, 2), f=(1, 2, 3)))
    scan = scan_source(tmp_path, Request(pattern="{plate}_{well}.tif"))
    assert [note for note in scan.notes if note.startswith(DOUBTFUL)] == [
        f"{DOUBTFUL}all wells lie in row F: are F01 to F03 wells?"
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.permutations(["plate", "well", "site", "channel"]),
    st.sampled_from(["_", "-", " "]),
    st.integers(1, 3),
    st.sampled_from([("DAPI", "GFP"), ("w1", "w2"), ("405", "561")]),
)
def test_a_guess_without_doubt_tells_every_image_from_every_other(
    order: list[str], sign: str, sites: int, channels: tuple[str, ...]
) -> None:
    values = {"plate": ("P1", "P2"), "well": ("B02", "C03", "D10"), "site": [f"s{n + 1}" for n in range(sites)],
              "channel": channels}  # fmt: skip
    names = [sign.join(parts) + ".tif" for parts in itertools.product(*(values[name] for name in order))]
    guess = guess_pattern(names)
    if guess is None or guess.doubts:
        return
    found = preview(guess.pattern, names).matched
    wells = {row.get("well") or row["row"] + row["column"] for row in found.values()}
    assert compile_pattern(guess.pattern)
    assert wells == set(values["well"])
    assert len({tuple(sorted(row.items())) for row in found.values()}) == len(found)
