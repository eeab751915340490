"""One spelling for every known column, and one for the kinds of control, whatever tool wrote the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.screen.plates import normalise_well

if TYPE_CHECKING:
    from collections.abc import Iterable

ALIASES: dict[str, tuple[str, ...]] = {
    "image_id": ("image_id",),
    "batch": ("batch", "batch_id", "batch_name", "experiment"),
    "plate": ("plate", "plate_id", "plate_name", "plate_barcode", "assay_plate_barcode", "barcode", "plate_dapi"),
    "well": ("well", "well_position", "well_name", "well_dapi"),
    "site": ("site", "field", "field_id", "field_index", "fov", "site_index"),
    "cell": ("cell", "cell_id", "object_number"),
    "treatment": ("treatment", "perturbation", "pert_name", "sirna"),
    "compound": ("compound", "compound_name", "pert_iname", "drug", "compound_id", "jcp_2022", "broad_sample"),
    "concentration": (
        "concentration", "compound_concentration", "conc", "dose", "pert_dose", "treatment_conc",
        "mmoles_per_liter", "mg_per_ml",
    ),
    "mechanism": ("mechanism", "moa", "mechanism_of_action", "pert_moa"),
    "control": ("control", "control_type", "pert_type", "well_type", "is_control"),
    "split": ("split", "subset"),
    "num_cells": ("num_cells", "cell_count", "count_cells", "count_nuclei", "nuclei_count"),
}  # fmt: skip
"""Our name of a column, and the names it goes by elsewhere, the most explicit first."""

MISSING = ("nan", "NaN", "NA", "N/A", "<NA>", "None", "NONE", "null", "NULL")
NEGATIVE = {"dmso", "vehicle", "untreated", "mock", "nc", "true", "1", "yes"}
POSITIVE = {"pc"}
EMPTY = {"blank"}

_PREFIX = re.compile(r"^(image_)?metadata_", re.IGNORECASE)
_SIMPLE = {
    re.sub("_", "", alias): (name, rank) for name, aliases in ALIASES.items() for rank, alias in enumerate(aliases)
}


def standardise(table: pd.DataFrame) -> pd.DataFrame:
    """Rename known columns to our names, spell wells and controls one way, and derive `treatment` where it is missing.

    Identifiers are strings and missing ones ""; `concentration` is a float where all of it parses. Where two columns
    mean the same, the more explicit one gets our name and the other keeps its own.
    """
    sites = table.rename(columns=known_columns(table.columns))
    for name in set(ALIASES) & set(sites.columns) - {"concentration", "num_cells"}:
        sites[name] = as_text(sites[name])
    for name in {"concentration", "num_cells"} & set(sites.columns):
        sites[name] = _as_numbers(sites[name])
    if "well" in sites:
        sites["well"] = sites["well"].map({well: normalise_well(well) for well in sites["well"].unique()})
    return _with_control(_with_treatment(sites))


def known_columns(columns: Iterable[str]) -> dict[str, str]:
    """Map the columns that mean something to us to our names; each of our names is given once."""
    best: dict[str, tuple[tuple[int, int, int], str]] = {}
    for place, column in enumerate(map(str, columns)):
        bare = _PREFIX.sub("", column)
        name, rank = _SIMPLE.get(re.sub(r"[\s_.-]", "", bare).lower(), ("", 0))
        score = (0 if column == name else 1, rank, place)
        if name and (name not in best or score < best[name][0]):
            best[name] = (score, column)
    taken = {column: name for name, (_, column) in best.items()}
    return {column: name for column, name in taken.items() if column != name}


def as_text(values: pd.Series) -> pd.Series:
    """Give `values` as stripped strings; whole numbers lose their ".0", and missing values are ""."""
    if values.dtype.kind == "f" and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    if isinstance(values.dtype, pd.StringDtype):
        given = values.astype(str).fillna("")
        stripped = given.str.strip()
        # What needed no stripping is kept: a second copy of a million paths is freed at once.
        text = given if stripped.equals(given) else stripped
    else:
        text = values.astype(object).where(values.notna(), "").astype(str).str.strip()
    missing = text.isin(MISSING)
    return text.mask(missing, "") if missing.any() else text


def normalise_control(value: str) -> str:
    """Spell a kind of control as "negative", "positive", "empty" or "" (treated).

    >>> [normalise_control(value) for value in ("negcon", "poscon_cp", "True", "trt", "False", "positive_control")]
    ['negative', 'positive', 'negative', '', '', 'positive']
    """
    text = value.strip().lower()
    if text.startswith("neg") or text in NEGATIVE:
        return "negative"
    if text.startswith("pos") or text in POSITIVE:
        return "positive"
    return "empty" if text.startswith("empty") or text in EMPTY else ""


def _as_numbers(values: pd.Series) -> pd.Series:
    """Give numbers where every value that is there is one, else strings."""
    if pd.api.types.is_numeric_dtype(values) and values.dtype.kind != "b":
        return values
    text = as_text(values)
    numbers = pd.to_numeric(text.where(text != "", np.nan), errors="coerce")
    return numbers.astype(float) if bool((numbers.notna() | (text == "")).all()) else text


def _with_treatment(sites: pd.DataFrame) -> pd.DataFrame:
    if "treatment" in sites or "compound" not in sites:
        return sites
    dose = _doses(sites)
    return sites.assign(treatment=sites["compound"].where(dose == "", sites["compound"] + "@" + dose))


def _doses(sites: pd.DataFrame) -> pd.Series:
    """Write each row's concentration shortly; none and zero are ""."""
    if "concentration" not in sites:
        return pd.Series("", index=sites.index)
    values = sites["concentration"]
    if values.dtype.kind not in "iuf":
        return values.astype(str)
    text = {value: f"{value:g}" for value in values.dropna().unique() if value != 0}
    return values.map(text).astype(object).where(values.isin(list(text)), "").astype(str)


def _with_control(sites: pd.DataFrame) -> pd.DataFrame:
    """Spell the column `control` one way; without one, rows whose compound or treatment is DMSO are negative."""
    source = next((name for name in ("control", "compound", "treatment") if name in sites), None)
    if source is None:
        return sites
    kinds = {value: normalise_control(value) for value in sites[source].unique()}
    if source != "control":
        kinds = {value: "negative" if value.lower() == "dmso" else "" for value in kinds}
        if not any(kinds.values()):
            return sites
    return sites.assign(control=sites[source].map(kinds))
