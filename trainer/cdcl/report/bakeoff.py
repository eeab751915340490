"""The page of a bake-off: a sentence, the table it stands on, the ladders, every chain, and how it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.atomic import replaced_file
from cdcl.metrics.answers import PLACES
from cdcl.metrics.bakeoff import FLOORS
from cdcl.metrics.degrees import DEGREES, LADDERS
from cdcl.metrics.judging import NONE
from cdcl.metrics.resampling import interval
from cdcl.report.bakeoff_words import called, conclude
from cdcl.report.canvas import FONT, calm, new_figure, to_png
from cdcl.report.page import PngFigure, Section, write_page
from cdcl.report.palette import CATEGORIES, FAINT, INK
from cdcl.report.tables import Html, plain_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from cdcl.metrics.bakeoff import BakeOff, Pipeline

_HOW = (
    "All candidates are profiles of the same wells with the same labels. Corrections are fitted without "
    "treatments; which one is taken is chosen by the queries of one half of the compounds and reported on those "
    "of the other half, then the other way round, so no figure is of the compounds that chose for it. A "
    "correction that makes any question worse than no correction does, beyond the interval of the difference, is "
    "not chosen. Intervals draw whole compounds with replacement; shuffled labels are dealt within batches "
    "(within plates where controls are asked).\n\n"
    "The deciding score is the mean, over the questions, of the hardest degree: where uncorrected profiles do "
    "worst and at least half of the wells can be asked. Seconds are those of fitting, applying and asking on this "
    "machine, and of making the profiles where that was done here."
)


def bakeoff_table(found: BakeOff) -> pd.DataFrame:
    """Lay out every candidate after every chain at every degree: one row a value."""
    rows = []
    for entry in found.entries:
        head = [entry.candidate, entry.chain]
        if not entry.answers:
            rows.append([*head, "", "", "", *[float("nan")] * 3, 0, entry.seconds, entry.note])
        for name, (ladder, degree) in PLACES.items():
            if entry.answers:
                rows.append([*head, ladder, degree, name, *found.value(entry.answers, name), entry.seconds, ""])
    columns = ("candidate", "chain", "ladder", "degree", "name", "value", "low", "high", "count", "seconds", "note")
    return pd.DataFrame(rows, columns=list(columns))


def pipelines_table(found: BakeOff) -> pd.DataFrame:
    """Lay out each candidate with its chosen chain, cross-fitted, beside its null: one row a candidate and degree."""
    rows = []
    for one in found.pipelines:
        for name, (ladder, degree) in PLACES.items():
            null = one.nulls.get(name, (float("nan"),) * 3)
            head = [one.candidate, one.overall, " | ".join(one.chains)]
            rows.append([*head, ladder, degree, name, *found.value(one.answers, name), *null, name in found.deciding])
    columns = ("candidate", "chain", "chosen_by_halves", "ladder", "degree", "name", "value", "low", "high", "count")
    return pd.DataFrame(rows, columns=[*columns, "null", "null_low", "null_high", "deciding"])


def write_bakeoff(
    found: BakeOff, folder: Path, title: str, seconds: Mapping[str, float], warnings: Sequence[str]
) -> Path:
    """Write compare.html, compare.csv and pipelines.csv into a folder, and give the page's path."""
    for name, table in (("compare.csv", bakeoff_table(found)), ("pipelines.csv", pipelines_table(found))):
        with replaced_file(folder / name) as temporary:
            table.to_csv(temporary, index=False)
    return write_page(folder / "compare.html", title, sections(found, seconds, warnings))


def sections(found: BakeOff, seconds: Mapping[str, float], warnings: Sequence[str]) -> list[Section]:
    """Make the parts of the page; the sentence stands first and, as the page's end, last."""
    end = conclude(found, warnings)
    points = [
        ("Use this", end.use),
        ("How sure", end.sure),
        ("What it cannot tell", end.cannot or "Nothing was missing."),
    ]
    figure = PngFigure(
        plot_pipelines(found), "Each candidate with the correction chosen for it; bars are 95 % intervals."
    )
    return [
        Section("In a sentence", points=points),
        Section("Candidates", _about(found), tables=[_pipelines_html(found, seconds)]),
        Section("How each falls by degrees", _DEGREES, [figure]),
        Section("Every correction", _GRID, tables=[_grid_html(found)]),
        Section("How it was done", _HOW),
        Section("The end of it", points=points),
    ]


_DEGREES = (
    "The same question at four degrees: any other well may answer, then none of the same batch, source or well "
    "position. What falls with a degree was told by what that degree shuts out."
)
_GRID = (
    "The deciding score of every candidate after every correction, on all compounds: a map of the ground and no "
    "result, because the largest of many is flattered by chance. A dash: it could not be fitted (compare.csv says why)."
)


def _about(found: BakeOff) -> str:
    named = "; ".join(f"{PLACES[name][0]}, {DEGREES[PLACES[name][1]]}" for name in found.deciding)
    asked = int((found.halves >= 0).sum())
    return f"{asked} of {len(found.wells)} wells are asked. What decides is the mean of: {named}."


