"""Drive a window from a simulated screen to a trained CDCL embedding: stop, go on, close, find again. Run by hand.

`make tour-train` writes pictures to docs/images/train-*.png and prints how late the window's event loop was while the
network trained, and how much memory napari's process had. It needs a display (Xvfb will do) and a few minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QWidget

IMAGES = Path(__file__).parent / "images"
PATIENCE = 900.0


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Lateness:
    """How much later than asked a timer of 10 ms rings: what a click would have to wait."""

    def __init__(self) -> None:
        from qtpy.QtCore import Qt, QTimer

        self.late: list[float] = []
        self.worked: list[float] = []
        self._last, self._spent = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(10)
        self._timer.timeout.connect(self._ring)

    def start(self) -> None:
        """Begin to listen."""
        self._last, self._spent = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> np.ndarray:
        """Give the milliseconds of all rings."""
        self._timer.stop()
        return np.array(self.late) * 1e3

    def _ring(self) -> None:
        now, spent = time.perf_counter(), time.thread_time()
        self.late.append(max(0.0, now - self._last - 0.010))
        self.worked.append(spent - self._spent)
        self._last, self._spent = now, spent


class Tour:
    """A napari window with the panels of screen, explore, train and runs."""

    def __init__(self, folder: Path, steps: int, quick: bool) -> None:
        import napari

        from napari_cdcl.models.session import session_of
        from napari_cdcl.panels.explore.panel import ExplorePanel
        from napari_cdcl.panels.runs.panel import RunsPanel
        from napari_cdcl.panels.train.panel import TrainPanel
        from napari_cdcl.runs.training_queue import training_queue_of

        self.folder, self.steps, self.quick = folder, steps, quick
        self.viewer = napari.Viewer(show=True)
        self.viewer.window._qt_window.resize(1560, 980)
        self.session, self.trainings = session_of(self.viewer), training_queue_of(self.viewer)
        self.explore = ExplorePanel(self.viewer)
        self.train = TrainPanel(self.viewer)
        self.runs = RunsPanel(self.viewer)
        add = self.viewer.window.add_dock_widget
        add(self.explore, name="Explore", area="left")
        self.docks = [add(self.train, name="Train", area="right")]
        self.docks.append(add(self.runs, name="Runs", area="right", tabify=True))
        inner = self.viewer.window._qt_viewer
        for dock in (inner.dockLayerControls, inner.dockLayerList):
            dock.hide()  # room for what the tour is about
        self.spin(1)
        self.docks[0].raise_()
        self.spin(0.5)

    def spin(self, seconds: float) -> None:
        """Let the window live for a while."""
        from qtpy.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def until(self, holds: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Let the window live until something holds; a training that fails ends the tour."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError("the tour waited too long")
            training = self.trainings.current
            if training is not None and training.glance.status in ("failed", "crashed"):
                raise RuntimeError(training.glance.reason)
            self.spin(0.1)

    def picture(self, name: str, widget: QWidget | None = None) -> None:
        """Save the window, or one panel of it, as a PNG of a few colours that is small enough for a README."""
        from PIL import Image

        self.spin(0.4)
        target = widget if widget is not None else self.viewer.window._qt_window
        path = IMAGES / f"train-{name}.png"
        target.grab().save(str(path))
        Image.open(path).convert("RGB").quantize(192, dither=Image.Dither.NONE).save(path, optimize=True)
        say(f"wrote {path.name}: {path.stat().st_size / 1e3:.0f} kB")

    def set_up(self, held_out: str) -> None:
        """Choose recipe and settings, and have a preview made."""
        setup = self.train.setup
        setup.recipes.choose("demo-cdcl")
        form = setup.form
        for name, value in {"split.test": (), "split.validation": (held_out,), "steps": self.steps}.items():
            form.set_value(name, value)
        self.until(lambda: setup.picture.pairing is not None)
        if not self.quick:
            setup.preview.button.click()
            self.until(lambda: not setup.preview.running)
            self.picture("preview", setup.preview)
        self.picture("set-up", self.train)


def memory() -> float:
    """Give the resident memory of this process in MB; NaN where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    lines = status.read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1e3


def simulate(folder: Path, batches: int) -> Path:
    """Write a screen of one plate a batch."""
    from cdcl.synthetic import SyntheticConfig, simulate_screen
    from cdcl.tasks import finish

    finish(simulate_screen(SyntheticConfig(batches=batches, plates_per_batch=1), folder / "screen"))
    return folder / "screen"


