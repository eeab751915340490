"""What of doses may be meant otherwise, and is told: rows without one, columns of units and of logarithms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdcl.screen.counting import counted
from cdcl.screen.doses import read_doses
from cdcl.screen.headings import read_unit
from cdcl.screen.identifiers import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

_UNIT_HEADINGS = ("unit", "units")
_LOG = re.compile(r"(?:^|[\W_])-?p?log(?:2|10)?(?:$|[\W_])", re.IGNORECASE)
_DOSE_WORDS = {"dose", "dosis"}
_AMOUNT_WORDS = {"conc", "concentration", "konz", "konzentration"}
"""With "log" before them: a concentration alone may be one that was measured in the cell."""
_ENDS_IN_DOSE = re.compile(r"[\s_@,-]\d[\d.,]*\s*([A-Za-zµμ%][^\s]*)$")
_MOSTLY = 0.5
"""Of the cells that say something: a few slips make no other column of a column of units."""
SHOWN = 3
"""Names that are told; whoever made one slip made many."""


def names_a_dose(name: str) -> bool:
    """Tell whether a heading speaks of a dose that was given, or of the logarithm of one.

    >>> [names_a_dose(name) for name in ("log10_conc", "nominal_dose", "Cells_concavity", "Ca_concentration")]
    [True, True, False, False]
    """
    words = set(re.split(r"[\W_]+", name.lower()))
    return bool(words & _DOSE_WORDS) or (bool(_LOG.search(name)) and bool(words & _AMOUNT_WORDS))


def is_unit_heading(name: str) -> bool:
    """Tell whether a column is called "unit"."""
    return name.lower().removeprefix("metadata_") in _UNIT_HEADINGS


def holds_units(values: pd.Series) -> bool:
    """Tell whether more cells of a column are units of doses than are other words."""
    texts = as_text(values)
    given = texts[texts != ""]
    return len(given) > 0 and float(given.map(lambda text: bool(read_unit(text))).mean()) > _MOSTLY


def without_odd_units(values: pd.Series, units: pd.Series, column: str) -> tuple[pd.Series, list[str]]:
    """Empty the doses whose unit is a word that is none, where most units are known: nobody knows how much they are.

    Where most are words, such as IU, all keep what they have.
    """
    given = as_text(units)
    bare = read_doses(as_text(values)).units == ""  # a unit in the cell stands above that of the column
    odd = bare & (given != "") & ~given.map(lambda text: bool(read_unit(text))).astype(bool) & (as_text(values) != "")
    if not odd.any() or not holds_units(units):
        return values, []
    words = given[odd].value_counts()
    shown = ", ".join(f"'{word}' ({count})" for word, count in list(words.items())[:SHOWN])
    doses = "1 dose is" if odd.sum() == 1 else f"{int(odd.sum())} doses are"
    return values.astype(object).mask(odd, ""), [
        f"{doses} left empty: column {column} holds words that are no units of a dose: {shown}; write units such as nM."
    ]


def mixed_units(table: pd.DataFrame) -> list[str]:
    """Name a column "unit" that holds units of doses beside more other words, and is not read for these."""
    notes = []
    for name in filter(is_unit_heading, map(str, table)):
        texts = [text for text in as_text(table[name]).unique() if text]
        words = [text for text in texts if not read_unit(text)]
        if words and len(words) < len(texts) and not holds_units(table[name]):
            notes.append(
                f"column {name} holds units of doses and words that are none ({', '.join(words[:SHOWN])}): none of it "
                "is read, and doses count as in one unit; write units such as nM there."
            )
    return notes


def likely_doses(likely: str) -> str:
    """Say what to do with a column that looks like doses and is not used."""
    if _LOG.search(likely):
        return (
            f"column '{likely}' looks like logarithms of doses and is not used; write the doses themselves into a "
            "column concentration."
        )
    return f"column '{likely}' looks like a dose and is not used; rename it to concentration if it is."


def named_doses(sites: pd.DataFrame) -> list[str]:
    """Say that most names end in a dose, where a table has no column of doses: doses of a compound are told apart."""
    column = next((name for name in ("compound", "treatment") if name in sites), None)
    names = [name for name in sites[column].unique() if name] if column else []
    dosed = [name for name in names if (match := _ENDS_IN_DOSE.search(str(name))) and read_unit(match[1])]
    if len(dosed) <= len(names) * _MOSTLY:
        return []
    said = f"{len(dosed)} of {len(names)} names of the column {column} end in a dose, such as '{dosed[0]}'"
    mend = "write compound and concentration into columns of their own"
    return [f"{said}: nothing is read of it, and no control is known by such a name; {mend}."]


def undosed(sites: pd.DataFrame) -> list[str]:
    """Say which compounds have a dose in some rows and none, or 0, in others that are no controls."""
    if not {"compound", "concentration", "treatment"} <= set(sites):
        return []
    doses = sites["concentration"]
    has = (doses.notna() & (doses != 0)) if doses.dtype.kind in "iuf" else ~as_text(doses).isin(["", "0"])
    treated = (sites["compound"] != "") & (sites["treatment"] == sites["compound"])
    if "control" in sites:
        treated &= sites["control"] == ""
    dosed = set(sites["compound"][has])
    lacking = treated & ~has & sites["compound"].isin(dosed)
    return [_undosed(sites["compound"][lacking].unique(), int(lacking.sum()))] if lacking.any() else []


def _undosed(names: Iterable[str], count: int) -> str:
    shown = list(names)
    named = ", ".join(shown[:SHOWN]) + (", ..." if len(shown) > SHOWN else "")
    rows = counted(count, "row names", "rows name")
    return (
        f"{rows} a compound that has doses elsewhere, and no dose or 0 ({named}): each compound without "
        "one is a treatment of its own. If it is the vehicle, write negative in a column control."
    )
