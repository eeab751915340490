"""Names of channels in a table, held against those that the images declare themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ImageError
from cdcl.images.pages import read_pages
from cdcl.images.remote import is_remote

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

TRIED = 5
"""Images whose headers are read, evenly spread: names change between acquisitions, not between fields."""


def names_against_images(sites: pd.DataFrame, folder: Path) -> list[str]:
    """Say where OME-TIFF images name their channels otherwise than `channel_names` does, once.

    Parameters
    ----------
    sites
        With `path` and `channel_names`; without one of them nothing is said.
    folder
        Where relative paths begin.
    """
    if not {"path", "channel_names"} <= set(sites) or not len(sites):
        return []
    rows = sorted({round(number * (len(sites) - 1) / (TRIED - 1)) for number in range(TRIED)})
    for path, text in sites[["path", "channel_names"]].iloc[rows].astype(str).itertuples(index=False):
        named = tuple(name.strip() for name in text.split(";"))
        declared = _declared(folder, path)
        if not declared or [name.casefold() for name in declared] == [name.casefold() for name in named]:
            continue
        order = "in another order" if _same(declared, named) else "otherwise"
        said = (
            f"{path} names its channels {order} ({', '.join(declared)}) than channel_names ({', '.join(named)}): the "
            "table is believed; mend it if the image is right."
        )
        return [said]
    return []


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return sorted(map(str.casefold, one)) == sorted(map(str.casefold, other))


def _declared(folder: Path, path: str) -> tuple[str, ...]:
    """Give the names in a file's OME-XML; none where it has none, or is not there or damaged, which others say."""
    if is_remote(path) or not path.lower().endswith((".tif", ".tiff")):
        return ()
    try:
        pages = read_pages(folder / path)
    except (ImageError, OSError):
        return ()
    return pages.names if pages else ()
