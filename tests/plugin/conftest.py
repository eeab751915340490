"""What the tests of the plugin need of a screen: nothing, but for those marked `gl`, which are skipped without one."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import pytest

HEADLESS = sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

if HEADLESS:  # Qt would abort the whole process
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what opens a real window where none can be opened, and say why."""
    windows = [item for item in items if item.get_closest_marker("gl")]
    reason = _why_no_window() if windows else ""
    if reason:
        for item in windows:
            item.add_marker(pytest.mark.skip(reason=reason))


def _why_no_window() -> str:
    if HEADLESS:
        return "no display: run `make test`, or pytest under xvfb-run (`make system` installs it or says how)"
    try:
        import_module("napari")
        import_module("qtpy.QtWidgets")
    except ImportError as error:
        return f"napari or Qt cannot be loaded ({error}): run `make install` and `make system`"
    return ""
