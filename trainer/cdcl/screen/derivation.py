"""What a table says by several columns together: treatments of compounds and doses, controls by their names."""

from __future__ import annotations

import pandas as pd

from cdcl.screen.concentrations import WRITTEN
from cdcl.screen.controls import control_of_name, read_control
from cdcl.screen.counting import counted
from cdcl.screen.dose_notes import named_doses, undosed
from cdcl.screen.doses import alike_doses, dose_text
from cdcl.screen.identifiers import as_text

_VEHICLE = "DMSO"
"""The treatment of a well that the Broad Institute's maps name by its solvent only."""


def derive(sites: pd.DataFrame, taken: dict[str, str], notes: list[str]) -> pd.DataFrame:
    """Add treatments and controls where the columns of a table, under our names, tell them, and note what is odd."""
    sites = _with_vehicle(sites, notes)
    sites = _with_control(_with_treatment(sites, notes), taken, notes)
    notes += [] if "concentration" in sites else named_doses(sites)
    notes += [*alike_doses(sites), *undosed(sites)]
    return sites


def derive_joined(joined: pd.DataFrame, one: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Derive anew what two tables say only together: a compound of one with the dose of the other.

    What one of them says alone was derived and told when it was read.

    Parameters
    ----------
    joined
        Rows with the columns of both.
    one, other
        The tables as they were read; where both have a column, that of `other` stands in `joined`.

    Returns
    -------
    DataFrame
        `joined`; its treatments name their doses unless a table gave treatments itself.
    list of str
        What is odd of them.
    """
    if not {"compound", "concentration"} <= set(joined) or ("compound" in other) == ("concentration" in other):
        return joined, []
    named = other if "treatment" in other else one
    if "treatment" in joined and _is_derived(named):
        joined = joined.drop(columns="treatment")
    notes: list[str] = []
    return derive(joined, {}, notes), notes


def without_derived(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out the treatments of a table that its compounds and doses name, so that they can be derived anew."""
    return table.drop(columns="treatment") if _is_derived(table) else table


def _is_derived(table: pd.DataFrame) -> bool:
    """Tell whether the treatments of a table are named by its compounds and doses throughout."""
    if not {"compound", "treatment"} <= set(table):
        return False
    named = _with_treatment(table.drop(columns="treatment"), [])["treatment"]
    return bool((named == table["treatment"]).all())


def _with_vehicle(sites: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Name the wells whose compound is empty and whose solvent is DMSO, as the Broad Institute's maps leave them."""
    solvent = next((str(name) for name in sites if str(name).lower().removeprefix("metadata_") == "solvent"), None)
    if solvent is None or "compound" not in sites:
        return sites
    dissolved = as_text(sites[solvent])
    vehicle = (sites["compound"] == "") & dissolved.map(lambda text: control_of_name(text) == "negative")
    if "concentration" in sites and sites["concentration"].dtype.kind in "iuf":
        vehicle &= sites["concentration"].isna() | (sites["concentration"] == 0)
    if not vehicle.any():
        return sites
    one, several = "is a vehicle control", "are vehicle controls"
    said = counted(int(vehicle.sum()), "row", "rows")
    notes.append(f"{said} without a compound whose solvent is {_VEHICLE} {one if vehicle.sum() == 1 else several}.")
    return sites.assign(compound=sites["compound"].mask(vehicle, dissolved))


def _with_treatment(sites: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    if "treatment" not in sites and "compound" in sites:
        dose = _doses(sites)
        return sites.assign(treatment=sites["compound"].where(dose == "", sites["compound"] + "@" + dose))
    if "treatment" in sites and "compound" not in sites and "concentration" in sites:
        several = sites.groupby("treatment")["concentration"].nunique()
        several = several[(several > 1) & (several.index != "")]
        if len(several):
            notes.append(
                f"treatment {several.index[0]} has {several.iloc[0]} doses and counts as one; rename the column "
                "treatment to compound to tell doses apart."
            )
    return sites


def _doses(sites: pd.DataFrame) -> pd.Series:
    """Write each row's concentration shortly, and what is written in its place where it is no dose.

    None and zero are "", and so is the dose where there is no compound: what was given at 0 is named without a dose.
    """
    if "concentration" not in sites:
        return pd.Series("", index=sites.index)
    values = sites["concentration"]
    if values.dtype.kind not in "iuf":
        return values.astype(str).where((sites["compound"] != "") & (values.astype(str) != "0"), "")
    units = sites["concentration_unit"] if "concentration_unit" in sites else pd.Series("", index=sites.index)
    mixed = units[units != ""].nunique() > 1
    pairs = zip(values.astype(float), units if mixed else [""] * len(sites), strict=True)
    texts = pd.Series([dose_text(value, unit) for value, unit in pairs], index=sites.index, dtype=object)
    if WRITTEN in sites:
        written = as_text(sites[WRITTEN])
        texts = texts.where(written == "", written)
    return texts.where(sites["compound"] != "", "").astype(str)


def _with_control(sites: pd.DataFrame, taken: dict[str, str], notes: list[str]) -> pd.DataFrame:
    """Spell the column `control` one way; where it names no negative, go by names such as DMSO."""
    named = _control_by_name(sites)
    if "control" not in sites:
        return sites if named is None else sites.assign(control=named)
    words = sites["control"]
    kinds = {word: read_control(word) for word in words.unique()}
    unknown = words[words.map(kinds).isna()].value_counts()
    if len(unknown):
        shown = ", ".join(f"'{word}' ({count})" for word, count in unknown.items())
        notes.append(
            f"column {taken.get('control', 'control')} has words that cdcl does not know: {shown}; which are controls? "
            "Write negative, positive, empty or treated there. They count as treated."
        )
    control = words.map({word: kind or "" for word, kind in kinds.items()})
    if named is not None and not (control == "negative").any():
        control = control.where(control != "", named)
        notes.append(
            f"column {taken.get('control', 'control')} names no negative control; wells are told by their names."
        )
    return sites.assign(control=control)


def _control_by_name(sites: pd.DataFrame) -> pd.Series | None:
    """Tell controls by the name of compound or treatment; None where no name is one."""
    source = next((name for name in ("compound", "treatment") if name in sites), None)
    if source is None:
        return None
    kinds = {value: control_of_name(value) for value in sites[source].unique()}
    return sites[source].map(kinds) if any(kinds.values()) else None
