from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.errors import ScreenError
from cdcl.readers import Request, guess_pattern, preview, scan_source
from cdcl.readers.pattern import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Touch = Callable[..., None]


@pytest.mark.parametrize(
    ("pattern", "name", "parts"),
    [
        ("{plate}_{well}_s{site}_w{channel}.tif", "x/my_plate_b3_s12_wDNA.tif",
         {"plate": "my_plate", "well": "b3", "site": "12", "channel": "DNA"}),
        ("{plate}/{well}/{channel}_*.png", "P1/A01/DNA_junk.png", {"plate": "P1", "well": "A01", "channel": "DNA"}),
        ("r{row}c{column}f{site}.tif", "r02c11f3.tif", {"row": "02", "column": "11", "site": "3"}),
        ("{plate}/{plate}_{well}.tif", "P1/P1_A01.tif", {"plate": "P1", "well": "A01"}),
        (r"(?P<well>[A-H]\d\d)-(?P<channel>\w+)\.tif", "C04-ER.tif", {"well": "C04", "channel": "ER"}),
        ("{donor}_{well}.tif", "D7_A01.tif", {"donor": "D7", "well": "A01"}),
    ],
)  # fmt: skip
def test_a_pattern_tells_the_parts_of_a_name(pattern: str, name: str, parts: dict[str, str]) -> None:
    assert preview(pattern, [name]).matched == {name: parts}


def test_what_does_not_match_is_shown() -> None:
    shown = preview("{plate}_{well}.tif", ["P1_A01.tif", "notes.txt", "P1_A01.tiff"])
    assert shown.unmatched == ("notes.txt", "P1_A01.tiff")
    assert shown.share == pytest.approx(1 / 3)
    assert preview("{well}.tif", []).share == 0


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{plate}_{site}.tif", "names no well"),
        ("(?P<well>[", "cannot be read"),
        ("{1}_{well}", "which is no name"),
        ("(?P<well>a)(?P<well>b)", "cannot be read"),
        ("", "names no well"),
    ],
)
def test_a_pattern_that_cannot_work_is_one_line(pattern: str, message: str) -> None:
    with pytest.raises(ScreenError, match=message) as caught:
        compile_pattern(pattern)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_one_error(pattern: str) -> None:
    with contextlib.suppress(ScreenError):
        preview(pattern, ["P1_A01_s1.tif", ""])


def test_a_folder_is_read_by_a_pattern(tmp_path: Path, touch: Touch) -> None:
    touch("0123/r02c03_DNA.tif", "0123/r02c03_ER.tif", "0123/overview.tif")
    scan = scan_source(tmp_path, Request(pattern="{plate}/r{row}c{column}_{channel}.tif"))
    assert scan.layout == "pattern"
    assert scan.screen.sites[["plate", "well", "site"]].to_numpy().tolist() == [["0123", "B03", "1"]]
    assert scan.screen.channels == ("DNA", "ER")
    assert scan.notes == ("1 other images are left out, such as 0123/overview.tif.",)


def test_own_parts_become_columns(tmp_path: Path, touch: Touch) -> None:
    touch("d7_A01.tif", "d8_A02.tif")
    sites = scan_source(tmp_path, Request(pattern="{donor}_{well}.tif")).screen.sites
    assert sites["donor"].tolist() == ["d7", "d8"]
    assert sites["plate"].nunique() == 1


def test_a_pattern_that_matches_nothing_shows_a_name(tmp_path: Path, touch: Touch) -> None:
    touch("a.tif")
    with pytest.raises(ScreenError, match=r"matches none of 1 images below .*, such as a\.tif\."):
        scan_source(tmp_path, Request(pattern="{well}_x.tif"))


WELLS = [f"{row}{column:02d}" for row in "ABCH" for column in (1, 2, 11)]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("myexp_{w}_s{s}_w{c}.tif", "{plate}_{well}_s{site}_w{channel}.tif"),
        ("{w}_{d}_{s}.png", "{well}_{channel}_{site}.png"),
        ("{w}f{s}d{c}.tif", "{well}f{site}d{channel}.tif"),
        ("P1-{w}-T01-Z1-xy{s}-{d}.ome.tif", "{plate}-{well}-T{t}-Z{z}-xy{site}-{channel}.ome.tif"),
        ("Plate7 {w} field {s} {d}.jpg", "{plate} {well} field {site} {channel}.jpg"),
        ("r{r}c{k}f{s}p01-ch{c}sk1fk1fl1.tiff", "r{row}c{column}f{site}p01-ch{channel}sk1fk1fl1.tiff"),
    ],
)
def test_a_pattern_is_guessed_from_names(name: str, pattern: str) -> None:
    names = [
        "folder/" + name.format(w=well, s=site, c=channel, d=stain, r=f"{ord(well[0]) - 64:02d}", k=well[1:])
        for well in WELLS for site in (1, 2, 3) for channel, stain in ((1, "DNA"), (2, "Actin"))
    ]  # fmt: skip
    guess = guess_pattern([*names, "folder/readme.jpg"])
    assert guess is not None
    assert guess.pattern == pattern
    parts = preview(guess.pattern, names)
    assert not parts.unmatched, guess.pattern
    assert guess.unmatched == ("readme.jpg",)
    for found in parts.matched.values():
        assert {"site", "channel"} <= set(found), guess.pattern
        assert "well" in found or {"row", "column"} <= set(found)
    keys = {tuple(sorted((k, v) for k, v in found.items())) for found in parts.matched.values()}
    assert len(keys) == len(names), guess.pattern


@given(st.lists(st.text("aAbB01_-. #", min_size=1, max_size=12), max_size=6))
def test_guessing_never_fails(names: list[str]) -> None:
    guess = guess_pattern(names)
    assert guess is None or 0 <= guess.share <= 1


def test_names_without_wells_give_no_guess() -> None:
    assert guess_pattern(["image-1.tif", "image-2.tif"]) is None
    assert guess_pattern([]) is None
