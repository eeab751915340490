"""Where the single cells of a screen are: read from tables and label images, found, or laid out as tiles."""

from cdcl.cells.cell_table import Cells, cells_from_labels, cells_from_points
from cdcl.cells.drawing import draw_cells, label_numbers
from cdcl.cells.files import CELLS_NAME, read_cells_file, write_cells
from cdcl.cells.ome_form import LabelForm
from cdcl.cells.ome_labels import read_ome_labels
from cdcl.cells.ome_writing import write_ome_labels
from cdcl.cells.properties import add_columns
from cdcl.cells.sources import gather_cells, read_cells

__all__ = [
    "CELLS_NAME",
    "Cells",
    "LabelForm",
    "add_columns",
    "cells_from_labels",
    "cells_from_points",
    "draw_cells",
    "gather_cells",
    "label_numbers",
    "read_cells",
    "read_cells_file",
    "read_ome_labels",
    "write_cells",
    "write_ome_labels",
]