def first_window(folder: Path, steps: int, quick: bool) -> None:
    """Set up, train, watch, stop, go on; then close the window while the run trains on."""
    from napari_cdcl import actions
    from napari_cdcl.panels.train.closing import ClosingQuestion

    tour = Tour(folder, steps, quick)
    actions.open_source(tour.session, folder / "screen")
    tour.spin(2)
    before = memory()
    tour.set_up(max(tour.session.screen.sites["batch"]))
    tour.train.watch.sampled.setChecked(True)
    tour.train.setup.start.click()
    training = tour.trainings.current
    assert training is not None
    tour.until(lambda: training.glance.task == "train" and training.glance.done > 2)
    tour.session.colour = "batch"
    lateness = Lateness()
    lateness.start()
    tour.until(lambda: training.glance.done > 0.5 * steps)
    late, during = lateness.stop(), memory()
    tour.picture("watch")
    asked = time.monotonic()
    tour.train.watch.stop.click()
    tour.until(lambda: not training.running)
    took = time.monotonic() - asked
    tour.picture("stopped", tour.train)
    tour.train.watch.go_on.click()
    again = tour.trainings.current
    assert again is not None
    tour.until(lambda: again.glance.task == "train" and again.glance.done > training.glance.done)
    report = {
        "event loop late, median (ms)": np.median(late), "95th percentile (ms)": np.percentile(late, 95),
        "99th percentile (ms)": np.percentile(late, 99), "worst (ms)": late.max(), "timer rang (times)": len(late),
        "longest work of the window's own thread (ms)": 1e3 * max(lateness.worked),
        "memory before (MB)": before, "memory while it trained (MB)": during, "memory after stopping (MB)": memory(),
        "from Stop to an ended process (s)": took,
    }  # fmt: skip
    say("\n".join(f"{name}: {value:.1f}" for name, value in report.items()))
    ClosingQuestion.ask = lambda _self: "keep"  # type: ignore[method-assign]
    tour.viewer.close()


def second_window(folder: Path, steps: int, quick: bool) -> None:
    """Find the run again, wait for its end, embed the screen with it, and list what there is."""
    from napari_cdcl import actions

    tour = Tour(folder, steps, quick)
    actions.open_source(tour.session, folder / "screen")
    tour.until(lambda: tour.trainings.current is not None, 60)  # a run that has ended by now wants more --steps
    training = tour.trainings.current
    assert training is not None
    say(f"found again: {training.run.folder.name}")
    tour.until(lambda: "loss" in training.glance.curves)
    tour.picture("found-again", tour.train)
    tour.until(lambda: not training.running)
    say(f"{training.run.folder.name}: {training.glance.status}, {training.glance.reason}")
    tour.docks[1].raise_()
    tour.runs.refresh()
    tour.until(lambda: tour.runs.table.rowCount() > 0)
    tour.runs.table.choose(0)
    tour.runs.tabs.setCurrentIndex(2)
    tour.runs.embedding.button.click()
    tour.until(lambda: not tour.runs.embedding.running and "Explore" in tour.runs.embedding.words.text())
    tour.session.colour = "treatment"
    tour.runs.tabs.setCurrentIndex(0)
    tour.spin(3)
    tour.picture("embedded")
    tour.viewer.close()


def main() -> None:
    """Simulate a screen and drive two windows, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batches", type=int, default=6)
    parser.add_argument("--quick", action="store_true", help="leave the preview out")
    parser.add_argument("--part", choices=("first", "second"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        from own_settings import keep_settings_in

        from napari_cdcl.runs.folders import remember_runs_folder

        keep_settings_in(args.folder / "settings")
        remember_runs_folder(args.folder / "runs")
        {"first": first_window, "second": second_window}[args.part](args.folder, args.steps, args.quick)
        return
    IMAGES.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="tour-"))
    try:
        simulate(folder, args.batches)
        os.environ["CDCL_CACHE"] = str(folder / "cache")
        options = ["--steps", str(args.steps), "--folder", str(folder), *(["--quick"] if args.quick else [])]
        import subprocess

        for part in ("first", "second"):  # two windows, each a process: the second knows nothing of the first
            subprocess.run([sys.executable, __file__, "--part", part, *options], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