def _pipelines_html(found: BakeOff, seconds: Mapping[str, float]) -> str:
    heads = [f"{PLACES[name][0]}, {DEGREES[PLACES[name][1]]}" for name in found.deciding]
    rows = [_pipeline_row(found, one, seconds) for one in found.pipelines]
    return plain_table(rows, ["", "Correction", "Decides", *heads, "Seconds"])


def _pipeline_row(found: BakeOff, one: Pipeline, seconds: Mapping[str, float]) -> list[object]:
    decided = found.decisions(one.answers)
    spent = seconds.get(one.candidate, 0.0)
    chains = {one.overall, *one.chains}
    spent += sum(entry.seconds for entry in found.entries if entry.candidate == one.candidate and entry.chain in chains)
    name = one.candidate if one.candidate not in FLOORS else Html(f"<span class='quiet'>{one.candidate}</span>")
    cells = [
        _value_html(*found.value(one.answers, question)[:3], one.nulls.get(question)) for question in found.deciding
    ]
    chain = one.overall if len(chains) == 1 else f"{one.overall} (halves: {one.chains[0]}, {one.chains[1]})"
    return [name, chain, _value_html(float(decided[0]), *interval(decided[1:]), None), *cells, f"{spent:.1f}"]


def _value_html(value: float, low: float, high: float, null: tuple[float, float, float] | None) -> Html:
    if np.isnan(value):
        return Html("\N{EN DASH}")
    shuffled = ""
    if null is not None and not np.isnan(null[0]):
        shuffled = f"<br><span class='quiet whole'>shuffled {null[0]:.2f} ({null[1]:.2f} to {null[2]:.2f})</span>"
    return Html(f"<b>{value:.3f}</b><br><span class='quiet whole'>{low:.2f} to {high:.2f}</span>{shuffled}")


def _grid_html(found: BakeOff) -> str:
    chains = list(dict.fromkeys(entry.chain for entry in found.entries))
    names = list(dict.fromkeys(entry.candidate for entry in found.entries if entry.candidate not in FLOORS))
    values = {
        (entry.candidate, entry.chain): float(found.decisions(entry.answers)[0])
        for entry in found.entries
        if entry.answers
    }
    best = {name: max((values.get((name, chain), -1.0), chain) for chain in chains)[1] for name in names}
    rows = [
        [name, *(_grid_cell(values.get((name, chain)), strong=chain == best[name]) for chain in chains)]
        for name in names
    ]
    return plain_table(rows, ["", *("uncorrected" if chain == NONE else chain for chain in chains)])


def _grid_cell(value: float | None, *, strong: bool) -> Html:
    if value is None:
        return Html("\N{EN DASH}")
    return Html(f"<b>{value:.3f}</b>" if strong else f"{value:.3f}")


def plot_pipelines(found: BakeOff) -> bytes:
    """Draw a panel a ladder, a line a candidate, its degrees from left to right."""
    table = pipelines_table(found)
    titles = [one.title for one in LADDERS if table.loc[table["ladder"] == one.title, "value"].notna().any()]
    figure = new_figure(3.5 * len(titles), 3.3)
    panels = figure.subplots(1, len(titles), squeeze=False, sharey=True)[0]
    for axes, title in zip(panels, titles, strict=True):
        _draw(axes, title, table[table["ladder"] == title], [one.candidate for one in found.pipelines])
    handles, names = panels[0].get_legend_handles_labels()
    labels = {one.candidate: called(one) for one in found.pipelines}
    figure.legend(
        handles, [labels[name] for name in names], loc="outside lower center", ncols=3, frameon=False, fontsize=8,
        labelcolor=INK,
    )  # fmt: skip
    return to_png(figure)


def _draw(axes: Axes, title: str, table: pd.DataFrame, names: Sequence[str]) -> None:
    calm(axes)
    axes.set_title(title, fontdict={**FONT, "weight": "bold"}, loc="left")
    for number, name in enumerate(names):
        rows = table[table["candidate"] == name].set_index("degree").reindex(list(DEGREES))
        colour = FAINT if name in FLOORS else CATEGORIES[number % len(CATEGORIES)]
        places = np.arange(len(DEGREES)) + 0.09 * (number - (len(names) - 1) / 2)
        value, low, high = (rows[column].to_numpy(dtype=np.float64) for column in ("value", "low", "high"))
        axes.errorbar(places, value, [value - low, high - value], fmt="none", ecolor=colour, elinewidth=1, alpha=0.7)
        known = ~np.isnan(value)
        mark = "osD^"[FLOORS.index(name)] if name in FLOORS else "o"
        axes.plot(places[known], value[known], f"{mark}-", color=colour, markersize=4, linewidth=1, label=name)
    shown = [
        name.replace("not the same ", "not same\n").replace("any other ", "any\nother ") for name in DEGREES.values()
    ]
    axes.set_xticks(range(len(DEGREES)), shown, fontsize=8, color=INK)
    axes.set_xlim(-0.5, len(DEGREES) - 0.5)
    axes.set_ylim(0, 1)
