"""Delimited text as laboratories save it: separators, a `sep=` line, comments and titles above the headings.

The one reader of such tables: of screens, LoadData, plate maps, profiles, cells and annotations.
"""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from cdcl.errors import ScreenError
from cdcl.screen.headings import is_heading
from cdcl.screen.text import encoding_of, opened_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SEPARATORS = (",", ";", "\t", "|")

HEAD_LINES = 60
"""So many lines are looked at to find the separator and the headings; forms have at most a page of titles."""

LARGE_BYTES = 16 * 2**20
"""Larger text tables are read by the faster of two readers."""

_GRID = 8
"""A wider row says no more: the narrowest plate layout, 24 wells, has 6 columns and a heading."""

_NOTHING = "".join(SEPARATORS) + "\"' \r\n\0"
"""A line of nothing else says nothing."""


@dataclass(frozen=True)
class Form:
    """How a table is written.

    Attributes
    ----------
    separator
        Between columns.
    skipped
        Lines above the headings and those of the headings themselves.
    headings
        As they are written; an empty one is "Unnamed: 3", the column counted from 0.
    above
        Lines above the headings that hold text, such as a title.
    """

    separator: str
    skipped: int
    headings: tuple[str, ...]
    above: tuple[str, ...] = ()


def read_form(path: Path) -> Form:
    """Find separator and headings of a text table.

    Raises
    ------
    ScreenError
        If the file is empty.
    OSError, UnicodeError, csv.Error
        As its parsers raise them.
    """
    with opened_text(path) as text:
        lines = list(itertools.islice(text, HEAD_LINES))
    if not any(line.strip(_NOTHING) for line in lines):
        raise ScreenError(f"{path} is empty.")
    said, first = _said_separator(lines)
    if said:
        return _form(lines, said, first)
    default = "\t" if ".tsv" in path.name.lower() or ".txt" in path.name.lower() else ","
    order = (default, *(mark for mark in SEPARATORS if mark != default))
    return max((_form(lines, mark, 0) for mark in order), key=lambda form: _likelihood(form, lines))


def read_delimited(path: Path) -> tuple[pd.DataFrame, Form]:
    """Read a table as text; what the parsers raise is raised.

    Raises
    ------
    ScreenError
        If the file is empty, a heading is given twice, or a row holds more cells than there are headings.
    """
    form = read_form(path)
    check_headings(form.headings, path)
    if path.stat().st_size > LARGE_BYTES:
        try:
            return _read_large(path, form), form
        except (pa.ArrowException, UnicodeDecodeError):
            pass  # What it finds odd, the slower reader may still take, or name better.
    with opened_text(path) as text:
        reader = csv.reader(itertools.islice(text, form.skipped, None), delimiter=form.separator)
        rows = [[unformula(cell) for cell in row] for row in _whole_rows(reader, form, path)]
    return pd.DataFrame(rows, columns=list(form.headings), dtype=str), form


def check_headings(headings: Iterable[str], path: Path) -> None:
    """Refuse two columns of one name.

    Raises
    ------
    ScreenError
        If there are.
    """
    counts = Counter(heading for heading in headings if heading)
    twice = next((heading for heading, count in counts.items() if count > 1), None)
    if twice is not None:
        raise ScreenError(f"{path} has two columns named '{twice}'; rename one of them.")


def read_records(path: Path) -> list[list[str]]:
    """Read all lines as cells, also those above the headings; empty lines are left out."""
    form = read_form(path)
    with opened_text(path) as text:
        return [
            [unformula(cell.strip()) for cell in row] for row in csv.reader(text, delimiter=form.separator) if any(row)
        ]


def unformula(cell: str) -> str:
    """Give the text of ="0012", as programs write what Excel is not to take for a number."""
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') and len(cell) > 2 else cell


def _said_separator(lines: list[str]) -> tuple[str, int]:
    """Read Excel's first line "sep=;"."""
    first = lines[0].strip().strip('"').lower()
    return (lines[0].strip().strip('"')[4:5] or "\t", 1) if first.startswith("sep=") and len(first) <= 5 else ("", 0)


