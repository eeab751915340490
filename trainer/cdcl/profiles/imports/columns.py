"""Which columns of a table of profiles describe, which are features, and which are neither and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cdcl.profiles.imports.numbers import first_word
from cdcl.profiles.imports.places_and_times import AXES, is_place, is_time, plain_name
from cdcl.profiles.imports.results import is_result
from cdcl.profiles.names import PREFIX
from cdcl.screen.columns import ALIASES, known_columns
from cdcl.screen.dose_notes import names_a_dose
from cdcl.screen.headings import read_heading
from cdcl.screen.near_headings import near_heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

_METADATA = re.compile(rf"(image_)?{PREFIX}", re.IGNORECASE)

_ROWS = re.compile(
    r"(image_?number|object_?number|table_?number|number_object_number|parent_|children_|location_|filename_|pathname_|"
    r"url_|md5|executiontime|moduleerror|group_|frame_|scaling_|height_|width_|series_|count_)",
    re.IGNORECASE,
)
"""What CellProfiler writes beside its measurements: numbers of rows, places in the image, files, times."""

_COMPARTMENT = re.compile(r"(image|cells|nuclei|cytoplasm)_", re.IGNORECASE)

_COUNTERS = re.compile(
    r"(technical_?|biological_?|tech_?|bio_?)?(rep|replicate|repeat|passage|passage_?number|run|day|week|month|year|date|"
    r"time_?points?(_?(h|hr|hrs|hours?|d|days?|min))?|order|rank|seed|fold|cluster|cluster_?id|label|position|index|id|idx|row|col|column|number|no|nr|num|"
    r"row_?(id|number)|well_?(row|col|column|number|id)|cell_?(number|no)|object_?(id|label|no)|label_?id|cell_?line_?id|"
    r"imaging_?round|round|cycle|slide|frame|donor|patient|plate_?(number|no)|level_?\d|index_?level_?\d|track_?id)"
    r"(_?(number|no|id))?",
    re.IGNORECASE,
)
"""Numbers that count or order and measure nothing, in snake or camel case."""

_ROW_NUMBER = re.compile(r"(unnamed: ?\d+|index|level_\d+|__index_level_\d+__|)", re.IGNORECASE)
"""What pandas and R call the number of a row."""

_FLAGS = {"True", "False", "TRUE", "FALSE"}

_FEWEST_ROWS = 5
"""Of fewer rows, whole numbers that rise from one to the next may well be measured."""

_MANY_ROWS = 20
"""In so many rows nothing that is measured in whole numbers rises from each to the next: the chance is 1 in 20!."""


@dataclass(frozen=True)
class Columns:
    """The columns of a table, each in one of the lists, in the order of the table.

    Attributes
    ----------
    described
        Those that say what a row is.
    features
        Those that measure.
    left_out
        Of others, why they are no features, and their names.
    """

    described: list[str]
    features: list[str]
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def notes(self) -> list[str]:
        """Say in one line each what is no feature, and why."""
        return [f"{_counted(len(names))} {why}: {_some(names)}." for why, names in self.left_out.items()]


def shown_features(names: Sequence[str]) -> str:
    """Say how many features there are, and how the first and the last of them are called."""
    return f"{len(names)} features: {', '.join(names[:2])}" + (f", ..., {names[-1]}" if len(names) > 2 else "")


def split_columns(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Tell the columns that describe from the features: see `sort_columns`."""
    columns = sort_columns(frame)
    return columns.described, columns.features


def sort_columns(frame: pd.DataFrame) -> Columns:
    """Tell the columns that describe from the features, in the order of the table.

    Features are the columns `emb_*` where there are some, else all numeric columns that do not describe. Where columns
    are called `Metadata_*`, these describe, and CellProfiler's bare bookkeeping (`ImageNumber`, ...): whoever names
    them so has chosen the features. In other tables also columns whose name means something to us (`plate`, `dose`,
    ...) do, and the bookkeeping of each compartment (`Cells_Location_Center_X`).

    Numbers of rows, replicates and the like measure nothing and are left out, and so is a column of numbers that holds
    words.
    """
    columns = [str(column) for column in frame.columns]
    ours = [name for name in columns if name.startswith("emb_")]
    numeric = set(map(str, frame.select_dtypes("number", exclude="timedelta").columns))
    described = describing(columns)
    others = [name for name in columns if name not in described and name not in ours]
    left_out: dict[str, list[str]] = {}
    gone = set() if ours else _left_out(frame, others, numeric, left_out)
    features = ours or [name for name in others if name in numeric and name not in gone]
    dropped, chosen = set(left_out.get(_NUMBERING, ())), set(features)
    kept = [
        name
        for name in columns
        if name not in chosen and name not in dropped and (name in described or name not in numeric or name in gone)
    ]
    return Columns(kept, features, left_out)


