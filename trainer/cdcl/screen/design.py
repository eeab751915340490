"""Which scores a layout of plates can carry, said before anything is trained: what position and batch confound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.screen.controls import control_kinds
from cdcl.screen.counting import counted
from cdcl.screen.plates import plate_keys, well_keys, well_place
from cdcl.wording import verb

if TYPE_CHECKING:
    import pandas as pd

_FEW = 0.1
"""A share of treatments below which a score that needs them speaks of hardly any."""


def design_sentences(sites: pd.DataFrame, *, advise: bool = True) -> list[str]:
    """Say which scores the places of treatments and controls rule out; nothing where none is.

    Parameters
    ----------
    sites
        The screen's table, or that of its wells or of a plate map, with known columns under our names: plate, well,
        and where they are known treatment, control, batch.
    advise
        Name the verb that proposes another layout; not to who has just called it.
    """
    if not {"plate", "well", "treatment"} <= set(sites):
        return []
    wells = sites.loc[~well_keys(sites).duplicated()].reset_index(drop=True)
    wells = wells.assign(plate_key=plate_keys(wells), kind=control_kinds(wells))
    treated = wells[~wells["kind"].isin(["negative", "empty"]) & (wells["treatment"].astype(str) != "")]
    return [*_of_treatments(treated, advise), *_of_controls(wells[wells["kind"] == "negative"], wells)]


def _of_treatments(treated: pd.DataFrame, advise: bool) -> list[str]:
    if not len(treated):
        return []
    groups = treated.groupby("treatment")
    total, told = groups.ngroups, []
    repeated = int((groups.size() > 1).sum())
    if repeated <= _FEW * total:
        return [f"{total - repeated} of {total} treatments have one well: no score of replicates can be had."]
    moved = int((groups["well"].nunique() > 1).sum())
    if moved <= _FEW * total:
        told.append(
            f"{total - moved} of {total} treatments keep one well position on all plates: no score can tell what a "
            "treatment does from what its position does."
            + (f" {verb('plan-layout')} proposes another layout." if advise else "")
        )
    if "batch" in treated and treated["batch"].nunique() > 1:
        spread = int((groups["batch"].nunique() > 1).sum())
        if spread <= _FEW * total:
            told.append(
                f"{total - spread} of {total} treatments were made in one batch: no score across batches can be had, "
                "and to mix batches would be to lose treatments."
            )
    return told


def _of_controls(controls: pd.DataFrame, wells: pd.DataFrame) -> list[str]:
    if not len(controls):
        return ["no negative controls: activity cannot be scored, and corrections learn from all wells."]
    told = []
    without = wells["plate_key"].nunique() - controls["plate_key"].nunique()
    if without:
        said = counted(without, "plate has", "plates have")
        told.append(f"{said} no negative control: nothing there can be scored against controls.")
    edge = on_edge(wells)
    is_control = (wells["kind"] == "negative").to_numpy(dtype=bool)
    if edge[is_control].all() and not edge[~is_control].all():
        told.append(
            "all negative controls lie at the edge of the wells in use, treatments inside too: an edge "
            "effect counts as activity of every treatment."
        )
    return told


def on_edge(wells: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell wells in the outermost rows and columns in use; names that are no well are none. Shape (N,)."""
    places = np.array([well_place(str(well)) for well in wells["well"]], dtype=np.int64).reshape(-1, 2)
    known = places[(places >= 0).all(axis=1)]
    if not len(known):
        return np.zeros(len(wells), dtype=bool)
    low, high = known.min(axis=0), known.max(axis=0)
    return np.asarray(((places == low) | (places == high)).any(axis=1))
