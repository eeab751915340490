"""What a project meeting asks, on two sheets: did the assay work, what is active and like what, what to repeat.

Each answer links to the part of the page that says how its numbers were computed.
"""

from __future__ import annotations

import re
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from cdcl.hits import read_hits
from cdcl.hits.reasons import count_of_hits
from cdcl.metrics.score import nothing_of
from cdcl.report.montage import first_lines
from cdcl.report.page import PngFigure, Section, anchor_of, figure_html
from cdcl.report.tables import Html, plain_table
from cdcl.runs.own_tables import CURVES, DOSE_POINTS, read_png
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from collections.abc import Collection

    from cdcl.report.findings import Findings
    from cdcl.runs import Run

TITLE = "For the meeting"
ASSAY, BROKEN, HITS, DOSES, SCORES = (
    "Assay quality",
    "What looks broken",
    "Which treatments do something",
    "At which dose",
    "Scores",
)
"""Parts of the page that answers link to."""

HOW = "how"
"""What a link is called that leads to how a number was computed."""

MOST_COMPOUNDS, PICTURED = 12, 4
"""Compounds in the table, and treatments in pictures: with the answers they fill two sheets of paper."""

MOST_NAMED = 6
"""Names in a sentence; the table has all."""

FEW, NEARLY, AGREES = 0.5, 0.2, 0.3
"""A plate is worth repeating where half of its wells are flagged; a treatment where q is below 0.2 but not 0.05, or
where batches agree by a cosine below 0.3: a single feature in common gives more in whitened space."""

_WORDS = ((0.5, "yes"), (0.0, "in part"), (float("-inf"), "not by single wells"))
"""What robust Z' says of an assay (Zhang et al. 1999): above 0.5 excellent, above 0 usable with replicates."""


def meeting_section(run: Run, found: Findings, parts: Collection[str]) -> Section | None:
    """Answer what the tables of a run can answer; None where neither hits nor quality have been asked for.

    Parameters
    ----------
    parts
        Titles of the page's other parts: answers link to those that are there.
    """
    hits = read_hits(run.hits) if run.hits.is_file() else pd.DataFrame()
    if not len(hits) and not len(found.quality["separation"]) and not len(found.quality["flags"]):
        return None
    curves = _curves(run)
    answers = [
        ("Did the assay work?", _worked(found)),
        ("What is active, at which dose, like what?", _active(hits, curves, run)),
        ("What to repeat?", _repeat(hits, curves, found)),
    ]
    html = "".join(f"<h3>{escape(question)}</h3>{answer}" for question, answer in answers)
    montage = run.folder / "hits.png"
    pictures = ""
    if montage.is_file():
        caption = "The strongest hits, each field beside a control of its own plate, in the control's contrast."
        pictures = figure_html(PngFigure(first_lines(read_png(montage, "hits"), PICTURED), caption))
    return Section(TITLE, tables=[_linked(f"<div class='sheet'>{html}</div>", parts), pictures])


def _linked(html: str, parts: Collection[str]) -> str:
    """Keep the links to parts that are there; of the others only a heading's words stay."""
    there = {anchor_of(part) for part in parts}

    def link(match: re.Match[str]) -> str:
        words = "" if match[2] == HOW else match[2]
        return match[0] if match[1] in there else words

    return re.sub(r"<a href='#([\w-]+)'>(.*?)</a>", link, html)


def _said(text: str, part: str) -> str:
    """Give a sentence that ends in a link to how it was computed."""
    return f"<p>{escape(text)} <a href='#{anchor_of(part)}'>{HOW}</a></p>"


def _worked(found: Findings) -> str:
    separation, told = found.quality["separation"], []
    held_out = separation[separation["value"] == "held-out axis"] if "value" in separation else separation
    if len(held_out):
        middle = held_out.groupby("positive", sort=False)["robust_z_prime"].median()
        for name, value in middle.items():
            word = next(word for least, word in _WORDS if value >= least) if not isnan(value) else "cannot be told"
            who = str(name) or "positive controls"
            told.append(_said(f"By {who}: {word}. Robust Z' {value:.2f} in the middle of the plates.", ASSAY))
    else:
        told.append(_said("No plate has positive and negative controls, so Z' cannot be told.", ASSAY))
    scores = found.coarsest()
    if "batch_recognised" in scores.index:
        row = scores.loc["batch_recognised"].to_dict()
        null = nothing_of(row)
        lead = "Batches show in the profiles" if null.beaten else "Batches do not show in the profiles"
        told.append(_said(f"{lead}: recognised in {row['value']:.0%} ({null.words}).", SCORES))
    flags = found.quality["flags"]
    if "flag" in flags:
        found_flags = (
            f"{counted(len(flags), 'thing is', 'things are')} flagged." if len(flags) else "Nothing is flagged."
        )
        told.append(_said(found_flags, BROKEN))
    return "".join(told)


