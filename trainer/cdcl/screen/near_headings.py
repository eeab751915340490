"""Headings that are a slip of the pen away from a known one: offered, never taken by themselves."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from cdcl.screen.headings import ALIASES, LONGEST, is_heading, known_columns, read_heading, simple_heading

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALIKE = 0.85
"""Likeness as `difflib` measures it. Two letters swapped in "control" or "treatment" leave 0.86 and 0.89; "yield" is
0.8 like "field"."""

_SHORT = 5
"""Of fewer letters a slip makes another word: "size" is no site, and "call" no cell."""

_SHORT_NAMES = ("well", "dose", "conc", "drug")
"""The short ones that are known all the same: nothing that is measured is called nearly so."""

_FILE_KINDS = ("filename", "pathname", "url", "frame", "series")
_FILE_PARTS = re.compile(r"(?:image_)?([A-Za-z]+)_(.+)", re.IGNORECASE)

SHOWN = 3
"""Columns that are told in one line."""


@lru_cache(maxsize=8192)
def near_heading(column: str) -> str:
    """Give the name of ours that an unknown heading is nearly; "" where there is none, or it is known.

    >>> [near_heading(name) for name in ("concentratoin", "Metadata_Treatmnet", "compuond", "size", "compound")]
    ['concentration', 'treatment', 'compound', '', '']
    """
    if len(column) > LONGEST or read_heading(column).name or column.lower().startswith(("path_", "illum_", "emb_")):
        return ""
    bare = simple_heading(column)
    swapped = [name for name in _SHORT_NAMES if sorted(name) == sorted(bare)]
    close = swapped or get_close_matches(bare, _candidates(), n=1, cutoff=_ALIKE)
    # Plate1 and plate2 are two of a kind, not slips of one.
    if not close or re.sub(r"\d", "", bare) == close[0] or bare == f"{close[0]}s":
        return ""
    return _candidates()[close[0]]


def near_notes(columns: Iterable[str], said: Iterable[str]) -> list[str]:
    """Ask in one line about the columns that are nearly called as a known one that the table lacks.

    Parameters
    ----------
    columns
        All of a table.
    said
        Notes on it; a column that one of these names in quotes is not asked about again.
    """
    names = list(map(str, columns))
    known = {*known_columns(names).values(), *names}
    before = "\n".join(said)
    near = {name: near for name in names if f"'{name}'" not in before and (near := near_heading(name)) not in known}
    near = {name: ours for name, ours in near.items() if ours} | _near_files(names)
    if not near:
        return []
    shown = ", ".join(f"'{name}' ({ours}?)" for name, ours in list(near.items())[:SHOWN])
    more = f", ... ({len(near)} in all)" if len(near) > SHOWN else ""
    what = "1 column is" if len(near) == 1 else f"{len(near)} columns are"
    return [
        f"{what} nearly called as one that cdcl knows, and not taken for it: {shown}{more}; rename it if it is one."
    ]


def _near_files(names: list[str]) -> dict[str, str]:
    """Find FilName_DNA beside FileName_RNA: a channel that would be missed."""
    if not any(
        is_heading(name) and name.lower().startswith(("filename_", "image_filename_", "url_")) for name in names
    ):
        return {}
    found = {}
    for name in names:
        match = _FILE_PARTS.fullmatch(name)
        if match is None or is_heading(name):
            continue
        if close := get_close_matches(match[1].lower(), _FILE_KINDS[:2], n=1, cutoff=_ALIKE):
            written = {"filename": "FileName", "pathname": "PathName"}[close[0]]
            found[name] = f"{written}_{match[2]}"
    return found


@lru_cache(maxsize=1)
def _candidates() -> dict[str, str]:
    """Map the spellings of known names, without gaps and in lower case, to our names."""
    spelled = {simple_heading(alias): ours for ours, aliases in ALIASES.items() for alias in aliases}
    return {alias: ours for alias, ours in spelled.items() if len(alias) >= _SHORT or alias in _SHORT_NAMES}
