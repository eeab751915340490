"""Shares of phenotypes that a run keeps for each well, brought beside the profiles of its wells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.runs.own_tables import SHARES
from cdcl.screen.plates import well_keys

if TYPE_CHECKING:
    from cdcl.profiles import Profiles
    from cdcl.runs import Run

SHARE = "share_"
"""What columns of shares begin with."""


def with_shares(wells: Profiles, run: Run) -> Profiles:
    """Give profiles of wells the columns `share_<phenotype>`, where `classify` was asked of the run.

    Parameters
    ----------
    wells
        N wells.
    run
        Whose they are.

    Returns
    -------
    Profiles
        The same wells; a well that was not asked has NaN.

    Raises
    ------
    RunError
        If the run's table of shares is damaged.
    """
    if not run.shares.is_file():
        return wells
    found = SHARES.read(run.shares)
    names = [str(name) for name in found if str(name).startswith(SHARE)]
    by_well = found[names].set_axis(well_keys(found), axis=0)
    by_well = by_well[~by_well.index.duplicated()]
    own = by_well.reindex(well_keys(wells.table)).set_axis(wells.table.index, axis=0)
    return replace(wells, table=wells.table.assign(**{str(name): own[name] for name in own}))
