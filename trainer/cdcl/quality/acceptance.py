"""Whether a new plate joins the screen that a protocol was made of: joins, wants a look, or stops; and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.quality.drift import distance
from cdcl.quality.protocol import blurred_fields, control_cells
from cdcl.quality.separation import REPORTABLE, z_prime
from cdcl.screen.counting import counted
from cdcl.screen.plates import plate_keys
from cdcl.wording import verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cdcl.quality.protocol import Protocol
    from cdcl.quality.wells import Wells
    from cdcl.screen import Screen

    Rows = tuple[NDArray[np.bool_], NDArray[np.bool_]]

JOINS, LOOK, STOP = VERDICTS = ("joins", "look", "stop")
"""From good to bad."""
COLUMNS = ("plate", "verdict", "check", "value", "limit", "reason")
DRIFTED = 1.0
"""Drift that is never worth a look: what two controls of one plate differ by."""
TWICE = 2.0
"""Times the limit for a look at which drift stops a plate: no reference plate came half as far."""
WIDER = 0.2
"""Share by which controls may have fewer or more cells than on any reference plate."""
FEW_CELLS = 0.2
"""Share of the usual number of cells in controls below which they are dying; as in the report on quality."""
BLURRED, MOST_BLURRED = 0.05, 0.5
"""Shares of fields out of focus that want a look, if no reference plate had as many, and that stop a plate."""
STRANGER = 0.1
"""More of a plate's fields than of any reference plate's that are like no class: one in ten, some wells."""
PIXEL = 0.02
"""Share by which the pixel size may differ: rounding of what instruments write."""


@dataclass(frozen=True)
class Check:
    """One question asked of a plate; "" is asked of all of them."""

    plate: str
    verdict: str
    check: str
    reason: str
    value: float = float("nan")
    limit: float = float("nan")


def check_images(screen: Screen, protocol: Protocol) -> list[Check]:
    """Compare channels and pixel size, before anything is embedded."""
    checks = []
    missing = [name for name in protocol.channels if name not in screen.channels]
    more = [name for name in screen.channels if name not in protocol.channels]
    if missing:
        checks.append(
            Check("", STOP, "channels", f"{', '.join(missing)} missing; there are {', '.join(screen.channels)}")
        )
    else:
        reason = f"{', '.join(more)} are not looked at" if more else "the same"
        checks.append(Check("", LOOK if more else JOINS, "channels", reason))
    ours, theirs = protocol.pixel_size, screen.pixel_size
    if ours is None or theirs is None:
        checks.append(Check("", LOOK, "pixel size", "not known; see to it that the magnification is the same"))
    else:
        wrong = abs(theirs / ours - 1) > PIXEL
        said = f"{theirs:g} micrometres, where the protocol has {ours:g}"
        checks.append(Check("", STOP if wrong else JOINS, "pixel size", said, theirs, ours))
    return checks


def check_plates(wells: Wells, protocol: Protocol) -> list[Check]:
    """Compare the controls of each plate: drift, separation, cells, places; and say which treatments are new."""
    if wells.profiles.values.shape[1:] != protocol.scale.shape:
        raise ProfilesError(
            f"the profiles have {wells.profiles.values.shape[1]} features and the protocol {len(protocol.scale)}: its "
            f"network or its reference was replaced; make it anew with {verb('protocol RUN -o FOLDER')}."
        )
    checks: list[Check] = []
    cells = control_cells(wells)
    for plate, name in enumerate(wells.names):
        own = wells.plates == plate
        negative = own & wells.negative()
        if negative.sum() < 2:
            wells_there = counted(int(negative.sum()), "well", "wells")
            reason = f"{wells_there} of negative controls; two are needed to judge anything"
            checks.append(Check(name, STOP, "controls", reason, float(negative.sum()), 2))
            continue
        checks.append(_drift(wells, negative, name, protocol))
        checks += _separation(wells, (own, negative), name, protocol)
        if protocol.cells:
            checks.append(_cells(cells[plate], name, protocol))
        checks += _places(wells, (own, negative), name, protocol)
    return checks


def check_fields(measured: pd.DataFrame, screen: Screen, protocol: Protocol) -> list[Check]:
    """Compare focus, plate by plate, with the limits of the protocol."""
    if not protocol.focus:
        return []
    blurred, checks = pd.Series(blurred_fields(measured, protocol.focus)), []
    limit = max(BLURRED, *protocol.blurred)
    for name, share in blurred.groupby(plate_keys(screen.sites).to_numpy()).mean().items():
        verdict = STOP if share > MOST_BLURRED else LOOK if share > limit else JOINS
        checks.append(
            Check(str(name), verdict, "focus", f"{share:.0%} of fields are out of focus", float(share), limit)
        )
    return checks


def check_phenotypes(novel: pd.Series, protocol: Protocol) -> list[Check]:
    """Compare the share of fields that are like none of the classes, by plate key, with the reference plates'."""
    limit, checks = max(0.0, *protocol.novel) + STRANGER if protocol.novel else 1.0, []
    for name, share in novel.items():
        verdict = LOOK if share > limit else JOINS
        reason = f"{share:.0%} of fields are like no class that the protocol knows"
        checks.append(Check(str(name), verdict, "phenotypes", reason, float(share), limit))
    return checks


