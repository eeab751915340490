"""Points on a plane to look at, to colour and to select from; knows neither session nor napari."""

from napari_cdcl.ui.scatter.canvas import ScatterCanvas
from napari_cdcl.ui.scatter.legend import Legend
from napari_cdcl.ui.scatter.model import Mode, ScatterModel
from napari_cdcl.ui.scatter.view import ScatterView

__all__ = ["Legend", "Mode", "ScatterCanvas", "ScatterModel", "ScatterView"]
