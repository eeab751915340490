"""Points on a plane to look at, to colour and to select from; knows neither session nor napari."""

from napari_cdcl.widgets._scatter.canvas import ScatterCanvas
from napari_cdcl.widgets._scatter.legend import Legend
from napari_cdcl.widgets._scatter.model import Mode, ScatterModel
from napari_cdcl.widgets._scatter.view import ScatterView

__all__ = ["Legend", "Mode", "ScatterCanvas", "ScatterModel", "ScatterView"]
