"""The whole judgement of an assay from its profiles, and the wells it asks to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.events import Began, Ended
from cdcl.quality.drift import drift
from cdcl.quality.flags import Finding, join_flags, make_flags
from cdcl.quality.layout import FEWEST, layout_effects
from cdcl.quality.separation import held_out_separation, separation
from cdcl.quality.wells import Wells, summaries, wells_of
from cdcl.screen.counting import counted
from cdcl.screen.design import design_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.tasks import Task

    _Values: TypeAlias = Mapping[str, NDArray[np.float64]]

OUTLYING = 5.0
"""Robust deviations of its distance beyond which a control is no control any more."""
DRIFTED = 1.0
"""Drift, in deviations between controls of one plate, at which a plate wants a look."""
DRIFT_DEVIATIONS = 3.0
"""Robust deviations above the median plate's drift, where that is the greater limit."""
FEW_CELLS = 0.2
"""Share of the plate's median number of cells."""
DOUBTFUL = 0.05
"""q below which an effect of place is taken for real."""
LARGE = {"edge": 0.8, "row": 0.14, "column": 0.14}
"""Sizes that Cohen calls large: of d, of eta squared."""


@dataclass(frozen=True)
class Assessment:
    """What was found; each table is described where it is made.

    Attributes
    ----------
    layout
        `layout_effects`.
    plates, batches
        `drift`; batches is empty where no batch is known.
    separation
        `held_out_separation`, then `separation` by distance and number of cells; empty without positive controls.
    flags
        The list of what to look at.
    notes
        What could not be asked, one line each.
    """

    layout: pd.DataFrame
    plates: pd.DataFrame
    batches: pd.DataFrame
    separation: pd.DataFrame
    flags: pd.DataFrame
    notes: tuple[str, ...] = ()


def assess_profiles(profiles: Profiles) -> Task[Assessment]:
    """Judge an assay by its well profiles; finer ones are averaged first.

    Parameters
    ----------
    profiles
        Of wells, sites or cells.

    Returns
    -------
    Assessment
        What could not be asked has an empty table and a note.

    Raises
    ------
    ProfilesError
        If the profiles name no plate and well.
    """
    yield Began("assay quality", total=None, unit="plate")
    wells = wells_of(profiles)
    values = summaries(wells)
    layout, plates = layout_effects(wells, values), drift(wells)
    batches = drift(wells, "batch") if "batch" in wells.profiles.table else pd.DataFrame(columns=["batch", "drift"])
    judged = [held_out_separation(wells)]
    judged += [separation(wells, values[name], name) for name in ("distance", "num_cells") if name in values]
    flags = join_flags(
        [_places(layout, wells), _drifted(plates, wells), _outlying(wells, values), _few_cells(wells, values)]
    )
    yield Ended()
    separated = pd.concat([part for part in judged if len(part)] or judged[:1], ignore_index=True)
    return Assessment(layout, plates, batches, separated, flags, tuple(_notes(wells, layout, separated)))


def _notes(wells: Wells, layout: pd.DataFrame, separated: pd.DataFrame) -> list[str]:
    notes = []
    without = len(wells.names) - len(np.unique(wells.plates[wells.negative()]))
    if without:
        notes.append(
            f"{without} of {len(wells.names)} plates have no negative controls: all their wells stand for them."
        )
    if not len(separated):
        notes.append("no Z': no plate has two or more positive and two or more negative controls.")
    for effect, part in layout[layout["note"] != ""].groupby("effect", sort=False):
        plates = part.drop_duplicates("plate")
        notes.append(f"{effect} effect not asked on {counted(len(plates), 'plate', 'plates')}: {_reasons(plates)}.")
    return [*notes, *_confounded(wells), *design_sentences(wells.profiles.table)]