def _form(lines: list[str], separator: str, first: int) -> Form:
    """Find the headings among the first lines: those that are known, else the first line that is filled."""
    records: list[tuple[int, int, list[str]]] = []
    reader = csv.reader(lines[first:], delimiter=separator)
    start = 0
    for record in reader:
        records.append((start, reader.line_num, [" ".join(unformula(cell).split()) for cell in record]))
        start = reader.line_num
    place = heading_place([cells for _, _, cells in records])
    begin, end, cells = records[place]
    if cells and cells[0].startswith("#"):
        cells = [cells[0].lstrip("# "), *cells[1:]]
    while len(cells) > 1 and not cells[-1] and all(not any(row[len(cells) - 1 :]) for _, _, row in records[place:]):
        cells = cells[:-1]  # A separator at the end of each line.
    headings = tuple(cell or f"Unnamed: {number}" for number, cell in enumerate(cells))
    above = [line.strip(f" \n{separator}") for line in lines[first : first + begin]]
    return Form(separator, first + end, headings, tuple(filter(None, above)))


def heading_place(records: list[list[str]]) -> int:
    """Find the record that holds the headings."""
    filled = [sum(map(bool, cells)) for cells in records]
    known = [sum(map(is_heading, filter(None, cells))) for cells in records]
    comment = [bool(cells) and cells[0].startswith("#") for cells in records]
    plain = [place for place in range(len(records)) if filled[place] and not comment[place]]
    if not plain:
        return next((place for place in range(len(records)) if filled[place]), 0)
    first = plain[0]
    best = max(plain, key=lambda place: (known[place], -place))
    width = max(filled[place] for place in plain)
    # A line of groups, such as Plate and Treatment, may stand above the headings.
    if known[first] and filled[first] * 2 >= width and known[best] < known[first] + 2:
        return first
    if known[best] >= 2 or (known[best] and filled[best] * 2 >= width):
        return best
    marked = max(
        (place for place in range(len(records)) if comment[place]), key=lambda p: _known(records[p]), default=None
    )
    if marked is not None and marked < first and _known(records[marked]) >= 2:
        return marked
    wide = (place for place in plain if filled[place] * 5 >= width * 4 and not any(map(_is_number, records[place])))
    return next(wide, first)


def _is_number(cell: str) -> bool:
    return cell.lstrip("+-").replace(".", "", 1).replace(",", "", 1).isdecimal()


def _known(cells: list[str]) -> int:
    return sum(is_heading(cell.lstrip("# ")) for cell in cells if cell)


def _likelihood(form: Form, lines: list[str]) -> tuple[bool, int, float, int]:
    """Tell how well a separator explains the lines: headings that are known, lines as wide as the headings, width."""
    widths = [len(row) for row in csv.reader(lines[form.skipped :], delimiter=form.separator) if any(row)]
    width = len(form.headings)
    alike = sum(one == width for one in widths) / len(widths) if widths else 1.0
    return width > 1, sum(map(is_heading, form.headings)), alike if width > 1 else 0.0, min(width, _GRID)


def _whole_rows(reader: Iterable[list[str]], form: Form, path: Path) -> Iterator[list[str]]:
    """Give rows as wide as the headings; empty lines and headings that come again are left out, wider rows refused."""
    width = len(form.headings)
    for number, row in enumerate(reader, start=1):
        if not any(row) or _is_headings(row, form):
            continue
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            raise ScreenError(
                f"{path}, row {number + form.skipped}: {len(row)} cells, but there are {width} headings; put what "
                f"holds a '{form.separator}' into quotes."
            )
        yield row[:width] + [""] * (width - len(row))


def _is_headings(row: list[str], form: Form) -> bool:
    """Tell whether a row repeats the headings, as in tables that were put below each other as files."""
    return (
        len(form.headings) > 1
        and row[0].strip() == form.headings[0]
        and (tuple(" ".join(cell.split()) for cell in row) == form.headings)
    )


def _read_large(path: Path, form: Form) -> pd.DataFrame:
    if encoding_of(path) != "utf-8-sig":
        raise pa.ArrowInvalid("only UTF-8 is read fast")
    names = [f"{number}" for number in range(len(form.headings))]
    table: pd.DataFrame = pacsv.read_csv(
        path,
        read_options=pacsv.ReadOptions(column_names=names, skip_rows=form.skipped),
        parse_options=pacsv.ParseOptions(delimiter=form.separator, newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
        ),
    ).to_pandas()
    table = table.set_axis(list(form.headings), axis=1)
    for name in table:
        formula = table[name].str.startswith('="')
        if formula.any():
            table[name] = table[name].map(unformula)
    likely = (table.iloc[:, 0] == form.headings[0]).to_numpy()
    if not likely.any():
        return table
    again = [bool(one) and _is_headings(table.iloc[place].tolist(), form) for place, one in enumerate(likely)]
    return table[[not one for one in again]].reset_index(drop=True)
