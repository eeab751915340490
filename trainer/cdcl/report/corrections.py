"""Corrections, and runs, side by side: what each does to every score, and maps before and after the best."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.metrics import METRICS, title_of
from cdcl.metrics.judging import coarsest, judge_corrections
from cdcl.projections import read_projection
from cdcl.report.correction_maps import maps_folder
from cdcl.report.page import PngFigure, Section
from cdcl.report.plots import Embedding, plot_embeddings
from cdcl.report.summary import sweep_halves
from cdcl.report.sweep_plots import plot_metric_table, plot_trade_off
from cdcl.report.tables import plain_table

if TYPE_CHECKING:
    from cdcl.projections import Projection
    from cdcl.report.findings import Findings
    from cdcl.runs import Run

_TEXT = (
    "Every score after every correction of plate and batch effects. In the table the best of a row is bold and dark; "
    "the ring marks profiles as they are. Mixing batches is easy, noise does it perfectly: a correction is recommended "
    "only where something gets better and nothing that was scored gets worse beyond its interval."
)
_SIDE_BY_SIDE = "Runs side by side, all metrics of each; the best of a row is bold and dark."
_TRADE_OFF = (
    "Batches gone against biology kept, as Arevalo et al. average them; along a grey line their overall score is the "
    "same. Most of these parts are there without any label: choose by the table, not by this plot."
)
_MOST_COLUMNS = 20
"""Scores in one picture; with more their names overlap."""


def corrections_section(found: Findings, run: Run) -> Section | None:
    """Show what every correction does to every score, and maps before and after the best."""
    figures = _figures(found.sweep)
    if not figures:
        return None
    maps, tables = _maps(run), []
    if len(maps) == 2 and set(maps) <= set(found.sweep["correction"]):
        best = list(maps)[-1]
        tables = [_before_after(found.sweep, best)]
        figures.append(PngFigure(_draw(maps), f"Profiles as they are, and after {best}: {_how(maps)}."))
    failed = found.sweep[found.sweep["name"] == "correction"]
    refused = [f"Not corrected by {row.correction}: {row.note}" for row in failed.itertuples()]
    return Section("Corrections", "\n\n".join([_TEXT, *refused]), figures, tables)


def beside_section(found: Findings) -> Section | None:
    """Show runs side by side, as they are."""
    figures = _figures(found.beside)
    return Section("Runs side by side", _SIDE_BY_SIDE, figures) if figures else None


def _figures(table: pd.DataFrame) -> list[PngFigure]:
    if not len(table):
        return []
    values, better = metric_table(table)
    if not values.size:
        return []
    figures = [PngFigure(plot_metric_table(part, better), _levels(table)) for part in _parts(values)]
    halves = sweep_halves(table)
    return [*figures, PngFigure(plot_trade_off(halves), _TRADE_OFF)] if len(halves) > 1 else figures


def metric_table(sweep: pd.DataFrame) -> tuple[pd.DataFrame, list[bool]]:
    """Give values, a row a metric (by title) and a column a correction or run, and whether more is better in a row.

    Of each metric the coarsest level is shown; what nobody has is left out.
    """
    several = sweep["run"].nunique() > 1
    columns = {}
    for (run, correction), part in sweep.groupby(["run", "correction"], sort=False):
        found = coarsest(part)["value"]
        if len(found):
            columns[_column(str(run), str(correction), several, sweep["correction"].nunique() > 1)] = found
    table = pd.DataFrame(columns)
    names = [name for name in (*METRICS, "overall") if name in table.index]
    better = [name not in METRICS or METRICS[name].higher_is_better for name in names]
    return table.loc[names].rename(index=title_of), better


def _column(run: str, correction: str, several: bool, swept: bool) -> str:
    if not several:
        return correction
    return f"{run}, {correction}" if swept else run


def _parts(values: pd.DataFrame) -> list[pd.DataFrame]:
    return [values.iloc[:, start : start + _MOST_COLUMNS] for start in range(0, values.shape[1], _MOST_COLUMNS)]


def _levels(sweep: pd.DataFrame) -> str:
    levels = dict.fromkeys(coarsest(sweep)["level"])
    return f"Values of {' and '.join(map(str, levels))} profiles, whichever is coarsest for the metric."


def _maps(run: Run) -> dict[str, Projection]:
    """Read the maps that the sweep drew: profiles as they are, then the best correction."""
    paths = sorted((maps_folder(run)).glob("*.parquet"), key=lambda path: path.stem != "none")
    return {path.stem: read_projection(path) for path in paths}


def _draw(maps: dict[str, Projection]) -> bytes:
    first = next(iter(maps.values()))
    columns = [name for name in ("batch", "treatment") if name in first.table] or [str(first.table.columns[0])]
    titles = {"none": "as they are"}
    panels = [
        Embedding(f"{titles.get(name, name)}, by {column}", projection.points, projection.table[column], column)
        for column in columns
        for name, projection in maps.items()
    ]
    return plot_embeddings(panels, columns=2)


def _how(maps: dict[str, Projection]) -> str:
    first = next(iter(maps.values()))
    return f"{first.method.upper()} of {len(first.points):,} {first.parameters.get('level', '')} profiles"


def _before_after(sweep: pd.DataFrame, best: str) -> str:
    own = sweep[sweep["run"] == sweep["run"].iloc[0]]
    judged = next((one for one in judge_corrections(own) if one.correction == best), None)
    words = {"better": "better", "worse": "worse", "same": "within the interval"}
    rows = [
        [
            title_of(one.name),
            f"{one.before:.3f}",
            "none" if isnan(one.after) else f"{one.after:.3f}",
            words[one.verdict],
        ]
        for one in (judged.changes if judged else ())
    ]
    return plain_table(rows, ("Metric", "As they are", f"After {best}", "Change"))
