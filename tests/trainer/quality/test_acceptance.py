"""New plates of known faults against a protocol: each fault is named, and a plate without one joins."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles
from cdcl.quality import Wells, wells_of
from cdcl.quality.acceptance import as_table, check_fields, check_images, check_plates, verdict_of
from cdcl.quality.protocol import CARD, make_protocol, read_protocol, write_protocol
from cdcl.screen import Screen

if TYPE_CHECKING:
    from cdcl.quality.acceptance import Check
    from cdcl.quality.protocol import Protocol


def make_plates(num: int, seed: int, *, shift: float = 0.0, effect: float = 12.0, cells: int = 100) -> Wells:
    """Make plates whose controls lie at the same places, of which positive ones lie `effect` away."""
    rng, plate = np.random.default_rng(seed), np.repeat(np.arange(num), 96)
    kinds = np.tile(np.array([""] * 48 + ["negative"] * 32 + ["positive"] * 16), num)
    values = rng.normal(size=(len(plate), 6)) + 0.3 * rng.normal(size=(num, 6))[plate] + shift
    values[kinds == "positive", 0] += effect
    number = np.tile(np.arange(96), num)
    table = pd.DataFrame({"plate": [f"P{seed}{n}" for n in plate], "control": kinds})
    table["well"] = [f"{'ABCDEFGH'[n // 12]}{n % 12 + 1:02d}" for n in number]
    table["treatment"] = np.where(kinds == "negative", "DMSO", np.where(kinds == "positive", "taxol", "x"))
    table["num_cells"] = rng.poisson(cells, len(table))
    return wells_of(Profiles(values.astype(np.float32), table, "well"))


def screen_of(wells: Wells, channels: tuple[str, ...] = ("DNA", "Actin"), pixel_size: float | None = 0.5) -> Screen:
    return Screen(wells.profiles.table.assign(site=1), channels, Path(), pixel_size)


def measured_on(wells: Wells, *, blurred: float = 0.0) -> pd.DataFrame:
    """Make slopes of focus, a field a well and two channels."""
    num = len(wells.profiles)
    rng = np.random.default_rng(1)
    slopes = rng.normal(-2, 0.05, (num, 2)) - 3.0 * (np.arange(num) < blurred * num)[:, None]
    return pd.DataFrame(
        {"row": np.repeat(np.arange(num), 2), "channel": ["DNA", "Actin"] * num, "focus": slopes.ravel()}
    )


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    wells = make_plates(4, 0)
    return make_protocol(wells, screen_of(wells), measured_on(wells))


def verdicts(checks: list[Check]) -> dict[str, str]:
    return {check.check: check.verdict for check in checks}


def test_a_plate_like_the_others_joins(protocol: Protocol) -> None:
    new = make_plates(1, 5)
    checks = check_images(screen_of(new), protocol) + check_plates(new, protocol)
    checks += check_fields(measured_on(new), screen_of(new), protocol)
    assert {check.check for check in checks} >= {"channels", "pixel size", "drift", "Z' taxol", "cells", "focus"}
    assert verdict_of(checks) == "joins", as_table(checks)


@pytest.mark.parametrize(
    ("fault", "check", "verdict"),
    [
        ({"shift": 1.6}, "drift", "look"),
        ({"shift": 8.0}, "drift", "stop"),
        ({"effect": 0.5}, "Z' taxol", "stop"),
        ({"cells": 60}, "cells", "look"),
        ({"cells": 10}, "cells", "stop"),
    ],
)
def test_each_fault_is_named_and_no_other(
    protocol: Protocol, fault: dict[str, float], check: str, verdict: str
) -> None:
    found = verdicts(check_plates(make_plates(1, 5, **fault), protocol))  # type: ignore[arg-type]
    assert found.pop(check) == verdict
    assert set(found.values()) == {"joins"}


@pytest.mark.parametrize(("share", "verdict"), [(0.02, "joins"), (0.2, "look"), (0.8, "stop")])
def test_focus_is_judged_by_the_limits_of_the_reference(protocol: Protocol, share: float, verdict: str) -> None:
    new = make_plates(1, 5)
    checks = check_fields(measured_on(new, blurred=share), screen_of(new), protocol)
    assert verdicts(checks) == {"focus": verdict}


@pytest.mark.parametrize(
    ("channels", "pixel_size", "found"),
    [
        (("Actin", "DNA"), 0.5, ("joins", "joins")),
        (("DNA",), 0.5, ("stop", "joins")),
        (("DNA", "Actin", "ER"), 0.5, ("look", "joins")),
        (("DNA", "Actin"), 0.25, ("joins", "stop")),
        (("DNA", "Actin"), None, ("joins", "look")),
    ],
)
def test_other_images_are_stopped_before_anything_is_embedded(
    protocol: Protocol, channels: tuple[str, ...], pixel_size: float | None, found: tuple[str, str]
) -> None:
    checks = check_images(screen_of(make_plates(1, 5), channels, pixel_size), protocol)
    assert tuple(check.verdict for check in checks) == found


def test_controls_at_other_places_and_new_treatments_are_said(protocol: Protocol) -> None:
    new = make_plates(1, 5)
    table = new.profiles.table.assign(treatment=new.profiles.table["treatment"].replace("x", "AZ1"))
    table["well"] = table["well"].to_numpy()[::-1]
    found = {check.check: check for check in check_plates(wells_of(replace(new.profiles, table=table)), protocol)}
    assert found["places"].verdict == "look"
    assert found["treatments"].reason == "1 was not there before: AZ1"


@pytest.mark.parametrize(
    ("treatments", "reason", "verdict"),
    [
        ({}, "the one treatment was there before", "joins"),
        ({"x": ""}, "none, controls alone", "joins"),
        (None, "the plate names none; whether they are new is not known", "look"),
    ],
)
def test_what_is_said_of_treatments_is_said_of_those_that_are_there(
    treatments: dict[str, str] | None, reason: str, verdict: str, protocol: Protocol
) -> None:
    new = make_plates(1, 5)
    table = new.profiles.table
    table = table.drop(columns="treatment") if treatments is None else table.replace({"treatment": treatments})
    found = {check.check: check for check in check_plates(wells_of(replace(new.profiles, table=table)), protocol)}
    assert (found["treatments"].reason, found["treatments"].verdict) == (reason, verdict)


def test_a_plate_without_controls_is_stopped(protocol: Protocol) -> None:
    new = make_plates(1, 5)
    none = wells_of(replace(new.profiles, table=new.profiles.table.assign(control="", treatment="x")))
    assert verdicts(check_plates(none, protocol)) == {"controls": "stop"}
    with pytest.raises(ProfilesError, match="negative controls"):
        make_protocol(none, screen_of(none))


def test_a_protocol_comes_back_from_disk_as_it_was(protocol: Protocol, tmp_path: Path) -> None:
    write_protocol(protocol, tmp_path)
    again, new = read_protocol(tmp_path), make_plates(2, 7, shift=0.7)
    pd.testing.assert_frame_equal(as_table(check_plates(new, again)), as_table(check_plates(new, protocol)))
    (tmp_path / "protocol.json").write_text("{}")
    with pytest.raises(ProfilesError, match="make it anew"):
        read_protocol(tmp_path)
    with pytest.raises(ProfilesError, match="no protocol"):
        read_protocol(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("drift", "[NaN]"), ("cells", "[NaN]"), ("cells", "[-3]"), ("blurred", "[Infinity]"), ("novel", "[NaN]"),
        ("z_prime", '{"taxol": [NaN]}'), ("focus", '{"DNA": NaN}'), ("pixel_size", "NaN"), ("pixel_size", "-1"),
        ("channels", "[]"), ("drift", '["high"]'), ("cells", '"many"'),
    ],
)  # fmt: skip
def test_limits_that_no_plate_can_exceed_are_refused(protocol: Protocol, name: str, value: str, tmp_path: Path) -> None:
    write_protocol(protocol, tmp_path)
    card = json.loads((tmp_path / CARD).read_text())
    (tmp_path / CARD).write_text(json.dumps({**card, name: 0}).replace(f'"{name}": 0', f'"{name}": {value}'))
    with pytest.raises(ProfilesError, match="make it anew"):
        read_protocol(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"scale": np.zeros(6)},
        {"scale": np.ones(5)},
        {"centre": np.full(6, np.nan)},
        {"centre": np.zeros((2, 6))},
        {"axes": {"taxol": np.ones(7)}},
    ],
)
def test_a_reference_whose_arrays_judge_nothing_is_refused(
    protocol: Protocol, changed: dict[str, Any], tmp_path: Path
) -> None:
    write_protocol(replace(protocol, **changed), tmp_path)
    with pytest.raises(ProfilesError, match="make it anew"):
        read_protocol(tmp_path)


def test_profiles_of_another_length_than_the_reference_are_refused(protocol: Protocol) -> None:
    new = make_plates(1, 5)
    short = wells_of(replace(new.profiles, values=new.profiles.values[:, :4]))
    with pytest.raises(ProfilesError, match="4 features and the protocol 6"):
        check_plates(short, protocol)


def test_cells_that_were_not_counted_on_one_plate_want_a_look_there_and_are_judged_on_the_other(
    protocol: Protocol,
) -> None:
    new = make_plates(2, 5)
    table = new.profiles.table.copy()
    table["num_cells"] = table["num_cells"].astype(float).mask(table["plate"] == "P50")
    found = {check.plate: check for check in check_plates(wells_of(replace(new.profiles, table=table)), protocol)
             if check.check == "cells"}  # fmt: skip
    assert {plate: check.verdict for plate, check in found.items()} == {"P50": "look", "P51": "joins"}
    assert "not counted" in found["P50"].reason


def test_a_channel_that_is_even_everywhere_has_no_limit_of_focus() -> None:
    wells = make_plates(2, 0)
    measured = measured_on(wells)
    measured.loc[measured["channel"] == "Actin", "focus"] = np.nan
    assert set(make_protocol(wells, screen_of(wells), measured).focus) == {"DNA"}
