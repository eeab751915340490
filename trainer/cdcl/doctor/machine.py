"""The machine: Python, and the disk that decoded pixels go to."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from pathlib import Path

from cdcl import __version__
from cdcl.doctor.check import Check
from cdcl.doctor.children import ask_child

LEAST_FREE = 10**10
"""Below this many bytes free a word is due: one plate of 384 wells, 9 fields of 5 x 1080 x 1080, takes 40 GB."""

_CACHE = """
import json
from cdcl.pixels.cache import default_cache_folder
print(json.dumps({"folder": str(default_cache_folder())}))
"""
_ANOTHER = "export CDCL_CACHE=/a/folder/on/another/disk"


def look_at_machine() -> list[Check]:
    """Name versions, and try the folder of decoded pixels."""
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    return [Check("cdcl", "ok", __version__), Check("python", "ok", python), _cache()]


def _cache() -> Check:
    answer = ask_child(_CACHE)
    if answer.trouble:
        return Check("cache", "missing", answer.trouble, "pip install -U napari-cdcl")
    return look_at_folder(Path(answer.facts["folder"]))


def look_at_folder(folder: Path) -> Check:
    """Say how much is free where `folder` is or will be, and whether a file can be written there."""
    try:
        there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        free = shutil.disk_usage(there).free
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"0" * 4096)
            file.flush()
    except OSError as error:
        return Check("cache", "missing", f"{folder}: nothing can be written ({error.strerror or error})", _ANOTHER)
    text = f"{folder}, {free / 1e9:.1f} GB free"
    return Check("cache", "ok", text) if free >= LEAST_FREE else Check("cache", "optional", text, _ANOTHER)
