"""Paths and URLs of a table that lie elsewhere here: a prefix is replaced by another."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from cdcl.errors import ScreenError
from cdcl.images.remote import is_remote
from cdcl.screen.columns import as_text
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

Remap = tuple[str, str]
"""A prefix, and what stands in its place."""

_COLUMN = re.compile(r"(?:Image_)?(?:PathName|URL)_.+|path(?:_.+)?")


def parse_remaps(texts: Iterable[str]) -> tuple[Remap, ...]:
    """Read "s3://bucket/prefix=/local/folder", as often as it is said; a local folder becomes absolute.

    Raises
    ------
    ScreenError
        If a text has no two sides.
    """
    remaps = []
    for text in texts:
        old, _, new = text.partition("=")
        if not old.strip() or not new.strip():
            raise ScreenError(
                f"{option('remap')} {text}: say FROM=TO, such as s3://cellpainting-gallery=/data/gallery."
            )
        place = new.strip() if is_remote(new.strip()) else os.path.abspath(new.strip())  # noqa: PTH100, as text
        remaps.append((_bare(old.strip()), _bare(place.replace("\\", "/"))))
    return tuple(remaps)


def remapped(tables: Sequence[pd.DataFrame], remaps: Sequence[Remap]) -> list[pd.DataFrame]:
    """Replace the prefixes in all columns that hold paths; of several that fit, the longest.

    Raises
    ------
    ScreenError
        If one of them begins no path at all.
    """
    order = sorted(remaps, key=lambda remap: -len(remap[0]))
    used: set[str] = set()
    result = [_replaced(table, order, used) for table in tables]
    unused = [old for old, _ in remaps if old not in used]
    if unused:
        examples = [text for table in tables for name in _columns(table) for text in as_text(table[name]).iloc[:1]]
        such = f"such as {examples[0]}" if examples else "for there are none"
        raise ScreenError(f"{option('remap')} {unused[0]}=...: no path of the table begins with it, {such}.")
    return result


def _columns(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table if _COLUMN.fullmatch(str(name))]


def _replaced(table: pd.DataFrame, order: Sequence[Remap], used: set[str]) -> pd.DataFrame:
    changed = {}
    for name in _columns(table):
        texts = as_text(table[name])
        changed[name] = texts.map({text: _moved(text, order, used) for text in texts.unique()})
    return table.assign(**changed)


def _moved(text: str, order: Sequence[Remap], used: set[str]) -> str:
    for old, new in order:
        if text == old or text.startswith((f"{old}/", f"{old}\\")):
            used.add(old)
            return new + text[len(old) :]
    return text


def _bare(prefix: str) -> str:
    return prefix.rstrip("/\\") or prefix
