"""What the settings of a guide are called in the window, and what the screen says of a guide's column."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cdcl.errors import CDCLError
from napari_cdcl.models.window_words import words_of

if TYPE_CHECKING:
    import pandas as pd

    from cdcl.config import GuideConfig, RunConfig
    from cdcl.screen import Screen

ABOUT = (
    "A guide is a column of your table that the features shall <b>keep</b> (a treatment, a dose) or <b>hide</b> "
    "(a batch, a plate) while the network learns."
)
AIMS = {"keep": "keep", "hide": "hide"}
KINDS = {"classify": "as names", "regress": "as numbers", "contrast": "as groups"}
LABELS = {
    "log": "logarithmic",
    "start": "sets in after",
    "ramp": "grows over",
    "balance": "weight is a share",
    "hidden": "reader's width",
    "temperature": "sharpness",
    "momentum": "memory",
}
TIPS = {
    "column": "The column of your table. Pick one of the screen's, or type its name.",
    "keep": "Keep: one shall be able to tell this column from the features.\nHide: one shall not, as for batch or "
    "plate.",
    "kind": "What its values are.\nAs names: such as treatments; each is told apart from the others.\nAs numbers: such "
    "as doses or counts of cells.\nAs groups: names again, but images of one name are drawn together; for many names "
    "with few images each.",
    "weight": "How hard it pulls, beside what the network learns anyway: 0.1 is a tenth of that. Usual are 0.1 for "
    "what is kept and 0.01 for what is hidden; 0 watches without pulling.",
    "log": "Compare numbers by how many times one is the other, as for doses of 1, 10 and 100. Rows at 0 or below are "
    "then left out.",
    "start": "Share of the training before it begins to pull: 0 is at once, 0.5 is half way.",
    "ramp": "Share of the training over which its pull grows from nothing to its weight: 1 is the whole training, 0 "
    "is at once.",
    "balance": "On: the weight is a share of what the network learns anyway, so that it means the same for every "
    "column. Off: the pull is taken as it comes, times the weight.",
    "hidden": "Size of the small reader that tells the column from the features; 256 is enough for most columns.",
    "temperature": "How sharply groups are set apart: smaller is sharper. 0.1 is usual.",
    "momentum": "How slowly the middle of each group follows new images: at 0.99 it is that of about the last 100 "
    "steps.",
}
"""In plain words; the config's own descriptions are for whoever writes a file."""


class Finding(NamedTuple):
    """What a screen has of a guide's column, in words, and whether training would refuse it."""

    words: str
    doubtful: bool


def look_at_guides(screen: Screen, config: RunConfig) -> list[Finding]:
    """Say of each guide what is trained on; it may run in any thread."""
    from cdcl.screen.splits import assign_split  # brings pandas, and no panel waits for that

    if not config.guides:
        return []
    try:
        sites = assign_split(screen, config.split).sites
    except CDCLError:
        return [Finding("", False) for _ in config.guides]  # the pairing says it already
    rows = sites[sites["split"] == "train"]
    return [_look(rows, guide, config) for guide in config.guides]


def _look(rows: pd.DataFrame, guide: GuideConfig, config: RunConfig) -> Finding:
    from cdcl.screen.guide_columns import guide_columns

    if guide.column not in rows:
        return Finding(f"This screen has no column '{guide.column}'.", True)
    nuisance = config.nuisance.model_copy(update={"weight": 0.0})
    try:
        read = guide_columns(rows, config.model_copy(update={"guides": (guide,), "nuisance": nuisance}))[0]
    except CDCLError as error:
        return Finding(words_of(error).removeprefix(f"{guide.setting} "), True)
    many = f"{read.num_values:,} names" if read.num_values else f"numbers around {read.centre:.3g}"
    if guide.kind == "regress" and guide.log:
        many = f"numbers around {10**read.centre:.3g}"
    missing = f"; {read.missing:,} of them have no value, and do not count" if read.missing else ""
    return Finding(f"{many} in {len(rows):,} images to train on{missing}", False)
