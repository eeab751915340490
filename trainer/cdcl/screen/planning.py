"""A randomised layout for the next screen: what stands on each plate stays, where it stands is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ScreenError
from cdcl.screen.controls import control_kinds
from cdcl.screen.design import on_edge
from cdcl.screen.plates import well_place
from cdcl.wording import option

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLATES = 3
"""Replicate plates that are planned from a map of one plate: the field's custom."""

_TRIES = 300
"""Layouts drawn for a plate, of which the best is taken: repeats of a position are then rare, if wells allow it."""


def plan_layout(platemap: pd.DataFrame, plates: int | None = None, *, seed: int = 0) -> pd.DataFrame:
    """Draw anew where everything on each plate stands.

    A plate keeps its contents and its wells. Of `_TRIES` random layouts of a plate the one is taken in which the fewest
    treatments stand where they stood on a plate before, and, of equals, in which negative controls are spread most
    evenly over edge and inside, halves of rows and halves of columns.

    Parameters
    ----------
    platemap
        With known columns under our names: `well`, `treatment` and, where they are known, `plate`, `control`. What
        belongs to a well moves with it.
    plates
        Of a map of one plate (or none named): how many replicates of it to plan, P1, P2, ...
    seed
        The same seed gives the same layout.

    Returns
    -------
    DataFrame
        The columns of the map, `plate` and `well` first, in the order of plates and wells.

    Raises
    ------
    ScreenError
        If no well or no treatment is named, a well is named twice, or `plates` is given for a map of several.
    """
    maps = _plates_of(_checked(platemap), plates)
    rng = np.random.default_rng(seed)
    stood: dict[tuple[str, str], int] = {}
    planned = []
    for name, table in maps.items():
        best = min((_draw(table, rng) for _ in range(_TRIES)), key=lambda drawn: _cost(drawn, stood))
        for place in zip(best["treatment"].astype(str), best["well"].astype(str), strict=True):
            stood[place] = stood.get(place, 0) + 1
        planned.append(best.assign(plate=name))
    result = pd.concat(planned, ignore_index=True)
    return result[["plate", "well", *(column for column in result if column not in ("plate", "well"))]]


def _checked(platemap: pd.DataFrame) -> pd.DataFrame:
    for column in ("well", "treatment"):
        if column not in platemap:
            raise ScreenError(f"the plate map names no {column}; add a column {column} (or compound).")
    named = platemap[platemap["well"].astype(str) != ""].reset_index(drop=True)
    if len(named) and (control_kinds(named) != "").all():
        raise ScreenError("the plate map names controls alone; there is no treatment whose place could be drawn.")
    return named


def _plates_of(platemap: pd.DataFrame, plates: int | None) -> dict[str, pd.DataFrame]:
    several = "plate" in platemap and platemap["plate"].astype(str).nunique() > 1
    if several and plates is not None:
        raise ScreenError(
            f"the map names several plates, each of which is planned; {option('plates')} is for a map of one."
        )
    if several:
        maps = {str(name): part for name, part in platemap.groupby("plate", sort=True)}
    else:
        if plates is not None and plates < 1:
            raise ScreenError(f"{option('plates')} takes a whole number from 1.")
        maps = {f"P{number + 1}": platemap for number in range(plates or PLATES)}
    for name, part in maps.items():
        if part["well"].duplicated().any():
            well = part.loc[part["well"].duplicated(), "well"].iloc[0]
            raise ScreenError(f"plate {name} names well {well} twice; one row a well.")
    return maps


def _draw(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Put the rows of a plate into its wells at random."""
    wells = table["well"].to_numpy(dtype=object)
    drawn = table.assign(well=wells[rng.permutation(len(wells))])
    places = [well_place(str(well)) for well in drawn["well"]]
    order = sorted(range(len(places)), key=places.__getitem__)
    return drawn.iloc[order].reset_index(drop=True)


def _cost(drawn: pd.DataFrame, stood: dict[tuple[str, str], int]) -> tuple[int, float]:
    """Count treatments that stand where they stood before, and how unevenly controls are spread."""
    negative = control_kinds(drawn) == "negative"
    places = zip(drawn["treatment"].astype(str), drawn["well"].astype(str), negative, strict=True)
    # Many controls cannot all move; treatments can.
    repeated = sum(stood.get((treatment, well), 0) for treatment, well, control in places if not control)
    return repeated, _imbalance(drawn, np.asarray(negative, dtype=bool))


def _imbalance(drawn: pd.DataFrame, negative: NDArray[np.bool_]) -> float:
    """Sum, over edge, upper half and left half, how far the share of controls there is from that of all wells."""
    if not negative.any():
        return 0.0
    rows, columns = np.array([well_place(str(well)) for well in drawn["well"]]).T
    parts = (on_edge(drawn), rows <= np.median(rows), columns <= np.median(columns))
    return float(sum(abs(part[negative].mean() - part.mean()) for part in parts))
