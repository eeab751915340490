"""Write cells as OME-Zarr labels, versions 0.4 and 0.5, beside the data or as new labels of it; never over anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cdcl.cells.cell_table import cells_from_labels
from cdcl.cells.matching import key_columns
from cdcl.cells.ome_beside import LabelsBeside
from cdcl.cells.ome_form import LabelForm
from cdcl.cells.ome_within import LabelsWithin
from cdcl.errors import ScreenError
from cdcl.events import Advanced, Began, Ended, Wrote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.screen import Screen
    from cdcl.tasks import Task

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def write_ome_labels(
    labels: Iterable[tuple[int, NDArray[np.integer[Any]]]],
    screen: Screen,
    out: Path,
    form: LabelForm | None = None,
) -> Task[Path]:
    """Write label images of a screen's fields, and beside them a table (.csv) with a row a label.

    Where `out` does not exist, it becomes a folder with one OME-Zarr plate a plate, `<plate>.zarr/B/07/1/labels/cells`;
    the data may be of any layout. Where `out` is the OME-Zarr plate or image that the screen's fields lie in, each
    field gets new labels in its own group, of the version of the plate, and the table lies beside the plate. Nothing
    that exists is replaced but the list of names in `labels/`.

    Parameters
    ----------
    labels
        A field's row in the screen and its label image (Y, X), 0 being no cell; taken one by one.

    Returns
    -------
    Path
        Of the table: plate, well and site, `cell`, the label's value, `y`, `x` and `area` in pixels, and `properties`.

    Raises
    ------
    ScreenError
        If `out` exists and is not where the fields lie, or such labels are there already, or zarr is not installed.
    """
    form = form or LabelForm()
    _check(form)
    target = LabelsWithin.of(screen, out, form) if out.exists() else LabelsBeside.of(screen, out, form)
    tables: list[pd.DataFrame] = []
    yield Began("writing labels", total=None, unit="field")
    with target.opened() as opened:
        for row, image in labels:
            known = _table(image, row, form.properties)
            opened.write(row, image, known)
            tables.append(known)
            yield Advanced(len(tables))
        if not tables:
            raise ScreenError(f"{out}: there are no cells to write.")
        opened.finish(_with_fields(tables, screen))
    yield Ended()
    yield Wrote(f"labels '{form.name}' of {len(tables):,} fields", str(out))
    yield Wrote(f"table of {sum(map(len, tables)):,} labels", str(target.table))
    return target.table


def _check(form: LabelForm) -> None:
    if not _NAME.fullmatch(form.name):
        raise ScreenError(f"labels cannot be named '{form.name}': take letters, digits, _, - and dots.")
    if form.version not in ("", "0.4", "0.5"):
        raise ScreenError(f"OME-Zarr {form.version} is not written; say 0.4 or 0.5.")


def _table(image: NDArray[np.integer[Any]], row: int, properties: pd.DataFrame | None) -> pd.DataFrame:
    """Give a row a label: its centroid and area, and in their place and beside them what is known of it."""
    if image.ndim != 2 or image.dtype.kind not in "biu" or (image.size and image.min() < 0):
        raise ScreenError(
            f"field {row}: labels are one plane of whole numbers from 0, not {image.dtype} {image.shape}."
        )
    measured = cells_from_labels(image.astype(np.int64), row).table.drop(columns="border")
    if properties is None:
        return measured
    known = properties[properties["row"] == row]
    both = [name for name in measured if name in known and name not in ("row", "cell")]
    joined = measured.merge(known.drop(columns="row"), on="cell", how="left", suffixes=(" (measured)", ""))
    for name in both:
        joined[name] = joined[name].fillna(joined[f"{name} (measured)"])
    return joined[[*measured, *(name for name in known if name not in measured)]]


def _with_fields(tables: Sequence[pd.DataFrame], screen: Screen) -> pd.DataFrame:
    table = pd.concat(tables, ignore_index=True)
    fields = screen.sites[key_columns(screen)].iloc[table["row"]].reset_index(drop=True)
    own = table.drop(columns=["row", *(name for name in fields if name in table and name != "cell")])
    return fields.drop(columns=[name for name in fields if name in own]).join(own)
