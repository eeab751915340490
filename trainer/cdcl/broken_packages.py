"""Errors that say a package is broken or missing: a fault of the installation, which the verb `doctor` looks into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.wording import verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

OURS = ("cdcl", "napari_cdcl")
_IMPORTING = "<frozen importlib._bootstrap>"
_PLACES = ("site-packages", "dist-packages")


def broken_package(error: BaseException) -> str:
    """Name the package of others that could not be imported, or ""; a module of ours that is missing is our defect.

    That is told by the error itself, or, where a library of C cannot be loaded (`OSError`), by the package whose import
    was under way.
    """
    files = list(_files(error.__traceback__))
    if isinstance(error, ImportError):
        package = (error.name or "").partition(".")[0] or _package_of(files)
        return "" if package in OURS else package
    if isinstance(error, OSError) and error.filename is None and _IMPORTING in files:
        return _package_of(files[files.index(_IMPORTING) :])
    return ""


def describe_broken(package: str, error: BaseException) -> str:
    """Say which package, why, and how to mend it."""
    return f"{package} cannot be loaded ({error}): the installation is broken; {verb('doctor')} says what mends it."


def _files(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename
        traceback = traceback.tb_next


def _package_of(files: list[str]) -> str:
    """Name the installed package that the innermost of these files belongs to, "" where it is none."""
    for file in reversed(files):
        parts = Path(file).parts
        place = next((number for number, part in enumerate(parts[:-1]) if part in _PLACES), None)
        if place is not None:
            return Path(parts[place + 1]).stem
    return ""
