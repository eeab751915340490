"""The layouts that are told by the files in a folder, in the order in which they are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.readers.instruments import filename_layouts, imagexpress
from cdcl.readers.instruments.cellvoyager import CellVoyager
from cdcl.readers.instruments.hcs_ai import HcsAi
from cdcl.readers.instruments.ome_tiff import OmeTiff
from cdcl.readers.instruments.ome_zarr import OmeZarr
from cdcl.readers.instruments.operetta import Harmony
from cdcl.readers.instruments.plain_zarr import PlainZarr
from cdcl.readers.instruments.rxrx1 import RxRx1
from cdcl.readers.instruments.scanr import SCANR

if TYPE_CHECKING:
    from cdcl.readers.planes import Layout
    from cdcl.readers.walking import Tree

LAYOUTS: dict[str, Layout] = {
    "harmony": Harmony(),
    "cellvoyager": CellVoyager(),
    "ome-zarr": OmeZarr(),
    "zarr": PlainZarr(),
    "ome-tiff": OmeTiff(),
    "hcs-ai": HcsAi(),
    "rxrx1": RxRx1(),
    "scanr": SCANR,
    "incell": filename_layouts.INCELL,
    "incell-7": filename_layouts.INCELL_7,
    "gen5": filename_layouts.GEN5,
    "arrayscan": filename_layouts.ARRAYSCAN,
    "imagexpress": imagexpress.LAYOUT,
}
"""Microscopes and archives by name."""


def recognise(tree: Tree) -> str | None:
    """Name the layout that explains most of the files; of two that explain as many, the first of `LAYOUTS`."""
    claims = {name: layout.claim(tree) for name, layout in LAYOUTS.items()}
    best = max(claims, key=lambda name: claims[name])
    return best if claims[best] else None
