"""Columns that say which wells are controls, by whatever heading: taken where that is certain, else asked about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdcl.screen.controls import explicit_control, read_control, says_treated
from cdcl.screen.headings import read_heading, simple_heading
from cdcl.screen.identifiers import as_text

if TYPE_CHECKING:
    import pandas as pd

_GENERAL = frozenset(
    {
        "type", "role", "class", "kind", "category", "status", "welltype", "wellrole", "wellclass", "wellkind",
        "wellcategory", "wellstatus", "wellcontent", "content", "sampleclass", "samplekind", "samplerole",
        "treatmenttype", "treatmentclass", "perttype", "welluse", "usage", "group", "treatmentgroup",
        "typ", "welltyp", "probentyp", "rolle", "art",
    }
)  # fmt: skip
"""Headings under which laboratories say what a well is for, and much else."""
_CONTROL = re.compile(
    r"(?:^|[\W_])(?:is_?)?(?:neg|pos|negative|positive)?_?(?:controls?|cntrl|ctrl|ctl)(?:$|[\W_])", re.IGNORECASE
)
"""Headings such as negative_control and is_ctrl, beside those that are known."""
_MOST_WORDS = 12
"""Different words of a column of controls; one of names or numbers has more."""
_SOLVENTS = ("solvent", "vehicle", "carrier", "diluent")
_TOLD = 6
"""Words that are told with what they are taken for."""
_NUMBERED = re.compile(r"(?<=[A-Za-z\s#_-])\d+$")
"""Sample X1 and Sample X2 are one kind of well."""
_SHOWN = 4
"""Words that are told: negative, positive, empty and treated are all kinds there are."""


def with_control_heading(table: pd.DataFrame, names: dict[str, str], notes: list[str]) -> dict[str, str]:
    """Take a column for `control` where its heading may say what wells are for and its words certainly do.

    Parameters
    ----------
    table
        As it was read.
    names
        Its headings, and our names of them.
    notes
        Where what was taken is said, and what is asked about.

    Returns
    -------
    dict
        `names`, with the column of controls where there is one.
    """
    taken = "control" in names.values() or "control" in table
    free = [str(name) for name in table if str(name) not in names and not read_heading(str(name)).name]
    headed = [name for name in free if simple_heading(name) in _GENERAL or _CONTROL.search(name)]
    for name in headed:
        words = {} if taken else _words(table[name])
        if _is_certain(words):
            told = list(words.items())
            kinds = "; ".join(f"'{word}' ({count}) {read_control(word) or 'treated'}" for word, count in told[:_TOLD])
            kinds += f"; ... ({len(told)} words)" if len(told) > _TOLD else ""
            notes.append(f"column '{name}' says which wells are controls: {kinds}.")
            return {**names, name: "control"}
    # Beside a column of controls, another is asked about by its heading alone.
    asked = [name for name in headed if _CONTROL.search(name)] if taken else [*headed, *free]
    first = next((name for name in asked if _asked(name, table[name])), "")
    if first:
        notes.append(_question(first, _words(table[first])))
    return names


def _words(values: pd.Series) -> dict[str, int]:
    """Count the words of a column, the commonest first; none where it has too many, or holds numbers."""
    if values.dtype.kind in "fcmM":
        return {}
    texts = as_text(values)
    counts = texts[texts != ""].str.replace(_NUMBERED, "", regex=True).value_counts()
    return {str(word): int(count) for word, count in counts.items()} if len(counts) <= _MOST_WORDS else {}


def _is_certain(words: dict[str, int]) -> bool:
    """Tell whether each word is known, and one is a control's: positive and negative alone may be results."""
    if not words or any(read_control(word) is None for word in words):
        return False
    controls = [word for word in words if read_control(word) in ("negative", "positive")]
    return any(map(explicit_control, controls)) or (bool(controls) and any(map(says_treated, words)))


def _asked(name: str, values: pd.Series) -> bool:
    return _may_be(name, _words(values), some_blank=bool((as_text(values) == "").any()))


def _may_be(name: str, words: dict[str, int], *, some_blank: bool) -> bool:
    """Tell whether a column is asked about: by its heading, or by words of controls beside other wells or blanks."""
    if _CONTROL.search(name):
        return True
    if not any(map(explicit_control, words)):
        return False
    kinds = {read_control(word) for word in words}
    if simple_heading(name) in _GENERAL or {"negative", "positive"} <= kinds or any(map(says_treated, words)):
        return True
    return some_blank and None not in kinds and simple_heading(name) not in _SOLVENTS


def _question(name: str, words: dict[str, int]) -> str:
    shown = ", ".join(f"'{word}' ({count})" for word, count in list(words.items())[:_SHOWN])
    holds = f" ({shown}{', ...' if len(words) > _SHOWN else ''})" if words else ""
    return (
        f"column '{name}'{holds} looks like controls and is not used; if it says which wells are controls, call it "
        "control, with the words negative, positive, empty or treated."
    )