def _active(hits: pd.DataFrame, curves: pd.DataFrame, run: Run) -> str:
    if not len(hits):
        return "<p>Not asked yet: no hits have been looked for.</p>"
    active = hits[hits["hit"]]
    told = _said(f"{count_of_hits(hits).capitalize()}.", HITS)
    if not len(active):
        return told
    rows = _compounds(active, curves)
    more = f"<p>The {MOST_COMPOUNDS} strongest of {len(rows)} compounds.</p>" if len(rows) > MOST_COMPOUNDS else ""
    link = Html(f"<a href='#{anchor_of(DOSES)}'>EC50</a>") if len(curves) else "EC50"
    header = ("Compound", "Active from", str(link), "Effect", "Looks like", "To note")
    unit = _unit(run)
    header = (header[0], f"Active from ({unit})" if unit else header[1], *header[2:])
    table = plain_table(rows[:MOST_COMPOUNDS], header)
    return told + table.replace(escape(str(link)), str(link)) + more


def _compounds(active: pd.DataFrame, curves: pd.DataFrame) -> list[list[object]]:
    """Give a row a compound: the lowest dose that is a hit, EC50, the strongest effect, what it is like."""
    names = active["compound"] if "compound" in active else active["treatment"]
    names = names.astype("string").fillna("").where(lambda own: own != "", active["treatment"])
    ec50 = _ec50(curves)
    rows = []
    for name in dict.fromkeys(names.tolist()):
        own = active[names == name]
        best = own.loc[own["effect"].idxmax()]
        doses = (
            pd.to_numeric(own["concentration"], errors="coerce") if "concentration" in own else pd.Series(dtype=float)
        )
        lowest = f"{doses.min():g}" if doses.notna().any() else str(best["treatment"])
        flags = str(best["flags"]) if "flags" in best and str(best["flags"]) != "nan" else ""
        cells = float(best.get("cells", float("nan")))
        toxic = f"{cells:.0%} of the controls' cells" if cells < FEW else ""
        rows.append(
            [
                name,
                lowest,
                ec50.get(name, ""),
                f"{best['effect']:.1f}",
                _like(best),
                "; ".join(filter(None, [toxic, flags])),
            ]
        )
    return rows


def _like(row: Any) -> str:
    like, confidence = str(row.get("like", "")), float(row.get("confidence", float("nan")))
    if not like or like == "nan":
        return ""
    return like if isnan(confidence) else f"{like} ({confidence:.0%})"


def _curves(run: Run) -> pd.DataFrame:
    path = run.folder / "doses" / "distance.csv"
    return CURVES.read(path) if path.is_file() else pd.DataFrame()


def _unit(run: Run) -> str:
    """Give the unit of doses, where the wells of the curves have one."""
    path = run.folder / "doses" / "distance-wells.csv"
    if not path.is_file():
        return ""
    units = {str(unit) for unit in DOSE_POINTS.read(path)["concentration_unit"].dropna().unique() if str(unit)}
    return units.pop() if len(units) == 1 else ""


def _ec50(curves: pd.DataFrame) -> dict[str, str]:
    if not len(curves):
        return {}
    fitted = curves[curves["reason"] == ""]
    return {
        str(row["compound"]): f"{row['ec50']:.2g} ({row['ec50_low']:.2g} to {row['ec50_high']:.2g})"
        for row in fitted.to_dict("records")
    }


def _repeat(hits: pd.DataFrame, curves: pd.DataFrame, found: Findings) -> str:
    told = _plates(found)
    if len(hits):
        nearly = hits[~hits["hit"] & (hits["q"] < NEARLY) & (hits["effect"] > 1)]
        told += _listed("Nearly active, more replicates would tell", nearly["treatment"], HITS)
        apart = hits[hits["hit"] & (hits.get("across_batches", pd.Series(dtype=float)) < AGREES)]
        told += _listed("Hits whose batches disagree", apart["treatment"], HITS)
        alone = hits[hits["hit"] & hits.get("flags", pd.Series("", hits.index)).astype(str).str.contains("one batch")]
        told += _listed("Hits of one batch only", alone["treatment"], HITS)
    if len(curves):
        loose = curves[(curves["reason"] == "") & curves["note"].str.contains("loose|turns back")]
        told += _listed("Doses to add: EC50 is loose or the response turns back", loose["compound"], DOSES)
    return told or "<p>Nothing that the tables tell.</p>"


def _plates(found: Findings) -> str:
    flags, wells = found.quality["flags"], found.quality["wells"]
    if not len(flags) or "plate" not in wells:
        return ""
    named = flags[flags["well"] != ""].drop_duplicates(["plate", "well"])
    shares = named["plate"].value_counts() / wells["plate"].astype(str).str.rpartition("/")[2].value_counts()
    whole = set(flags.loc[flags["well"] == "", "plate"]) | set(shares[shares >= FEW].index)
    told = _listed("Plates to look at, flagged as a whole or in half of their wells", pd.Series(sorted(whole)), BROKEN)
    single = named[~named["plate"].isin(whole)]
    return told + _listed("Wells to look at", single["plate"] + " " + single["well"], BROKEN)


def _listed(lead: str, names: pd.Series, part: str) -> str:
    """Name the first few; nothing where there are none."""
    if not len(names):
        return ""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return _said(f"{lead}: {', '.join(map(str, names.head(MOST_NAMED)))}{more}.", part)
