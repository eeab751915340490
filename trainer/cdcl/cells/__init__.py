"""Where the single cells of a screen are: read from tables and label images, found, or laid out as tiles."""

from cdcl.cells.cells import Cells, cells_from_labels, cells_from_points
from cdcl.cells.files import CELLS_NAME, read_cells_file, write_cells
from cdcl.cells.sources import gather_cells, read_cells

__all__ = [
    "CELLS_NAME",
    "Cells",
    "cells_from_labels",
    "cells_from_points",
    "gather_cells",
    "read_cells",
    "read_cells_file",
    "write_cells",
]
