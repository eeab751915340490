"""The scatter at a million points, in the widget itself: pan, recolour, lasso, select, hover.

    python benchmarks/scatter.py [--points 10000 100000 1000000] [--rounds 15] [--quick]

No GPU, no OpenGL: numpy draws into an image and Qt shows it. Matplotlib's scatter and its point-in-polygon test run on
the same points in the same run. Processor time, not wall time, is measured: on a shared machine others take turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pandas as pd
from machine import describe_machine, write_result
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.path import Path
from qtpy.QtGui import QImage
from qtpy.QtWidgets import QApplication

from cdcl.scatter import colour_by
from napari_cdcl.ui.scatter import ScatterView
from napari_cdcl.ui.scatter.axes import plot_rect

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = (1000, 720)
CLASSES = 40
TARGET = QImage(*SIZE, QImage.Format.Format_RGB32)
BUDGET_MS = {"pan": 50, "recolour": 30, "lasso": 10}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="without matplotlib")
    args = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    columns = {num: measure(num, args.rounds, quick=args.quick) for num in args.points}
    app.processEvents()
    largest = columns[max(columns)]
    points = " | ".join(f"{num:,} points" for num in columns)
    lines = [f"| ms of one processor, median (worst) of {args.rounds} | {points} | budget |"]
    lines.append("|---|" + "---|" * (len(columns) + 1))
    for name in largest:
        cells = " | ".join(
            f"{statistics.median(found[name]):.1f} ({max(found[name]):.1f})" for found in columns.values()
        )
        budget = BUDGET_MS.get(name.split(" ")[0], "") if "matplotlib" not in name else ""
        lines.append(f"| {name} | {cells} | {budget} |")
    write_result("scatter", "\n".join(lines) + f"\n\n{describe(largest)} {describe_machine()}")


def measure(num: int, rounds: int, *, quick: bool) -> dict[str, list[float]]:
    """Time everything on a widget with `num` points, in milliseconds."""
    positions, kinds = make_points(num)
    view = ScatterView()
    view.resize(*SIZE)
    view.set_points(positions, ("UMAP 1", "UMAP 2"))
    text = pd.Series(kinds).astype(str)
    columns = [text.astype("category"), pd.Series(positions[:, 0])]
    view.set_colours(columns[0], "treatment")
    view.show()
    canvas, model = view.canvas, view.model
    paint(view)
    found = {"first picture": clock(lambda _: (canvas.fit(), paint(view)), 3)}
    found["pan"] = clock(lambda step: pan(view, step), rounds)
    found["zoom"] = clock(lambda step: zoom(view, step), rounds)
    canvas.fit()
    paint(view)
    colourings = [colour_by(column, "column") for column in columns]
    found["recolour"] = clock(lambda step: (model.set_colouring(colourings[step % 2]), paint(view)), rounds)
    found["recolour from a column of categories or numbers"] = clock(
        lambda step: (view.set_colours(columns[step % 2], "column"), paint(view)), rounds
    )
    found["recolour from a column of texts"] = clock(lambda _: (view.set_colours(text, "column"), paint(view)), rounds)
    outlines = [make_outline(view, share) for share in (0.5, 0.6)]
    paint(view)
    found["lasso of 200 corners"] = clock(lambda step: canvas._film.within(outlines[step % 2]), rounds)
    masks = [canvas._film.within(outline) for outline in outlines]
    found["selection drawn"] = clock(lambda step: (model.select(masks[step % 2]), paint(view)), rounds)
    found["class hidden or shown"] = clock(lambda step: (model.hide([3] if step % 2 else []), paint(view)), rounds)
    found["point under the cursor"] = clock(lambda step: canvas._film.row_at(300 + step, 300), rounds)
    view.toolbar.action("density").setChecked(True)
    found["pan, density"] = clock(lambda step: pan(view, step), rounds)
    view.toolbar.action("density").setChecked(False)
    view.toolbar.dot_opacity.setValue(40)
    found["pan, opacity 40 %, all points"] = clock(lambda step: pan(view, step), rounds)
    if not quick:
        found |= measure_matplotlib(positions, kinds, canvas.view.to_pixels(positions), outlines[0])
    view.close()
    return found


def measure_matplotlib(
    positions: np.ndarray, kinds: np.ndarray, pixels: np.ndarray, outline: np.ndarray
) -> dict[str, list[float]]:
    figure = Figure(figsize=(7.2, 6), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.scatter(positions[:, 0], positions[:, 1], c=kinds, s=2, linewidths=0)

    def redraw(step: int) -> None:
        axes.set_xlim(-9 + step, 9 + step)
        canvas.draw()

    return {
        "matplotlib: pan": clock(redraw, 3),
        "matplotlib: lasso": clock(lambda _: Path(outline).contains_points(pixels), 3),
    }


def make_points(num: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, CLASSES, num)
    centres = rng.normal(0, 3, (CLASSES, 2))
    return (centres[kinds] + rng.normal(size=(num, 2))).astype(np.float32), kinds


def make_outline(view: ScatterView, share: float) -> np.ndarray:
    place = plot_rect(view.canvas)
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    radius = share * place.height() / 2 * (1 + 0.2 * np.sin(7 * angles))
    return np.column_stack([place.width() / 2 + radius * np.cos(angles), place.height() / 2 + radius * np.sin(angles)])


def paint(view: ScatterView) -> None:
    """Paint the whole canvas at once; a window would do so once a frame."""
    view.canvas.render(TARGET)


def pan(view: ScatterView, step: int) -> None:
    view.canvas._view = view.canvas.view.panned(5 + step, 3)
    view.canvas.redraw()
    paint(view)


def zoom(view: ScatterView, step: int) -> None:
    view.canvas._view = view.canvas.view.zoomed(1.1 if step % 2 else 0.9, 300, 300)
    view.canvas.redraw()
    paint(view)


def clock(work: Callable[[int], object], rounds: int) -> list[float]:
    """Time rounds in milliseconds of the one processor that is used, after one that does not count."""
    work(0)
    found = []
    for step in range(1, rounds + 1):
        began = time.process_time()
        work(step)
        found.append(1000 * (time.process_time() - began))
    return found


def describe(found: dict[str, list[float]]) -> str:
    text = (
        f"A widget of {SIZE[0]} x {SIZE[1]} pixels, {CLASSES} classes, drawn and painted wholly each time; "
        "the lasso is the mask alone, what it changes on the screen is `selection drawn`."
    )
    if "matplotlib: pan" in found:
        ratios = {
            name: statistics.median(found[f"matplotlib: {name}"]) / statistics.median(found[ours])
            for name, ours in (("pan", "pan"), ("lasso", "lasso of 200 corners"))
        }
        text += (
            f" At the most points matplotlib pans {ratios['pan']:.0f} and lassos {ratios['lasso']:.0f} times slower."
        )
    if hasattr(os, "getloadavg"):
        text += f" Other work went on beside it: load average {os.getloadavg()[0]:.1f}."
    return text


if __name__ == "__main__":
    main()