_NUMBERING = "no feature and left out, for it numbers the rows"
_COUNTING = "no feature, for its name says that it counts or orders"
_PLACING = "no feature, for its name says where something lies"
_TIMING = "no feature, for its name says when something was"
_MAPPING = "no feature, for its name says that it is an axis of a map of the features"
_DOSING = "no feature, for its name says that it is a dose"
_RESULTING = "no feature, for its name says that it is a result, a decision or a fact of a molecule"
_NEARING = "no feature, for its name is nearly that of a column that cdcl knows; rename it if it is that"
_FLAGGING = "no feature, for it holds True and False"
_WITH_WORDS = "no feature, for it holds text among numbers"


def _left_out(frame: pd.DataFrame, names: list[str], numeric: set[str], left_out: dict[str, list[str]]) -> set[str]:
    """Sort out the columns that are no features, with the reason; text without numbers just describes."""
    gone = set()
    for name in names:
        values, shown = frame[name], name
        if name in numeric:
            why = _why_no_feature(name, values, first=name == str(frame.columns[0]))
            shown = f"{name} ({near_heading(name)}?)" if why == _NEARING else name
        elif len(values.dropna()) and set(map(str, values.dropna().unique()[:3])) <= _FLAGS:
            why = _FLAGGING
        else:
            word = first_word(values)
            why, shown = (_WITH_WORDS, f"{name} ({word})") if word else ("", name)
        if why:
            left_out.setdefault(why, []).append(shown)
            gone.add(name)
    if axes := _axes([name for name in names if name in numeric and name not in gone]):
        left_out[_MAPPING] = axes
    return gone | set(axes)


def _why_no_feature(name: str, values: pd.Series, *, first: bool) -> str:
    if _numbers_rows(name, values, first=first):
        return _NUMBERING
    if _COUNTERS.fullmatch(plain_name(name)):
        return _COUNTING
    if is_time(name):
        return _TIMING
    if read_heading(name).name == "concentration" or names_a_dose(name):
        return _DOSING
    if is_result(name):
        return _RESULTING
    if near_heading(name):
        return _NEARING
    return _PLACING if is_place(name) else ""


def _axes(measured: list[str]) -> list[str]:
    """Name the axes of a UMAP or PCA that stand beside the features they were made of.

    Where they are as many as what else is measured, they are what the table is about: its features.
    """
    axes = [name for name in measured if AXES.fullmatch(plain_name(name))]
    return axes if len(axes) < len(measured) - len(axes) else []


def _numbers_rows(name: str, values: pd.Series, *, first: bool) -> bool:
    """Tell whether whole numbers are those of rows: by name, one more from row to row, or 0 to N - 1 in any order.

    In the first column, where pandas and R write them, they may rise with gaps.
    """
    if _ROW_NUMBER.fullmatch(name):
        return True
    if len(values) < _FEWEST_ROWS or values.isna().any():
        return False
    numbers = values.to_numpy(dtype=np.float64)
    if not (numbers % 1 == 0).all():
        return False
    steps = np.diff(numbers)
    # Filtered tables keep the numbers of the rows that stayed, and sorted ones keep all of them in another order.
    filtered = first and len(numbers) >= _MANY_ROWS and bool((steps > 0).all())
    ordered = np.sort(numbers)
    return filtered or bool((steps == 1).all()) or (ordered[0] in (0, 1) and bool((np.diff(ordered) == 1).all()))


def describing(columns: Iterable[str]) -> set[str]:
    """Give the names that say what a row is, whatever their values."""
    names = [str(column) for column in columns if not str(column).startswith("emb_")]
    described = {name for name in names if _METADATA.match(name) or _ROWS.match(name)}
    if any(_METADATA.match(name) for name in names):
        return described
    known = set(known_columns(names)) | set(ALIASES)
    return described | {name for name in names if name in known or _ROWS.match(_COMPARTMENT.sub("", name, count=1))}


def _counted(number: int) -> str:
    return "1 column is" if number == 1 else f"{number} columns are"


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f", ... ({len(names)})" if len(names) > 3 else "")
