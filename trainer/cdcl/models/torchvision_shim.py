"""timm without torchvision: what we use of timm needs nothing of it, and too many pairs of builds do not fit together.

timm imports torchvision at its top, for image transforms and data sets. Where torch and torchvision are of different
builds (CPU beside CUDA, older beside newer) that import raises, or registers an operator twice and aborts the whole
process in C++, which no `except` can catch. So torchvision is never loaded here: while timm is imported, empty modules
answer in its place, and are gone afterwards. Who needs torchvision in the same process imports it before or after.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "torchvision"


def import_timm() -> ModuleType:
    """Import timm, and torchvision with it only where somebody has loaded torchvision already."""
    if "timm" in sys.modules or _NAME in sys.modules:
        return importlib.import_module("timm")
    with _torchvision_stands_empty():
        return importlib.import_module("timm")


def allow_torchvision() -> None:
    """Make a plain `import timm` safe from here on; scripts know this older name of `import_timm`."""
    import_timm()


class _Nothing(type):
    """The type of classes without content: any attribute of theirs is another such class."""

    def __getattr__(cls, name: str) -> type:
        return _nothing(name)


def _nothing(name: str) -> type:
    if name.startswith("__"):  # asked by Python's own machinery, which takes any answer at its word
        raise AttributeError(name)
    return _Nothing(name, (), {})


class _EmptyModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return _nothing(name)


class _EmptyPackages(MetaPathFinder, Loader):
    """Finds torchvision and every module below it, and leaves each empty."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        below = fullname == _NAME or fullname.startswith(f"{_NAME}.")
        return ModuleSpec(fullname, self, is_package=True) if below else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _EmptyModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty."""


@contextmanager
def _torchvision_stands_empty() -> Iterator[None]:
    finder = _EmptyPackages()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name, module in sys.modules.items() if isinstance(module, _EmptyModule)]:
            del sys.modules[name]
