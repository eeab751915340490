"""timm imports torchvision; a CPU build of torch beside a CUDA build of torchvision must not stop it.

PyPI's torchvision is built for CUDA. Beside a torch without CUDA its compiled half does not load, and its Python half
then fails at import with "operator torchvision::nms does not exist". Nothing here needs those operators, so declaring
their names before the first import is enough.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_declared: list[torch.library.Library] = []


def allow_torchvision() -> None:
    """Make `import torchvision` work with any build of torch; does nothing where it works already."""
    spec = importlib.util.find_spec("torchvision")
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not folders or _declared or any(_loads(library) for folder in folders for library in Path(folder).glob("_C.*")):
        return
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for operator in ("nms", "qnms"):
        library.define(f"{operator}{_SIGNATURE}")  # type: ignore[no-untyped-call]
    _declared.append(library)  # the names vanish with the object


def _loads(library: Path) -> bool:
    try:
        torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
    except OSError:
        return False
    return True