def as_table(checks: list[Check]) -> pd.DataFrame:
    """Give the checks as a table with the columns of `COLUMNS`."""
    return pd.DataFrame([vars(check) for check in checks], columns=list(COLUMNS))


def from_table(table: pd.DataFrame) -> list[Check]:
    """Give the checks of a table, as `as_table` made it.

    Raises
    ------
    ProfilesError
        If a verdict is none of `VERDICTS`.
    """
    odd = sorted(set(table["verdict"]) - set(VERDICTS))
    if odd:
        raise ProfilesError(f"'{str(odd[0])[:40]}' is no verdict; check the plates anew.")
    columns = [table[name].tolist() for name in COLUMNS]
    return [Check(**dict(zip(COLUMNS, row, strict=True))) for row in zip(*columns, strict=True)]


def verdict_of(checks: list[Check], plate: str | None = None) -> str:
    """Give the worst verdict, of all checks, or of those that concern a plate."""
    own = [check.verdict for check in checks if plate is None or check.plate in ("", plate)]
    return max(own, key=VERDICTS.index, default=JOINS)


def _drift(wells: Wells, negative: NDArray[np.bool_], name: str, protocol: Protocol) -> Check:
    away = (wells.profiles.values[negative].mean(axis=0) - protocol.centre) / protocol.scale
    value = float(distance(away[None], np.array([1 / negative.sum()]))[0])
    limit = max(DRIFTED, *protocol.drift, 0.0)
    verdict = STOP if value > TWICE * limit else LOOK if value > limit else JOINS
    usual = f"; reference plates up to {max(protocol.drift):.2f}" if protocol.drift else ""
    return Check(name, verdict, "drift", f"controls lie {value:.2f} replicate distances off{usual}", value, limit)


def _separation(wells: Wells, rows: Rows, name: str, protocol: Protocol) -> Iterator[Check]:
    own, negative = rows
    names = wells.profiles.table.get("treatment", pd.Series("", index=wells.profiles.table.index)).astype(str)
    centre = wells.profiles.values[negative].mean(axis=0)
    for positive, axis in protocol.axes.items():
        there = own & (names == positive).to_numpy() & (wells.control == "positive")
        usual = protocol.z_prime.get(positive, ())
        if there.sum() < 2 or not usual:
            number = counted(int(there.sum()), "well", "wells")
            yield Check(name, LOOK, f"Z' {positive}", f"{number} of {positive}; it cannot be judged")
            continue
        scores = (wells.profiles.values - centre) / protocol.scale @ axis
        value, limit = z_prime(scores[there], scores[negative]), min(usual)
        few = min(int(there.sum()), int(negative.sum()))
        unusable = value < 0 <= float(np.median(usual)) and few >= REPORTABLE
        verdict = JOINS if value >= limit else STOP if unusable else LOOK
        rely = "" if few >= REPORTABLE else f"; {counted(few, 'well', 'wells')}, {REPORTABLE} are needed to rely on it"
        yield Check(
            name, verdict, f"Z' {positive}", f"{value:.2f}; reference plates from {limit:.2f}{rely}", value, limit
        )


def _cells(value: float, name: str, protocol: Protocol) -> Check:
    if not np.isfinite(value):
        return Check(name, LOOK, "cells", f"not counted in the controls; they were for the protocol ({verb('cells')})")
    low, high = min(protocol.cells) * (1 - WIDER), max(protocol.cells) * (1 + WIDER)
    dying = value < FEW_CELLS * float(np.median(protocol.cells))
    verdict = STOP if dying else JOINS if low <= value <= high else LOOK
    reason = f"{value:g} in a control, where {low:.0f} to {high:.0f} are usual"
    return Check(name, verdict, "cells", reason, value, low if value < low else high)


def _places(wells: Wells, rows: Rows, name: str, protocol: Protocol) -> Iterator[Check]:
    """Say where controls lie at places that held none before, and which treatments were never seen."""
    (own, negative), table = rows, wells.profiles.table
    moved = sorted(set(table["well"].astype(str)[negative]) - set(protocol.places))
    said = f"controls in {', '.join(moved[:5])}, which held none before" if moved else "controls lie where they did"
    yield Check(name, LOOK if moved else JOINS, "places", said, float(len(moved)), 0.0)
    if protocol.treatments:
        yield _treatments(wells, own, name, protocol)


def _treatments(wells: Wells, own: NDArray[np.bool_], name: str, protocol: Protocol) -> Check:
    """Say which treatments of a plate, controls among them, were never seen."""
    table = wells.profiles.table
    if "treatment" not in table:
        return Check(name, LOOK, "treatments", "the plate names none; whether they are new is not known")
    there = table["treatment"].astype(str)
    new = sorted(set(there[own]) - {"", *protocol.treatments})
    treated = set(there[own & (wells.control == "")]) - {""}
    before = "the one treatment was" if len(treated) == 1 else f"all {len(treated)} were"
    known = f"{before} there before" if treated else "none, controls alone"
    said = f"{counted(len(new), 'was', 'were')} not there before: {', '.join(new[:5])}" if new else known
    return Check(name, JOINS, "treatments", said, float(len(new)))
