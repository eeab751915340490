"""The table of scores as it is shown: rows of scores in sections, columns of profiles side by side. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import TYPE_CHECKING, Literal

from cdcl.metrics import title_of
from cdcl.metrics.centring import direction_sentences
from cdcl.metrics.degrees import layout_sentences
from cdcl.profiles import LEVELS
from napari_cdcl.models.score_texts import BASELINES, OTHERS, SECTIONS, Section, explain, is_higher_better

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from napari_cdcl.models.score_files import Scored

_NUMBERS = ("value", "low", "high", "chance", "count", "null", "null_low", "null_high")

Which = Literal["coarse", "fine", "both"]
"""Of scores that were measured on several levels: the coarsest profiles, the finest, or all."""


@dataclass(frozen=True)
class Row:
    """A line of the table: a score on a level, or the heading of a section where `name` is ""."""

    section: Section
    name: str = ""
    level: str = ""

    @property
    def title(self) -> str:
        """What it is called."""
        return title_of(self.name) if self.name else self.section.title

    @property
    def higher_is_better(self) -> bool:
        """Whether good profiles have a high value."""
        return is_higher_better(self.name)


@dataclass(frozen=True)
class Column:
    """Whose scores stand in a column: profiles, or a baseline beside them."""

    scored: Scored
    baseline: str = ""

    @property
    def title(self) -> str:
        """Two short lines."""
        return f"{self.scored.title}\n{self.baseline or self.scored.what}"


@dataclass(frozen=True)
class Cell:
    """A value with all that is drawn beside it, NaN where there is none, and why.

    Attributes
    ----------
    baselines
        The baselines' values.
    best
        Better than all other profiles of its row.
    reached
        Baselines that are as good.
    null, null_low, null_high
        Mean and 95 % interval of the value under shuffled labels; files of older versions have none.
    """

    value: float = nan
    low: float = nan
    high: float = nan
    chance: float = nan
    count: float = nan
    note: str = ""
    baselines: Mapping[str, float] = field(default_factory=dict)
    best: bool = False
    reached: tuple[str, ...] = ()
    null: float = nan
    null_low: float = nan
    null_high: float = nan

    @property
    def knows_nothing(self) -> bool:
        """Whether shuffled labels reach the value, so far as that is known."""
        return self.null_low <= self.value <= self.null_high


@dataclass(frozen=True)
class Board:
    """What the table shows.

    Attributes
    ----------
    cells
        By number of row and column.
    spans
        The lowest and highest value that bars of a row reach from and to, by number of row.
    """

    rows: tuple[Row, ...] = ()
    columns: tuple[Column, ...] = ()
    cells: Mapping[tuple[int, int], Cell] = field(default_factory=dict)
    spans: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    @property
    def baselines(self) -> list[str]:
        """Name the baselines that are known of some profiles."""
        known = {name for cell in self.cells.values() for name in cell.baselines}
        return [name for name in BASELINES if name in known]


def lay_out(found: Sequence[Scored], which: Which = "coarse", *, baselines: bool = False) -> Board:
    """Put scores side by side, with the baselines in columns of their own where `baselines` asks for it."""
    columns = [Column(scored) for scored in found]
    if baselines:
        first = {scored.source: scored for scored in reversed(found)}  # one set of baselines each
        columns += [column for scored in reversed(first.values()) for column in _baselines_of(scored)]
    rows = list(_rows(found, which))
    cells = {(y, x): _cell(row, column) for y, row in enumerate(rows) if row.name for x, column in enumerate(columns)}
    for y, row in enumerate(rows):
        cells |= _with_best(y, row, columns, cells) if row.name else {}
    spans = {y: _span([cells[y, x] for x in range(len(columns))]) for y, row in enumerate(rows) if row.name}
    return Board(tuple(rows), tuple(columns), cells, spans)


def to_frame(board: Board) -> pd.DataFrame:
    """Lay out what is shown, tidy, one row a score and profiles, for a file."""
    import pandas as pd

    records = []
    for (y, x), cell in board.cells.items():
        row, column = board.rows[y], board.columns[x]
        if column.baseline:
            continue
        head = {"source": column.scored.title, "profiles": column.scored.what, "section": row.section.title}
        numbers = {name: getattr(cell, name) for name in _NUMBERS}
        score = {"name": row.name, "title": row.title, "level": row.level, "higher_is_better": row.higher_is_better}
        records.append({**head, **score, **numbers, "note": cell.note, **cell.baselines})
    return pd.DataFrame(records)


def sentences_of(found: Sequence[Scored]) -> list[str]:
    """Say of each column's scores what the layout carries, and whether profiles share a direction; often nothing."""
    import pandas as pd

    told = []
    for scored in found:
        table = pd.DataFrame(
            [{"name": name, "level": level, **score} for (name, level), score in scored.scores.items()]
        )
        sentences = [*layout_sentences(table), *direction_sentences(table)] if len(table) else []
        told += [f"{scored.title}, {scored.what}: {sentence}" for sentence in sentences]
    return told


