"""What two groups of profiles are made of: which treatments, batches, ... are over-represented in one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.profiles.exchange_p import exchange_p, flip_p
from cdcl.profiles.exchange_units import Places, Units, choose_units
from cdcl.profiles.false_discovery import false_discovery
from cdcl.profiles.resampled_shares import interval_of_exchanged, interval_of_scores
from cdcl.screen.natural import natural

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Codes = NDArray[np.int64]

COLUMNS = (
    *("value", "one", "other", "share_one", "share_other", "odds_ratio"),
    *("effect", "low", "high", "p", "q", "wells_one", "wells_other"),
)
"""Columns of a comparison, in this order."""
SEED = 0
"""Of draws: the same question has the same answer."""


@dataclass(frozen=True, eq=False)
class Composition:
    """What two groups are made of, and how it was tested.

    Attributes
    ----------
    table
        One row a value that occurs in either group, the smallest p first, with the columns of `COLUMNS`: `effect` is
        the difference of shares, -1 to 1, beyond what plates (or whatever `stratum` names) give by themselves; `low`
        and `high` its 95 % interval; `q` holds the false discovery rate over all values. NaN where nothing can be said.
    unit, stratum
        What changed places, and within what; see `cdcl.profiles.exchange_units`.
    num_units
        How many units there are in the two groups.
    mixed
        Whether units were turned, as their profiles differ in what is counted, rather than exchanged.
    """

    table: pd.DataFrame
    unit: str
    stratum: str
    num_units: int
    mixed: bool


def compare_compositions(
    values: pd.Series, one: NDArray[np.bool_], other: NDArray[np.bool_], places: Places | None = None
) -> Composition:
    """Compare how often each value occurs in two groups, by exchanging wells or plates rather than profiles.

    Profiles of one well are alike for many reasons, so that no test may take them for independent: of wells that
    differ at random, Fisher's exact test on cells calls most significant.

    Parameters
    ----------
    values
        The column to compare, one a profile (N,); "" and missing ones are a value, "none".
    one, other
        Masks (N,) of the groups, which share no profile.
    places
        Wells, plates and batches of the profiles; without them, profiles are exchanged.

    Raises
    ------
    ProfilesError
        If a group is empty, or the groups overlap.
    """
    if not one.any() or not other.any():
        raise ProfilesError("one of the two groups is empty; select something for each.")
    if (one & other).any():
        raise ProfilesError(f"{int((one & other).sum())} profiles are in both groups; select groups that are apart.")
    kept = one | other
    texts = values[kept].astype("string").fillna("").replace("", "none").to_numpy(dtype=str)
    kinds, codes = np.unique(texts, return_inverse=True)
    groups = np.stack([one[kept], other[kept]])
    places = _restricted(places or Places(), kept)
    units = choose_units(codes, places, str(values.name))
    table = _counted(kinds, codes, groups, places.wells).assign(**_tested(codes, len(kinds), groups, units))
    table = table.assign(q=false_discovery(table["p"]))[list(COLUMNS)]
    in_order = table.iloc[sorted(range(len(table)), key=lambda row: natural(str(table["value"].iat[row])))]
    table = in_order.sort_values("p", kind="stable", ignore_index=True)
    return Composition(table, units.unit, units.stratum, int(units.units.max()) + 1, units.mixed)


def _restricted(places: Places, kept: NDArray[np.bool_]) -> Places:
    wells, plates, batches = (
        None if names is None else names[kept] for names in (places.wells, places.plates, places.batches)
    )
    return Places(wells, plates, batches)


def _counted(
    kinds: NDArray[np.str_], codes: Codes, groups: NDArray[np.bool_], wells: NDArray[np.str_] | None
) -> pd.DataFrame:
    counts = np.stack([np.bincount(codes[mask], minlength=len(kinds)) for mask in groups])
    shares, odds = counts / counts.sum(axis=1)[:, None], counts.sum(axis=1)[:, None] - counts
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (counts[0] * odds[1]) / (counts[1] * odds[0])
    num_wells = _count_wells(codes, groups, wells, len(kinds))
    columns = {"value": kinds, "one": counts[0], "other": counts[1], "share_one": shares[0], "share_other": shares[1]}
    return pd.DataFrame({**columns, "odds_ratio": ratios, "wells_one": num_wells[0], "wells_other": num_wells[1]})


def _count_wells(
    codes: Codes, groups: NDArray[np.bool_], wells: NDArray[np.str_] | None, num: int
) -> list[NDArray[np.int64]]:
    """Count the different wells of each value in each group; 0 where wells are not known."""
    if wells is None:
        return [np.zeros(num, dtype=np.int64)] * 2
    numbers = pd.factorize(wells)[0]
    size = int(numbers.max(initial=0)) + 1
    pairs = (np.unique(codes[mask] * size + numbers[mask]) for mask in groups)
    return [np.bincount(pair // size, minlength=num) for pair in pairs]


def _tested(codes: Codes, num: int, groups: NDArray[np.bool_], units: Units) -> dict[str, Array]:
    """Give effect, interval and p of each value."""
    rng = np.random.default_rng(SEED)
    if units.mixed:
        scores, strata = _scores(codes, num, groups, units), _of_units(units.strata, units)
        ends = interval_of_scores(scores, strata, rng)
        return {"effect": scores.sum(axis=0), "low": ends[0], "high": ends[1], "p": flip_p(scores, rng)}
    own, strata = _of_units(codes, units), _of_units(units.strata, units)
    counts = np.stack([np.bincount(units.units[mask], minlength=len(own)) for mask in groups]).astype(np.float64)
    parts = np.bincount(units.units, _parts(groups, units)).astype(np.float64)
    ends = interval_of_exchanged(counts, strata, own, num, rng)
    p_values = exchange_p(parts, strata, own, num, rng)
    return {"effect": np.bincount(own, parts, num), "low": ends[0], "high": ends[1], "p": p_values}


def _of_units(codes: Codes, units: Units) -> Codes:
    """Give what all profiles of a unit have in common, (U,)."""
    found = np.zeros(int(units.units.max()) + 1, dtype=np.int64)
    found[units.units] = codes
    return found


def _parts(groups: NDArray[np.bool_], units: Units) -> Array:
    """Give each profile's part in a difference of shares (n,), less the mean of its stratum.

    A stratum that holds one of the groups only has no part in it.
    """
    parts = groups[0] / groups[0].sum() - groups[1] / groups[1].sum()
    means = np.bincount(units.strata, parts) / np.bincount(units.strata)
    return np.asarray(parts - means[units.strata])


def _scores(codes: Codes, num: int, groups: NDArray[np.bool_], units: Units) -> Array:
    """Give each unit's part in the association of value and group, (U, num), both centred on the stratum's profiles."""
    parts, sizes = _parts(groups, units), np.bincount(units.strata)
    shares = np.bincount(units.strata * num + codes, minlength=len(sizes) * num).reshape(-1, num) / sizes[:, None]
    num_units = int(units.units.max()) + 1
    seen = np.bincount(units.units * num + codes, parts, num_units * num).reshape(-1, num)
    expected = np.bincount(units.units, parts)[:, None] * shares[_of_units(units.strata, units)]
    return np.asarray(seen - expected)
