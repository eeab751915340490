"""Columns that tell of images and not of wells: where their files lie, their numbers, what was counted there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdcl.images.references import parse_reference
from cdcl.screen.identifiers import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_OWN = {
    "path",
    "image_id",
    "site",
    "cell",
    "num_cells",
    "split",
    "channel_names",
    "pixel_size",
    "binning",
    "full_scale",
    "channel_axis",
    "height",
    "width",
    "dtype",
}
_FILES = re.compile(r"(?:path|illum)_.+|(?:image_)?(?:filename|pathname|url|frame|series)_.+", re.IGNORECASE)
"""One column a channel: our own, and those of CellProfiler's LoadData."""
_IMAGE = re.compile(r"\.(?:tiff?|png|jpe?g|npy|bmp|zarr(?:/.*)?)$", re.IGNORECASE)
"""How names of images end."""


def image_columns(table: pd.DataFrame) -> list[str]:
    """Name the columns of a table that tell of single images, in their order.

    Parameters
    ----------
    table
        With known columns under our names, a row an image or a row a well.

    Returns
    -------
    list of str
        Columns of files, by their headings or because all that they hold are names of images; numbers of images,
        fields and cells; counts of cells, the split of a training, and how images were taken.
    """
    return [
        str(name) for name in table if str(name) in _OWN or _FILES.fullmatch(str(name)) or _names_images(table[name])
    ]


def varying_within(table: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Name the columns of which rows with the same `keys` say different things, in their order."""
    groups = table.fillna("").astype(str).groupby(list(keys), sort=False)
    kinds = groups.nunique()
    return [str(name) for name in kinds if (kinds[name].to_numpy() > 1).any()]


def _names_images(values: pd.Series) -> bool:
    """Tell whether all that stands in a column are names of images, planes of files among them."""
    if values.dtype.kind in "biufM":
        return False
    texts = [text for text in as_text(values).unique() if text]
    return bool(texts) and all(_IMAGE.search(parse_reference(text)[0].file) for text in texts)
