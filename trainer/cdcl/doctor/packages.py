"""The packages that an installation needs, and those that it can use."""

from __future__ import annotations

import re
from importlib import metadata

from cdcl.doctor.check import Check
from cdcl.doctor.children import ask_child

DISTRIBUTION = "napari-cdcl"
EXTRAS = {
    "zarr": ("zarr", "OME-Zarr plates and labels"),
    "excel": ("openpyxl", "plate maps in .xlsx"),
    "export": ("anndata", "profiles for scanpy"),
    "s3": ("obstore", "images in buckets"),
}
"""Extra: the package it brings, and what for."""

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def look_at_packages() -> list[Check]:
    """Hold what is installed against what the distribution asks for."""
    return [_required(), *(_extra(extra, *EXTRAS[extra]) for extra in EXTRAS)]


def version_of(package: str) -> str:
    """Give the version of an installed package; empty where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _required() -> Check:
    try:
        lines = [line for line in metadata.requires(DISTRIBUTION) or [] if "extra ==" not in line]
    except metadata.PackageNotFoundError:
        return Check("packages", "optional", "cdcl runs from a folder of sources", f"pip install {DISTRIBUTION}")
    wrong = [trouble for trouble in map(_trouble, lines) if trouble]
    if wrong:
        return Check("packages", "missing", "; ".join(wrong), f"pip install -U {DISTRIBUTION}")
    return Check("packages", "ok", f"all {len(lines)} that are needed are installed")


def _trouble(line: str) -> str:
    """Say what is wrong with one line of Requires-Dist, such as `torch<3,>=2.6`; empty where nothing is."""
    match = _NAME.match(line)
    name = match[0] if match else line
    version = version_of(name)
    if not version:
        return f"{name} is not installed"
    return "" if _fits(line, version) else f"{name} is {version}, where {line} is needed"


def _fits(line: str, version: str) -> bool:
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return True  # without it versions cannot be compared; what does not fit shows in use
    return Requirement(line).specifier.contains(version, prereleases=True)


def _extra(extra: str, package: str, purpose: str) -> Check:
    version = version_of(package)
    if not version:
        return Check(extra, "optional", f"no {package}: {purpose}", f'pip install "{DISTRIBUTION}[{extra}]"')
    answer = ask_child(f"import {package}; print('{{}}')")
    if answer.trouble:
        return Check(extra, "optional", f"{package} {version}: {answer.trouble}", f"pip install -U {package}")
    return Check(extra, "ok", f"{package} {version}: {purpose}")
