"""What a project meeting asks: which treatments are hits and why, and at which dose compounds act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.hits import read_hits
from cdcl.report.page import PngFigure, Section
from cdcl.report.tables import plain_table
from cdcl.runs.own_tables import CURVES, PAIRS, read_png
from cdcl.wording import verb

if TYPE_CHECKING:
    from cdcl.runs import Run

MOST_HITS = 25
"""What a meeting can discuss; hits.csv holds all."""
_HITS = (
    "Every treatment against the negative controls of its plates. q: wells of the treatment and controls permuted "
    "within plates, then Benjamini and Hochberg. Effect: distance from the controls in whitened space, whose own is "
    "1. "
    f"{verb('hits')} makes this table; hits.csv has all of it, with the reasons for each."
)
_RELATIONS = (
    "Cosine of the mean shifts from the controls. Chance: treatments made up from the spread of this screen's own, so "
    "that what all share is not counted as alike; q after Benjamini and Hochberg. "
    f"{verb('relations')} makes this; relations/pairs.csv has all pairs."
)
_DOSES = (
    "Four-parameter logistic curves over all wells, with plates as random shifts; the shaded band is the 95 % interval "
    f"of EC50. {verb('doses')} draws them; a compound without a curve says why."
)


def hits_section(run: Run) -> Section | None:
    """List the hits with their reasons, and show the montage, where the verb `hits` left them."""
    if not run.hits.is_file():
        return None
    table = read_hits(run.hits)
    hits = table[table["hit"]]
    rows = [
        [str(row["treatment"]), f"{row['q']:.2g}", f"{row['effect']:.1f}", str(row["reasons"])]
        for row in hits.head(MOST_HITS).to_dict("records")
    ]
    points = [("Hits", f"{len(hits)} of {len(table)} treatments.")]
    if len(hits) > MOST_HITS:
        points.append(("Shown", f"the {MOST_HITS} strongest."))
    tables = [plain_table(rows, ("Treatment", "q", "Effect", "Why"))] if rows else []
    montage = run.folder / "hits.png"
    caption = "The strongest hits, each field beside a control of its own plate, in the control's contrast."
    figures = [PngFigure(read_png(montage, "hits"), caption)] if montage.is_file() else []
    return Section("Which treatments do something", _HITS, figures, tables, points)


def relations_section(run: Run) -> Section | None:
    """Show which treatments look alike, as the verb `relations` left it."""
    folder = run.folder / "relations"
    if not (folder / "pairs.csv").is_file():
        return None
    pairs = PAIRS.read(folder / "pairs.csv")
    related = pairs[pairs["related"].astype(str) == "True"]
    rows = [
        [str(row["one"]), str(row["other"]), f"{row['similarity']:.2f}", f"{row['q']:.2g}", str(row["mechanism"])]
        for row in related.head(MOST_HITS).to_dict("records")
    ]
    captions = {
        "heat-map": "Cosine of the shifts of every two treatments, in the order of the dendrogram; the strip "
        "shows mechanisms, frames are known pairs.",
        "network": "Pairs more alike than chance explains; dark lines share a mechanism, thick ones are known.",
    }
    pictures = [(folder / f"{name}.png", caption) for name, caption in captions.items()]
    figures = [PngFigure(read_png(path, "relations"), caption) for path, caption in pictures if path.is_file()]
    points = [("Related pairs", f"{len(related)} of {len(pairs)}.")]
    tables = [plain_table(rows, ("Treatment", "And", "Similarity", "q", "Both are"))] if rows else []
    return Section("Which treatments are alike", _RELATIONS, figures, tables, points)


def doses_section(run: Run) -> Section | None:
    """Show the dose-response curves that the verb `doses` left."""
    pictures = sorted((run.folder / "doses").glob("*.png"))
    if not pictures:
        return None
    figures, rows = [], []
    for picture in pictures:
        table = CURVES.read(picture.with_suffix(".csv"))
        figures.append(PngFigure(read_png(picture, "doses"), f"Along {picture.stem}."))
        for row in table[table["reason"] == ""].sort_values("ec50").to_dict("records"):
            interval = f"{row['ec50_low']:.2g} to {row['ec50_high']:.2g}"
            rows.append([str(row["compound"]), picture.stem, f"{row['ec50']:.2g}", interval, str(row["note"])])
    tables = [plain_table(rows, ("Compound", "Along", "EC50", "95 %", "Note"))] if rows else []
    return Section("At which dose", _DOSES, figures, tables)
