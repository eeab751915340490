"""What the first panel costs beyond napari's own start.

xvfb-run -a python benchmarks/panels.py

A process of its own for each panel: napari's window is shown, then the panel is docked as by the menu. CPU seconds of
both, and their ratio, which depends less on how busy the machine is.
"""

from __future__ import annotations

import subprocess
import sys

from machine import describe_machine, write_result

PANELS = ("Screen", "Explore", "Attention", "Cells", "Train", "Runs", "Scores", "Treatments")
CHILD = """
import os, sys, time
begin = time.process_time()
import napari
from qtpy.QtWidgets import QApplication
viewer = napari.Viewer(show=True)
for _ in range(20):
    QApplication.processEvents()
    time.sleep(0.01)
shown = time.process_time()
viewer.window.add_plugin_dock_widget("napari-cdcl", sys.argv[1])
for _ in range(5):
    QApplication.processEvents()
print(shown - begin, time.process_time() - shown, "pandas" in sys.modules)
sys.stdout.flush()
os._exit(0)
"""


def measure(panel: str) -> tuple[float, float, bool]:
    """Give CPU seconds of napari's start and of the panel, and whether pandas was loaded."""
    ended = subprocess.run([sys.executable, "-c", CHILD, panel], capture_output=True, text=True, check=True)
    napari, own, pandas = ended.stdout.split()[-3:]
    return float(napari), float(own), pandas == "True"


def main() -> None:
    """Print the table."""
    lines = ["| first panel | napari's start, CPU s | the panel, CPU s | ratio | pandas |", "|---|--:|--:|--:|---|"]
    for panel in PANELS:
        napari, own, pandas = measure(panel)
        lines.append(f"| {panel} | {napari:.2f} | {own:.2f} | {own / napari:.2f} | {'loaded' if pandas else 'not'} |")
    write_result("panels", "\n".join([describe_machine(), "", *lines]))


if __name__ == "__main__":
    main()
