"""Assay quality in the report: controls apart and alike, plates that drift, what they are made of, what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.quality.layout import plate_format
from cdcl.report.assay_plots import plot_composition, plot_drift
from cdcl.report.page import PngFigure, Section
from cdcl.report.plate_maps import plot_plate_maps
from cdcl.report.tables import plain_table
from cdcl.runs.own_tables import read_png

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.report.findings import Findings
    from cdcl.runs import Run

MOST_PLATES = 24
"""So many plates are drawn: those with most flags."""

MOST_FLAGS = 40
"""So many lines of the list are read; the rest is in quality/flags.csv."""

CONTROLS, WELLS = "negative controls", "wells"
"""Who stands for untreated wells: all wells where a screen has no negative controls."""

MOST_LINES = 100
"""No plate has so many rows or columns: 1536 wells lie in 32 x 48."""
_MAPS = {
    "distance": "How far each well lies from the {} of its plate, in their deviations.",
    "num_cells": "Number of cells.",
    "pc1": "First principal component, in deviations of the {}.",
}
_SEPARATION = (
    "Whether positive and negative controls can be told apart, plate by plate. The held-out axis is learned on all "
    "other plates: an axis that is judged by the wells it was fitted to separates pure noise. Z' above 0.5 is "
    "excellent, above 0 marginal, below 0 no use for single wells; medians over plates."
)
_DRIFT = (
    "Drift of the {0}: 1 means that a plate's {0} lie as far from those of the others as two {0} of one plate from "
    "each other."
)
_COMPOSITION = (
    "What the wells of each plate are made of: extreme phenotypes of this screen, A1 being the commonest. Plates of "
    "one layout should look alike; the plates that differ most from the mean come first."
)


def quality_section(found: Findings) -> Section | None:
    """Show separation, drift, plates as they lie, effects of place, and composition."""
    quality = found.quality
    if not any(len(table) for table in quality.values()):
        return None
    tables = [_separation(quality["separation"]), places(quality["layout"]), _outside(quality["controls"])]
    figures = [*_drift(quality["plates"]), *_plate_maps(quality["wells"], quality["flags"])]
    if len(quality["archetypes"]) > 1:
        figures.append(PngFigure(plot_composition(quality["archetypes"]), _COMPOSITION))
    text = _SEPARATION if tables[0] else "No plate has positive and negative controls to be told apart."
    return Section("Assay quality", text, figures, [table for table in tables if table])


def broken_section(found: Findings, run: Run) -> Section | None:
    """List what was flagged, the rarest kinds first, with pictures."""
    flags = found.quality["flags"]
    if not len(flags):
        return None
    counts = flags["flag"].value_counts()
    order = flags.assign(number=flags["flag"].map(counts)).sort_values("number", kind="stable")
    shown = order.head(MOST_FLAGS)
    columns = ["batch", "plate", "well", "site", "flag", "channel", "reason"]
    rows = [[row[name] for name in columns] for row in shown.to_dict("records")]
    text = "Rare kinds first. An empty well means the whole plate."
    if len(order) > len(shown):
        text += f" {len(order) - len(shown)} more are in quality/flags.csv."
    picture = run.folder / "quality" / "flagged.png"
    figures = []
    if picture.exists():
        caption = "A field as it usually looks, then what is flagged: a channel in grey where one is meant, else all."
        figures = [PngFigure(read_png(picture, "quality"), caption)]
    return Section("What looks broken", text, figures, [plain_table(rows, columns)])


def _separation(table: pd.DataFrame) -> str:
    if not len(table):
        return ""
    figures = ["z_prime", "robust_z_prime", "ssmd", "auc"]
    keys = ["positive", "value"]
    middle = table.groupby(keys, sort=False)[figures].median()
    plates = table.groupby(keys, sort=False)["plate"].nunique()
    few = table.assign(few=table["note"] != "").groupby(keys, sort=False)["few"].sum()
    rows = [
        [
            *map(str, key),
            int(plates[key]),
            *(f"{number:.2f}" for number in numbers),
            _on_plates(int(few[key])),
        ]
        for key, numbers in zip(middle.index, middle.to_numpy(), strict=True)
    ]
    return plain_table(rows, ("Positive control", "By", "Plates", "Z'", "Robust Z'", "SSMD", "AUC", "Too few wells"))


def _on_plates(count: int) -> str:
    return f"on {count} plates" if count > 1 else "on one plate" if count else ""


def _drift(plates: pd.DataFrame) -> list[PngFigure]:
    return [PngFigure(plot_drift(plates), _DRIFT.format(_who(plates)))] if len(plates) > 1 else []


def _who(plates: pd.DataFrame) -> str:
    """Name who stands for untreated wells in a table of drift."""
    used = set(plates["reference"]) if "reference" in plates else {"controls"}
    return WELLS if used == {"all"} else CONTROLS if used == {"controls"} else f"{CONTROLS} (or all wells)"


def reference_words(controls: Iterable[object]) -> str:
    """Name who stands for untreated wells on plates with these kinds of control."""
    return CONTROLS if "negative" in set(controls) else WELLS


def places(layout: pd.DataFrame) -> str:
    """Say which controls differ by their place; plates without controls are counted, as their wells differ anyway."""
    if not len(layout):
        return ""
    by_controls = layout["reference"] == "controls"
    found = layout[(layout["q"] < 0.05) & by_controls].sort_values("q")
    without = layout.loc[~by_controls, "plate"].nunique()
    left = f"Effects of place are not told of {_plates(without)} without negative controls." if without else ""
    if not len(found):
        asked = layout.loc[layout["p"].notna() & by_controls, "plate"].nunique()
        told = f"No effect of edge, row or column on the controls of {_plates(asked)} (q &lt; 0.05)." if asked else ""
        return f"<p>{' '.join(filter(None, [told, left]))}</p>" if told or left else ""
    rows = [
        [row["plate"], row["value"], row["effect"], f"{row['size']:.2f}", f"{row['q']:.3f}"]
        for row in found.to_dict("records")
    ]
    table = plain_table(rows[:20], ("Plate", "Controls differ in", "by", "Size (d, eta²)", "q"))
    return table + (f"<p>{left}</p>" if left else "")


def _plates(count: int) -> str:
    return "one plate" if count == 1 else f"{count} plates"


def _outside(controls: pd.DataFrame) -> str:
    if not len(controls):
        return ""
    rows = [
        [row.get("batch", ""), row["plate"], row["well"], row["control"], row["expected"], row["found"],
         f"{row['found_weight']:.2f}"]
        for row in controls.head(15).to_dict("records")
        if "plate" in row and "well" in row
    ]  # fmt: skip
    return plain_table(rows, ("Batch", "Plate", "Well", "Control", "Its kind is", "It is", "Weight")) if rows else ""


def _plate_maps(wells: pd.DataFrame, flags: pd.DataFrame) -> list[PngFigure]:
    if not {"plate", "row", "column"} <= set(wells) or not (wells["row"] >= 0).any():
        return []
    chosen, of_how_many = _chosen_plates(wells, flags), wells["plate"].nunique()
    more = f" {len(chosen)} of {of_how_many} plates, those with most flags." if len(chosen) < of_how_many else ""
    values = [name for name in _MAPS if name in wells and wells[name].notna().any()]
    who = reference_words(wells.get("control", ()))
    captions = {name: _MAPS[name].format(who) + more for name in values}
    return [PngFigure(plot_plate_maps(_grids(wells, name, chosen), title=name), captions[name]) for name in values]


def _chosen_plates(wells: pd.DataFrame, flags: pd.DataFrame) -> list[str]:
    names = list(dict.fromkeys(wells["plate"]))
    if len(names) <= MOST_PLATES:
        return names
    keys = flags["plate"].where(flags["batch"] == "", flags["batch"] + "/" + flags["plate"])
    counts = keys.value_counts()
    chosen = sorted(names, key=lambda name: -int(counts.get(name, 0)))[:MOST_PLATES]
    return [name for name in names if name in set(chosen)]


def _grids(wells: pd.DataFrame, value: str, plates: list[str]) -> list[tuple[str, NDArray[np.float64]]]:
    on_plate = wells["row"].between(0, MOST_LINES) & wells["column"].between(0, MOST_LINES)
    placed = wells[on_plate & wells[value].notna()]
    shape = plate_format(placed[["row", "column"]].to_numpy(dtype=np.int64))
    grids = []
    for plate in plates:
        own = placed[placed["plate"] == plate]
        grid = np.full(shape, np.nan)
        grid[own["row"].to_numpy(dtype=int), own["column"].to_numpy(dtype=int)] = own[value].to_numpy(dtype=float)
        grids.append((plate, grid))
    return grids