def describe_cell(row: Row, column: Column, cell: Cell) -> str:
    """Say all that is known of a value, a line each."""
    whose = column.title.replace("\n", ", ")
    if isnan(cell.value):
        return f"{row.title}\n{whose}: no score, because {cell.note or 'it was not measured'}"
    lines = [f"{row.title}, {row.level} profiles", f"{whose}: {cell.value:.4g}" + " (best)" * cell.best]
    if not isnan(cell.low):
        lines.append(f"95 % interval: {cell.low:.4g} to {cell.high:.4g}")
    if not isnan(cell.chance):
        lines.append(f"chance: {cell.chance:.4g}")
    if not isnan(cell.null):
        lines.append(f"shuffled labels: {cell.null:.4g} ({cell.null_low:.4g} to {cell.null_high:.4g})")
        if cell.knows_nothing:
            lines.append("No evidence: shuffled labels reach it too.")
    if not isnan(cell.count):
        lines.append(f"counted: {cell.count:,.0f}")
    lines += [f"{name}: {value:.4g}" for name, value in cell.baselines.items() if not isnan(value)]
    if cell.reached:
        lines.append(f"No evidence by itself: {', '.join(cell.reached)} {_do(cell.reached)} as well.")
    if cell.note:
        lines.append(cell.note)
    return "\n".join(lines)


def describe_row(row: Row) -> str:
    """Say what a score, or a section, means."""
    if not row.name:
        return f"{row.section.title}\n{row.section.tip}"
    return f"{explain(row.name)}\nOf {row.level or 'no'} profiles."


def _do(names: Sequence[str]) -> str:
    return "does" if len(names) == 1 else "do"


def _baselines_of(scored: Scored) -> list[Column]:
    known = next(iter(scored.baselines.values()), {})
    return [Column(scored, name) for name in known]


def _rows(found: Sequence[Scored], which: Which) -> Iterable[Row]:
    """Give headings and scores, in the order of the sections; scores that nobody has are left out."""
    levels: dict[str, set[str]] = {}
    for scored in found:
        for name, level in scored.scores:
            levels.setdefault(name, set()).add(level)
    known = {name for section in SECTIONS for name in section.names}
    others = Section(OTHERS.title, tuple(name for name in levels if name not in known), OTHERS.tip)
    for section in (*SECTIONS, others):
        names = [name for name in section.names if name in levels]
        if names:
            yield Row(section)
        for name in names:
            for level in _choose(sorted(levels[name], key=_coarseness), which):
                yield Row(section, name, level)


def _choose(levels: list[str], which: Which) -> list[str]:
    """Choose among levels, the finest first."""
    return {"coarse": levels[-1:], "fine": levels[:1], "both": levels}[which]


def _coarseness(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else -1


def _cell(row: Row, column: Column) -> Cell:
    scored, place = column.scored, (row.name, row.level)
    score, beside = scored.scores.get(place), scored.baselines.get(place, {})
    if score is None:
        return Cell(note=scored.note or "it was not measured")
    if column.baseline:
        return Cell(beside.get(column.baseline, nan), note=str(score["note"]))
    numbers = [float(score.get(name, nan)) for name in ("value", "low", "high", "chance", "count")]
    reached = tuple(name for name, value in beside.items() if _is_as_good(value, numbers[0], row))
    value, low, high, chance, count = numbers
    null, null_low, null_high = (float(score.get(name, nan)) for name in ("null", "null_low", "null_high"))
    cell = Cell(value, low, high, chance, count, str(score["note"]), beside, reached=reached)
    return replace(cell, null=null, null_low=null_low, null_high=null_high)


def _is_as_good(value: float, than: float, row: Row) -> bool:
    return value >= than if row.higher_is_better else value <= than


def _with_best(
    y: int, row: Row, columns: Sequence[Column], cells: Mapping[tuple[int, int], Cell]
) -> dict[tuple[int, int], Cell]:
    """Mark the best of a row, where two or more profiles have a score."""
    rivals = {x: cells[y, x].value for x, column in enumerate(columns) if not column.baseline}
    known = {x: value for x, value in rivals.items() if not isnan(value)}
    if len(set(known.values())) < 2:
        return {}
    best = max(known.values()) if row.higher_is_better else min(known.values())
    return {(y, x): replace(cells[y, x], best=True) for x, value in known.items() if value == best}


def _span(cells: Sequence[Cell]) -> tuple[float, float]:
    """Give the range of bars: 0 to 1, or wider where values are."""
    numbers = [n for cell in cells for n in (cell.value, cell.low, cell.high, *cell.baselines.values()) if not isnan(n)]
    return min([0.0, *numbers]), max([1.0, *numbers])
