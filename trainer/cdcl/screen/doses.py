"""Doses as people write them: numbers with a unit or without, decimal commas, words for "none"."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.screen.counting import counted
from cdcl.screen.headings import read_unit
from cdcl.screen.powers import plain_power

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

MOLAR = {"M": 1e6, "mM": 1e3, "µM": 1.0, "nM": 1e-3, "pM": 1e-6}
MASS = {"mg/mL": 1e3, "µg/mL": 1.0, "ng/mL": 1e-3}
"""Units that can be converted into each other, in µM and µg/mL; a mass needs the molar weight to become a molarity."""

NO_VALUE = frozenset(
    {"", "nan", "na", "n/a", "#n/a", "#na", "n.a.", "<na>", "none", "null", "nil", "-", "--", "\u2013", "\u2014", ".",
     "?", "nd", "n.d.", "missing", "unknown", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"}
)  # fmt: skip
"""What stands for no number in tables of laboratories and of Excel, in lower case."""

ALIKE = 0.01
"""Doses of one compound that differ by less than this share are told: pumps and balances are no better than 1 %, and
dilution series step by a factor of 1.5 at the least."""

DOSE = re.compile(r"([-+]?\d[\d.,']*(?:[eE][-+]?\d+)?)\s*([A-Za-zµμÂ%].*)?", re.DOTALL)
_GAP = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f\u2019](?=\d{3}(?!\d))")
"""Between thousands: spaces of any width, and the apostrophe that Word sets."""


_SOLVENT = re.compile(r"\s+in\s+(?:dmso|water|etoh|ethanol|methanol|pbs|medium|media|h2o)$", re.IGNORECASE)
"""What is said of the solvent behind a dose changes nothing of it."""


@dataclass(frozen=True)
class Doses:
    """Doses of one column.

    Attributes
    ----------
    values
        Shape (N,), NaN where there is none; in the unit of `units`.
    units
        Of each row; "" where none is given.
    unread
        How often each text is there that is no dose.
    otherwise
        Cells that name another unit than their heading or their row's column of units: each text, and the unit there.
    """

    values: NDArray[np.float64]
    units: NDArray[np.object_]
    unread: dict[str, int]
    otherwise: tuple[tuple[str, str], ...] = ()


def read_doses(texts: Iterable[object], unit: str = "", units: Iterable[str] | None = None) -> Doses:
    """Read a column of doses; `unit` is that of its heading, `units` of each row, and a unit in a cell stands above.

    >>> doses = read_doses(["0,5", "500 nM", "n/a"], unit="µM")
    >>> doses.values.tolist(), doses.units.tolist()
    ([0.5, 500.0, nan], ['µM', 'nM', ''])
    """
    cells = ["" if text is None or str(text) == "<NA>" else plain_dose(str(text)) for text in texts]
    own = list(units) if units is not None else [""] * len(cells)
    comma = decimal_comma(cells)
    values, found = np.full(len(cells), np.nan), np.full(len(cells), "", dtype=object)
    unread: dict[str, int] = {}
    known: dict[str, tuple[float, str]] = {}
    otherwise: list[tuple[str, str]] = []
    for row, cell in enumerate(cells):
        if cell.lower() in NO_VALUE:
            continue
        if cell not in known:
            known[cell] = _read_dose(cell, comma=comma)
        value, said = known[cell]
        if math.isnan(value):
            unread[cell] = unread.get(cell, 0) + 1
            continue
        beside = own[row] or unit
        if said and beside and said != beside:
            otherwise.append((cell, beside))
        values[row], found[row] = value, said or beside
    return Doses(values, found, unread, tuple(otherwise))


def plain_dose(text: str) -> str:
    """Write a cell with the signs that numbers are read from: minus signs, gaps between thousands, powers of ten."""
    # A spreadsheet writes an apostrophe before what it is to keep as text.
    bare = text.strip().removeprefix("'").replace("\u2212", "-")
    return _GAP.sub("", plain_power(bare))


def _read_dose(cell: str, *, comma: bool) -> tuple[float, str]:
    match = DOSE.fullmatch(_SOLVENT.sub("", cell))
    if match is None or (match[2] and not read_unit(match[2])):
        return math.nan, ""
    return read_number(match[1], comma=comma), read_unit(match[2] or "")


def read_number(text: str, *, comma: bool = False) -> float:
    """Read a number, `comma` telling whether commas are decimal; NaN where it is none or not finite.

    >>> read_number("1.234,5", comma=True), read_number("1,234.5"), read_number("5 mM")
    (1234.5, 1234.5, nan)
    """
    plain = text.replace("'", "").replace("\u00a0", "")
    plain = plain.replace(".", "").replace(",", ".") if comma and "," in plain else plain.replace(",", "")
    try:
        value = float(plain)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def decimal_comma(cells: Iterable[str]) -> bool:
    """Tell whether commas in these numbers are decimal: "0,5" is, and "1,000" only where another cell says so."""
    with_comma = [match[1] for cell in cells if "," in cell and (match := DOSE.fullmatch(cell.strip()))]
    if not with_comma:
        return False
    if any(text.count(",") > 1 for text in with_comma if "." not in text):
        return False  # 1,00,000 is a hundred thousand in India: a decimal comma stands once.
    for text in with_comma:
        if "." in text:
            return text.rindex(",") > text.rindex(".")
    return not all(re.fullmatch(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+", text) for text in with_comma)


def in_one_unit(doses: Doses) -> tuple[NDArray[np.float64], str, list[str]]:
    """Convert doses to their commonest unit: values, that unit, and notes.

    The unit is "" where none is given, or where there are several that cannot be converted. Where masses and molarities
    stand side by side each keeps its unit, and the note says so.
    """
    said = [str(unit) for unit in doses.units if unit]
    if not said:
        return doses.values, "", []
    kinds = sorted(set(said), key=lambda unit: (-said.count(unit), unit))
    unit = kinds[0]
    scale = next((table for table in (MOLAR, MASS) if all(kind in table for kind in kinds)), None)
    if len(kinds) == 1:
        return doses.values, unit, _bare_doses(doses, unit)
    if scale is None:
        return doses.values, "", [f"doses are in {', '.join(kinds)}, which cannot be converted: each keeps its unit."]
    factors = np.array([scale[str(own)] / scale[unit] if own else 1.0 for own in doses.units])
    notes = [f"doses in {', '.join(kinds[1:])} are converted to {unit}.", *_bare_doses(doses, unit)]
    return doses.values * factors, unit, notes


def _bare_doses(doses: Doses, unit: str) -> list[str]:
    pairs = list(zip(doses.values, doses.units, strict=True))
    bare = sum(1 for value, own in pairs if not math.isnan(value) and not own)
    said = sum(1 for value, own in pairs if not math.isnan(value) and own)
    taken = "is taken as" if bare == 1 else "are taken as"
    if bare <= said:
        return [f"{counted(bare, 'dose', 'doses')} without a unit {taken} {unit}."] if bare else []
    question = "is that so? A unit in the heading, such as Dose (µM), says it for all."
    few = counted(said, "of the column says", "of the column say")
    return [f"{counted(bare, 'dose', 'doses')} without a unit {taken} {unit}, which only {few}: {question}"]


def other_units(doses: Doses, column: str) -> list[str]:
    """Say where a cell names another unit than its heading, or the column of units beside it."""
    if not doses.otherwise:
        return []
    cell, beside = doses.otherwise[0]
    cells = counted(len(doses.otherwise), "cell names", "cells name")
    said = (
        f"column {column}: {cells} another unit than the heading or the column of units, "
        f"first '{cell}' where these say {beside}: the cell's own is taken."
    )
    return [said]


def dose_text(value: float, unit: str = "") -> str:
    """Write a dose shortly: "" for none and zero, six digits else.

    >>> dose_text(0.5), dose_text(3.33333333), dose_text(0.0), dose_text(5, "mg/mL")
    ('0.5', '3.33333', '', '5 mg/mL')
    """
    if math.isnan(value) or value == 0:
        return ""
    return f"{value:g} {unit}" if unit else f"{value:g}"


def alike_doses(table: pd.DataFrame) -> list[str]:
    """Say which compounds have doses that nearly agree, so that what may be replicates count as two treatments."""
    if not {"compound", "concentration"} <= set(table) or table["concentration"].dtype.kind not in "iuf":
        return []
    given = table[(table["compound"] != "") & table["concentration"].notna() & (table["concentration"] != 0)]
    near = []
    for compound, doses in given.groupby("compound", sort=True)["concentration"]:
        # What the short form of a treatment's name already joins is one dose.
        values = sorted({float(dose_text(float(value))) for value in doses.unique()})
        near += [f"{compound} {a:g} and {b:g}" for a, b in itertools.pairwise(values) if b - a <= ALIKE * abs(a)]
    if not near:
        return []
    named = "; ".join(near[:3]) + (f"; ... ({len(near)} in all)" if len(near) > 3 else "")
    return [f"doses that nearly agree count as different treatments: {named}. If they are the same, round them."]
