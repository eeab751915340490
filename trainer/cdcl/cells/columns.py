"""What other tools call the centre of a cell, its number, and the field it is in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdcl.cells.matching import FILE_NAME
from cdcl.errors import ScreenError
from cdcl.screen.columns import known_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

COMPARTMENTS = ("nuclei", "nucleus", "", "cells", "cell", "cytoplasm")
"""Whose centre is taken where a table has several, the best first."""

_CENTRE = re.compile(
    r"(?:metadata_)?(?:(?P<object>[a-z]+)_)?(?:location_center|areashape_center|location_centre|centroid|center|centre)"
    r"_?(?P<axis>[xy])",
    re.IGNORECASE,
)
_PLAIN = {
    "y": "y", "pos_y": "y", "y_px": "y", "centroid-0": "y", "centroid_0": "y", "axis-0": "y", "y_coord": "y",
    "x": "x", "pos_x": "x", "x_px": "x", "centroid-1": "x", "centroid_1": "x", "axis-1": "x", "x_coord": "x",
}  # fmt: skip
_NUMBER = re.compile(r"(?:metadata_)?(?:[a-z]+_)?(?:number_)?object_?number", re.IGNORECASE)
_NUMBERS = ("cell", "cell_id", "label", "object_id", "index")
_FILE = re.compile(r"(?:image_|metadata_)*filename_.+|path|file_?path|file_?name|file|image|image_?name", re.IGNORECASE)
_FRAME = {"imagenumber": "image_number", "tablenumber": "table_number"}


def cell_columns(columns: Iterable[str], source: str) -> dict[str, str]:
    """Map the columns that say where cells are to our names: `y`, `x`, `cell`, `plate`, `well`, `site`, `file_name` ...

    Raises
    ------
    ScreenError
        If there are no coordinates.
    """
    names = [str(name) for name in columns]
    centre = _centre(names)
    if not centre:
        raise ScreenError(
            f"{source} has no coordinates of cells; expected columns like y and x, Location_Center_X and _Y, or "
            f"Nuclei_Location_Center_X and _Y; it has {', '.join(names[:12])}."
        )
    rest = [name for name in names if name not in centre]
    return {**field_columns(rest), **_first(rest, _is_number, "cell"), **centre}


def field_columns(columns: Iterable[str]) -> dict[str, str]:
    """Map the columns that say which field a row belongs to, to our names."""
    names = [str(name) for name in columns]
    known = known_columns(names)
    known.update({name: name for name in names if name in ("batch", "plate", "well", "site", "image_id")})
    places = {old: new for old, new in known.items() if new in ("batch", "plate", "well", "site", "image_id")}
    frames = {name: _FRAME[bare] for name in names if (bare := _bare(name)) in _FRAME}
    return {**_first(names, lambda name: bool(_FILE.fullmatch(name)), FILE_NAME), **frames, **places}


def renamed(table: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Rename columns; others that have one of the new names already give way."""
    in_the_way = [name for name in table.columns if name in columns.values() and name not in columns]
    return table.drop(columns=in_the_way).rename(columns=columns)


def _centre(names: list[str]) -> dict[str, str]:
    found: dict[str, dict[str, str]] = {}
    for name in names:
        if match := _CENTRE.fullmatch(name):
            found.setdefault((match["object"] or "").lower(), {}).setdefault(match["axis"].lower(), name)
    for compartment in (*COMPARTMENTS, *found):
        if len(found.get(compartment, {})) == 2:
            return {name: axis for axis, name in found[compartment].items()}
    plain = {name: _PLAIN[name.lower()] for name in reversed(names) if name.lower() in _PLAIN}
    chosen = {axis: name for name, axis in plain.items()}
    return {name: axis for axis, name in chosen.items()} if len(chosen) == 2 else {}


def _is_number(name: str) -> bool:
    return bool(_NUMBER.fullmatch(name)) or name.lower() in _NUMBERS


def _first(names: list[str], fits: Callable[[str], bool], new: str) -> dict[str, str]:
    return next(({name: new} for name in names if fits(name)), {})


def _bare(name: str) -> str:
    return re.sub(r"^(?:image_)?(?:metadata_)?", "", name, flags=re.IGNORECASE).replace("_", "").lower()