def _reasons(plates: pd.DataFrame) -> str:
    """Say why an effect of place is not asked for, and on how many plates each reason holds where there are several."""
    few = plates["count"] < FEWEST
    told = plates["note"].astype(object)
    if few.any():
        low, high = int(plates.loc[few, "count"].min()), int(plates.loc[few, "count"].max())
        span = str(low) if low == high else f"{low} to {high}"
        told = told.mask(few, f"{span} wells, {FEWEST} are needed")
    counts = told.value_counts()
    if len(counts) == 1:
        return str(counts.index[0])
    return "; ".join(f"{reason} ({counted(int(count), 'plate', 'plates')})" for reason, count in counts.items())


def _confounded(wells: Wells) -> list[str]:
    """Say where negative controls lie in the same few places on every plate: then place and control are one."""
    places = pd.DataFrame(wells.positions[wells.negative()])
    if len(wells.names) < 2 or not len(places):
        return []
    columns, rows = places[1].nunique(), places[0].nunique()
    if min(columns, rows) > 2:
        return []
    kind, count = ("column", columns) if columns <= rows else ("row", rows)
    where = f"{count} {kind}s" if count > 1 else f"one {kind}"
    return [f"negative controls lie in {where} on every plate: what a {kind} does cannot be told from what they are."]


def _places(layout: pd.DataFrame, wells: Wells) -> pd.DataFrame:
    large = layout["size"].abs() >= layout["effect"].map(LARGE)
    # Without controls, a place may differ because of what was put there.
    found = layout[large & (layout["q"] < DOUBTFUL) & (layout["reference"] == "controls")]
    reasons = [f"controls differ by {row.effect} in {row.value} (q = {row.q:.3f})" for row in found.itertuples()]
    flags = [f"{effect} effect" for effect in found["effect"]]
    return _of_plates(wells, found["plate"], Finding(flags, reasons, found["size"], found["effect"].map(LARGE)))


def _drifted(plates: pd.DataFrame, wells: Wells) -> pd.DataFrame:
    middle = plates["drift"].median()
    # Where all plates differ, only those that differ more than the rest are worth a look.
    limit = max(DRIFTED, middle + DRIFT_DEVIATIONS * 1.4826 * (plates["drift"] - middle).abs().median())
    found = plates[(plates["drift"] > limit) & (plates["reference"] == "controls")]
    reasons = [f"controls lie {row.drift:.2f} deviations from those of the other plates" for row in found.itertuples()]
    return _of_plates(wells, found["plate"], Finding("drift", reasons, found["drift"], limit))


def _outlying(wells: Wells, values: _Values) -> pd.DataFrame:
    """Flag negative controls that lie far from the plate's others."""
    distance, negative = values["distance"], np.flatnonzero(wells.negative())
    if not len(negative):
        return join_flags([])
    centre = float(np.median(distance[negative]))
    spread = 1.4826 * float(np.median(np.abs(distance[negative] - centre)))
    limit = centre + OUTLYING * max(spread, 0.05 * centre)
    rows = negative[distance[negative] > limit]
    reason = "a negative control unlike the others of its plate"
    return make_flags(wells.profiles.table, rows, Finding("outlying control", reason, distance[rows], limit))


def _few_cells(wells: Wells, values: _Values) -> pd.DataFrame:
    counts = values.get("num_cells")
    if counts is None:
        return join_flags([])
    limits = FEW_CELLS * pd.Series(counts).groupby(wells.plates).transform("median").to_numpy()
    rows = np.flatnonzero(counts < limits)
    finding = Finding("few cells", f"below {FEW_CELLS:g} of the plate's median", counts[rows], limits[rows])
    return make_flags(wells.profiles.table, rows, finding)


def _of_plates(wells: Wells, names: pd.Series, finding: Finding) -> pd.DataFrame:
    first = {name: int(np.argmax(wells.plates == number)) for number, name in enumerate(wells.names)}
    rows = np.array([first[name] for name in names], dtype=np.int64)
    return make_flags(wells.profiles.table, rows, finding, whole_plate=True)
