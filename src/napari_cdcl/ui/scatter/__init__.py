"""Points on a plane to look at, to colour and to select from; knows neither session nor napari.

The scatter is imported when it is asked for first: the plate map uses no more of this package than its colours.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_cdcl.ui.scatter.canvas import ScatterCanvas
    from napari_cdcl.ui.scatter.legend import Legend
    from napari_cdcl.ui.scatter.model import Mode, ScatterModel
    from napari_cdcl.ui.scatter.view import ScatterView

HOMES = {"ScatterCanvas": "canvas", "Legend": "legend", "Mode": "model", "ScatterModel": "model", "ScatterView": "view"}
"""In which module each name lies."""


def __getattr__(name: str) -> Any:
    """Give what is asked for by name, once its module is there (PEP 562)."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
    return found


__all__ = ["Legend", "Mode", "ScatterCanvas", "ScatterModel", "ScatterView"]
