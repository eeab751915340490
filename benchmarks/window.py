"""How late the window's event loop is while a child embeds a screen: what a click would have to wait.

xvfb-run -a -s "-screen 0 1600x1000x24" python benchmarks/window.py [--seconds 20]

A timer of 10 ms rings in the window's event loop; how much later it rings than it should is counted, by the meter of
docs/tour_train.py. First nobody touches the window, then the mouse hovers, pans, zooms and selects in the scatter and
the colour changes, then another field is shown three times a second; each without a child, and while one embeds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from itertools import cycle
from pathlib import Path

import numpy as np
from machine import describe_machine, write_result
from qtpy.QtCore import QEventLoop, QPoint, Qt, QTimer
from qtpy.QtTest import QTest

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))
from tour_train import Lateness

WIDE = ("model.width=384", "model.depth=12", "model.heads=6")
"""A network that takes a while: as wide and deep as a ViT-S."""
EVERY = {"scatter": 100, "fields": 333}
"""Milliseconds between two things that the hand does."""


def make_run(folder: Path) -> Path:
    """Simulate a screen, train two steps, embed and project it, as a user does."""
    from cdcl.synthetic import SyntheticConfig, simulate_screen
    from cdcl.tasks import finish

    finish(simulate_screen(SyntheticConfig(batches=6, plates_per_batch=1), folder / "screen"))
    run = folder / "run"
    settings = ("steps=2", "batch_size=8", "save_every=2", *WIDE)
    options = [part for setting in settings for part in ("--set", setting)]
    for verb in (
        ("train", "demo-cdcl", "--screen", str(folder / "screen"), "--out", str(run), *options),
        ("embed", str(run)),
        ("project", str(run), "--method", "pca"),
    ):
        subprocess.run([sys.executable, "-m", "cdcl", *verb], check=True, stdout=subprocess.DEVNULL)
    return run


class Window:
    """napari with the panels of screen, explore and runs, and a hand."""

    def __init__(self, run: Path) -> None:
        import napari

        from napari_cdcl import actions
        from napari_cdcl.models.session import session_of
        from napari_cdcl.panels.explore.panel import ExplorePanel
        from napari_cdcl.panels.runs.panel import RunsPanel
        from napari_cdcl.panels.screen.panel import ScreenPanel

        self.run = run
        self.viewer = napari.Viewer(show=True)
        self.viewer.window._qt_window.resize(1560, 940)
        self.explore, self.runs = ExplorePanel(self.viewer), RunsPanel(self.viewer)
        add = self.viewer.window.add_dock_widget
        add(ScreenPanel(self.viewer), name="Screen", area="left")
        add(self.explore, name="Explore", area="right")
        add(self.runs, name="Runs", area="right", tabify=True)
        self.session = session_of(self.viewer)
        actions.open_source(self.session, run)
        self.runs.embedding.set_model(run)
        self.spin(4)
        self._colours, self._turn = cycle(("treatment", "batch", "plate")), 0

    def spin(self, seconds: float) -> None:
        """Let the window live."""
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def measure(self, work: str, seconds: float) -> np.ndarray:
        """Give the lateness in milliseconds of all rings, and the longest work of the window's thread."""
        hand = QTimer()
        hand.setInterval(EVERY.get(work, 1000))
        hand.timeout.connect({"scatter": self.move, "fields": self.step}.get(work, lambda: None))
        meter = Lateness()
        hand.start()
        meter.start()
        self.spin(seconds)
        late = meter.stop()
        hand.stop()
        return np.append(late, 1e3 * max(meter.worked))

    def move(self) -> None:
        """Do the next thing to the scatter: hover, drag, zoom, select; now and then colour it otherwise."""
        canvas, self._turn = self.explore.first.view.canvas, self._turn + 1
        middle = canvas.rect().center()
        place = middle + QPoint(self._turn * 7 % 160 - 80, self._turn * 5 % 120 - 60)
        QTest.mouseMove(canvas, place)
        if self._turn % 10 == 5:
            QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
            QTest.mouseMove(canvas, place)
            QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place)
        if self._turn % 20 == 10:
            rng = np.random.default_rng(self._turn)
            self.session.selection = rng.random(len(self.session.selection)) < 0.2
        if self._turn % 20 == 0:
            self.session.colour = next(self._colours)

    def step(self) -> None:
        """Show the next field."""
        self.session.row = (self.session.row + 1) % len(self.session.screen)

    def embed(self) -> None:
        """Start the child that embeds, from the beginning."""
        self.runs.embedding.embed()


def main() -> None:
    """Measure all, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="window-", ignore_cleanup_errors=True) as folder:
        os.environ["CDCL_CACHE"] = str(Path(folder) / "cache")
        os.environ["NAPARI_CONFIG"] = str(Path(folder) / "settings.yaml")
        window = Window(make_run(Path(folder)))
        works, loads, rows = ("nothing", "scatter", "fields"), [], []
        for busy in (False, True):
            for work in works:
                if busy and not window.runs.embedding.running:
                    window.embed()
                    window.spin(1)
                loads.append(os.getloadavg()[0])
                late = window.measure(work, arguments.seconds)
                rows.append(_row(work, "embeds" if busy else "none", late))
        if window.runs.embedding.running:
            window.runs.embedding.button.click()
            while window.runs.embedding.running:
                window.spin(0.1)
        window.viewer.close()
    write_result("window-embedding", _report(rows, loads))


def _row(work: str, child: str, measured: np.ndarray) -> str:
    late, own = measured[:-1], measured[-1]
    figures = (np.median(late), *np.percentile(late, (95, 99)), late.max(), own)
    return f"| {work} | {child} | {' | '.join(f'{figure:.1f}' for figure in figures)} | {len(late)} |"


def _report(rows: list[str], loads: list[float]) -> str:
    head = "| the hand does | child | median | 95th percentile | 99th | worst | longest own work | rings |"
    budget = "Budget while a child is at work and nobody touches the window: 95th percentile 10 ms, worst 50 ms."
    return (
        f"Lateness of the event loop, in milliseconds.\n\n{head}\n|{'---|' * 8}\n" + "\n".join(rows) + f"\n\n{budget} "
        "Longest own work is processor time of the window's thread between two rings. Software OpenGL where there is "
        f"no GPU. Load of the machine (1 minute) {min(loads):.1f} to {max(loads):.1f}. {describe_machine()}"
    )


if __name__ == "__main__":
    main()
