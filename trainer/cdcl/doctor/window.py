"""What draws the window: napari, a Qt binding, a display, OpenGL. Only children of this process load any of them."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from cdcl.doctor.check import Check
from cdcl.doctor.children import ask_child
from cdcl.doctor.packages import DISTRIBUTION, version_of

BINDINGS = ("PyQt6", "PySide6", "PyQt5", "PySide2")
QT_LIBRARIES = "apt-get install libgl1 libegl1 libxkbcommon-x11-0 libxcb-cursor0 libdbus-1-3"
MEMORY_DISPLAY = "xvfb-run -a napari (a display in memory)"
INSTALL = f'pip install "{DISTRIBUTION}[all]"'

_QT = "import json, qtpy; from qtpy import QtWidgets; print(json.dumps({'api': qtpy.API_NAME, 'qt': qtpy.QT_VERSION}))"
_SCREEN = """
import json
from qtpy.QtGui import QGuiApplication
print(json.dumps({"platform": QGuiApplication(["doctor"]).platformName()}))
"""
_GL = """
import json
from qtpy.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext
application, surface, context = QGuiApplication(["doctor"]), QOffscreenSurface(), QOpenGLContext()
surface.create()
if not context.create() or not context.makeCurrent(surface):
    raise SystemExit("no OpenGL context could be made")
from vispy.gloo import gl
print(json.dumps({"version": gl.glGetParameter(gl.GL_VERSION), "renderer": gl.glGetParameter(gl.GL_RENDERER)}))
"""


def look_at_window() -> list[Check]:
    """Find what the napari window needs; without napari the trainer is whole, and nothing more is looked for."""
    version = version_of("napari")
    if not version:
        return [Check("napari", "optional", "not installed: the trainer works, without a window", INSTALL)]
    napari = Check("napari", "ok", version)
    binding = _binding()
    if binding.verdict != "ok":
        return [napari, binding]
    display = _display()
    return [napari, binding, display] if display.verdict != "ok" else [napari, binding, display, _opengl()]


def _binding() -> Check:
    there = [name for name in BINDINGS if find_spec(name)]
    if not there:
        return Check("Qt", "optional", f"no binding: one of {', '.join(BINDINGS[:2])} is needed", INSTALL)
    answer = ask_child(_QT)
    if answer.trouble:
        return Check("Qt", "optional", f"{there[0]}: {answer.trouble}", _mend_qt(answer.trouble))
    also = f" ({', '.join(there)} are installed)" if len(there) > 1 else ""
    return Check("Qt", "ok", f"{answer.facts['api']}, Qt {answer.facts['qt']}{also}")


def _mend_qt(trouble: str) -> str:
    return QT_LIBRARIES if "cannot open shared object file" in trouble else INSTALL


def _display() -> Check:
    """Open a Qt application in a child: a display that is named may be gone, and Qt then ends its process."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    named = ", ".join(f"{name}={os.environ[name]}" for name in names if os.environ.get(name))
    if sys.platform.startswith("linux") and not named:
        return Check("display", "optional", "none: DISPLAY is not set", MEMORY_DISPLAY)
    answer = ask_child(_SCREEN)
    if answer.trouble:
        what = f"{named or 'the system'}: no window opens there, {answer.trouble}"
        return Check("display", "optional", what, _mend_display(answer.trouble))
    return Check("display", "ok", named or str(answer.facts["platform"]))


def _mend_display(trouble: str) -> str:
    if not sys.platform.startswith("linux"):
        return "log in where there is a desktop, or train without a window"
    if "is needed to load" in trouble:
        return QT_LIBRARIES
    return MEMORY_DISPLAY if "could not connect" in trouble else "unset QT_QPA_PLATFORM"


def _opengl() -> Check:
    answer = ask_child(_GL)
    if answer.trouble:
        return Check("OpenGL", "optional", answer.trouble, _mend_opengl())
    return Check("OpenGL", "ok", f"{answer.facts['version']}, {answer.facts['renderer']}")


def _mend_opengl() -> str:
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return "unset QT_QPA_PLATFORM (this platform of Qt draws no OpenGL)"
    return "apt-get install libgl1-mesa-dri libegl1" if sys.platform.startswith("linux") else "update the GPU's driver"
