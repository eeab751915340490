"""Drive the real window from a dose screen to a decision, and draw the pictures of docs/decide.md.

xvfb-run -a -s "-screen 0 1366x768x24" python docs/tour_decide.py [--work DIR]

It simulates a screen of eleven compounds at seven doses, unless that is in DIR already. A run gets intensity statistics
of its fields, scaled plate by plate, in place of profiles of a network that would be trained for an hour. Then all is
done in the window with the mouse: hits are found, dose-response curves fitted, a dose looked at, treatments compared,
pictures dragged into bins, phenotypes learned and applied, their curves fitted, the list saved. Then a small network of
two of the batches is frozen as a protocol, and the plates of the third are held against it, one of which was blurred.
The report is written in the end.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import tifffile
from own_settings import keep_settings_in
from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDockWidget, QFileDialog, QLineEdit, QTabBar, QTabWidget

from cdcl.runs import Run
from napari_cdcl.models.session import Session, session_of
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.panels.runs.panel import RunsPanel
from napari_cdcl.panels.screen.panel import ScreenPanel
from napari_cdcl.panels.treatments.panel import TreatmentsPanel
from napari_cdcl.runs.folders import remember_runs_folder
from napari_cdcl.ui.defects import DEFECTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QAbstractButton, QWidget

    from napari_cdcl.ui.choosers import Chooser
    from napari_cdcl.ui.sorted_table import SortedTable

HERE = Path(__file__).resolve().parent
IMAGES = HERE / "images"
MOST_BYTES = 300_000
SCREEN = ("--batches", "3", "--doses", "7")
SUREST = 0.001
"""The smallest p that permutations give: compounds whose pictures are worth to be sorted."""
BLUR = 2.0
"""Pixels by which a plate is blurred: as if it had been left out of focus."""
NETWORK = """
recipe = "small"
steps = 60
batch_size = 16
precision = "fp32"
device = "cpu"
probes = 0
workers = 1
pairing = {sameby = ["treatment"], diffby = ["batch"]}
views = {global_crops = {count = 2, size = 32}, local_crops = {count = 2, size = 16}}
model = {backbone = "vit_tiny_patch16_224", patch = 8, width = 32, depth = 2, heads = 2}
method = {name = "cdcl", prototypes = 32, hidden = 32, bottleneck = 16, batch_norm = true}
"""
"""A network of a minute: it judges nothing but this tour."""
LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier


def main() -> None:
    """Simulate and train what is missing, then walk through the window."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=HERE.parent / "runs" / "tour-decide")
    work = parser.parse_args().work.resolve()
    shutil.rmtree(work / "settings", ignore_errors=True)
    keep_settings_in(work / "settings")
    run = prepare(work)
    for name in ("doses", "phenotypes", "relations"):
        shutil.rmtree(run.folder / name, ignore_errors=True)
    for name in ("hits.csv", "hits.png", "stars.json", "annotations.parquet", "window.json", "report.html"):
        (run.folder / name).unlink(missing_ok=True)
    (work / "hits.csv").unlink(missing_ok=True)
    prepare_gate(work)
    shutil.rmtree(work / "gate" / "protocol", ignore_errors=True)
    os.chdir(work)  # so that no picture shows where this machine keeps its files
    Tour(run, work).walk()


def prepare(work: Path) -> Run:
    """Simulate a screen by the command line, and make a run of intensity statistics: no network is trained."""
    from cdcl.config.recipes import check_config
    from cdcl.pixels.cache import fill_cache
    from cdcl.profiles import write_profiles
    from cdcl.profiles.baselines import intensity_profiles
    from cdcl.profiles.corrections import standardise_plates
    from cdcl.runs import start_run
    from cdcl.screen.tables import read_screen_table, write_screen
    from cdcl.tasks import finish

    run = Run(work / "run")
    if not (work / "screen" / "screen.csv").is_file():
        command("simulate", "-o", str(work / "screen"), *SCREEN)
    if not run.projection("umap").is_file():
        shutil.rmtree(run.folder, ignore_errors=True)
        screen = read_screen_table(work / "screen" / "screen.csv")
        start_run(run.folder, check_config({"recipe": "intensities", "steps": 1}, where="tour"))
        write_screen(screen, run.screen)
        cache = finish(fill_cache(screen, work / "cache"))
        write_profiles(standardise_plates(finish(intensity_profiles(screen, cache))), run.profiles("site"))
        command("project", str(run.folder), "--method", "umap")
    return run


def prepare_gate(work: Path) -> None:
    """Train a small network on all batches but the last, embed them, and blur one plate of the last."""
    from scipy.ndimage import gaussian_filter

    folder, runs = work / "gate", work / "gate" / "runs"
    if (runs / "first" / "profiles" / "site.parquet").is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    table = pd.read_csv(work / "screen" / "screen.csv").assign(pixel_size=0.65)
    table["path"] = [str(work / "screen" / path) for path in table["path"]]
    last = table["batch"] == table["batch"].max()
    table[~last].to_csv(folder / "reference.csv", index=False)
    new = table[last].copy()
    blurred = new["plate"] == new["plate"].max()
    for row, path in new["path"][blurred].items():
        place = folder / "images" / Path(path).name.replace(".tif", f"-{row}.tif")
        pixels = tifffile.imread(path).astype(np.float32)
        tifffile.imwrite(place, gaussian_filter(pixels, (0, BLUR, BLUR)).astype(np.uint16))
        new.loc[row, "path"] = str(place)
    new.to_csv(folder / "new.csv", index=False)
    (folder / "small.toml").write_text(NETWORK, encoding="utf-8")
    command(
        "train", str(folder / "small.toml"), "--screen", str(folder / "reference.csv"), "--out", str(runs / "first")
    )
    command("embed", str(runs / "first"))


def command(*arguments: str) -> None:
    """Run `cdcl` and end here if it fails."""
    subprocess.run([sys.executable, "-m", "cdcl", *arguments], check=True)


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Tour:
    """A napari window on a laptop's display with three panels, and a hand that clicks."""

    def __init__(self, run: Run, work: Path) -> None:
        import napari

        self.run, self.work = run, work
        self.viewer = napari.Viewer(title="napari-cdcl", show=True)
        self.window = self.viewer.window._qt_window
        self.window.resize(1366, 740)
        self.screen, self.explore = ScreenPanel(self.viewer), ExplorePanel(self.viewer)
        self.treatments = TreatmentsPanel(self.viewer)
        remember_runs_folder("gate/runs")
        self.runs = RunsPanel(self.viewer)
        self.docks = {
            name: self.viewer.window.add_dock_widget(panel, area="right", name=name)
            for name, panel in (
                ("Screen", self.screen),
                ("Explore", self.explore),
                ("Treatments", self.treatments),
                ("Runs", self.runs),
            )
        }
        self.window.splitDockWidget(self.docks["Screen"], self.docks["Explore"], Qt.Orientation.Horizontal)
        for name in ("Treatments", "Runs"):
            self.window.tabifyDockWidget(self.docks["Explore"], self.docks[name])
        self.docks["Screen"].hide()
        for dock in self.window.findChildren(QDockWidget):
            if dock.objectName() in ("layer controls", "layer list"):
                dock.hide()
        self.spin(0.5)

    @property
    def session(self) -> Session:
        """What the window shows."""
        return session_of(self.viewer)

    def walk(self) -> None:
        """Go through the story and draw its pictures."""
        self.open_the_run()
        self.find_hits()
        self.fit_curves()
        self.look_at_a_dose()
        self.find_relations()
        self.fill_bins()
        self.learn_phenotypes()
        self.fit_phenotypes()
        self.save_hits()
        self.meet_new_plates()
        self.report()
        assert not DEFECTS.seen, DEFECTS.seen
        self.viewer.close()

    def open_the_run(self) -> None:
        """Open the run: its fields, and the points of its profiles."""
        self.screen.open(self.run.folder)
        self.wait(lambda: self.session.run is not None and bool(self.session.items and self.session.items.points))
        self.docks["Screen"].hide()
        self.bring("Treatments", 620)

    def find_hits(self) -> None:
        """Ask which treatments do something, and look at the strongest beside its controls."""
        self.click(self.treatments.finding.button)
        self.wait(lambda: self.treatments.hits is not None and self.treatments.hits.table is not None, 300)
        self.spin(0.5)
        self.click_row(self.treatments.list, 0)
        self.spin(3.0)
        self.draw("hits")
        say(self.treatments.state.text())

    def fit_curves(self) -> None:
        """Ask at which dose."""
        self.click_tab(self.treatments.tabs, "Doses")
        page = self.treatments.doses
        self.wait(lambda: not page.worker.busy)
        self.click(page.fitting.button)
        self.wait(lambda: page.doses is not None and page.doses.curves is not None and not page.fitting.running, 300)
        self.treatments.parts.setSizes([600, 80])
        self.spin(1.0)
        self.draw("doses")
        say(page.state.text())

    def look_at_a_dose(self) -> None:
        """Click the highest dose but one of the compound with the strongest curve: fields, controls, points."""
        page = self.treatments.doses
        self.treatments.parts.setSizes([380, 300])
        self.choose(page.order, "by effect")
        self.click(page.by_batch)
        plot = page.grid.plots[0]
        self.click_dose(0, float(plot.levels[-2]))
        self.spin(3.0)
        self.draw("dose")
        say(f"{plot.in_words()} | {page.reading.text()}")

    def find_relations(self) -> None:
        """Ask which treatments look alike, and select a block of the heat map with the mouse."""
        self.click_tab(self.treatments.tabs, "Relations")
        page = self.treatments.relations
        self.wait(lambda: not page.worker.busy)
        self.click(page.finding.button)
        self.wait(lambda: page.relations is not None and not page.finding.running and not page.worker.busy, 300)
        self.treatments.parts.setSizes([600, 80])
        self.spin(0.5)
        heat = page.views.heat_map
        assert heat.relations is not None
        frame, (first, last) = heat.frame(), heat.relations.joints.spans[-2].tolist()
        begin, end = (frame.cell_rect(place, place).center().toPoint() for place in (first, last))
        QTest.mousePress(heat.viewport(), LEFT, pos=begin)
        QTest.mouseMove(heat.viewport(), (begin + end) / 2)
        QTest.mouseMove(heat.viewport(), end)
        QTest.mouseRelease(heat.viewport(), LEFT, pos=end)
        self.spin(1.0)
        self.draw("relations")
        say(f"{page.state.text()} | {len(heat.marked)} selected")
        self.click_tab(self.treatments.tabs, "Doses")

    def fill_bins(self) -> None:
        """Sort pictures of controls, and of the highest doses of the strongest compounds, by dragging them."""
        plots = self.treatments.doses.grid.plots
        strongest = [plot.curve.compound for plot in plots if plot.curve.p <= SUREST][:2]
        self.bring("Explore", 700)
        self.explore.parts.setSizes([230, 430])
        items = self.session.items
        assert items is not None
        table, kinds = items.table, []
        for compound in strongest:
            own = table["compound"] == compound
            top = own & (table["concentration"] == table["concentration"][own].max())
            kinds.append((compound, np.flatnonzero(top)))
        kinds.append(("usual", np.flatnonzero(table["control"] == "negative")))
        for name, rows in kinds:
            self.session.selection = np.isin(np.arange(len(items)), rows)
            self.spin(1.5)
            self.drag_pictures(min(len(rows), 24), f"like {name}" if name != "usual" else name)
        self.spin(1.0)
        self.draw("bins")

    def drag_pictures(self, count: int, name: str) -> None:
        """Choose pictures of the gallery, drag them below all bins, and type the name of the new bin."""
        gallery, bins = self.explore.gallery.gallery, self.explore.gallery.bins
        assert bins is not None
        gallery.scrollToTop()
        view, target = gallery.viewport(), bins.list.viewport()
        assert view is not None
        assert target is not None
        QTest.mouseClick(view, LEFT, pos=gallery.visualRect(gallery.grid.index(0, 0)).center())
        for _ in range(count - 1):
            QTest.keyClick(gallery, Qt.Key.Key_Right, SHIFT)
        gallery.scrollToTop()
        self.spin(0.3)
        begin = gallery.visualRect(gallery.grid.index(1, 0)).center()
        drag(view, begin, target, QPoint(20, target.height() - 5))
        self.spin(0.3)
        editor = bins.list.findChild(QLineEdit)
        assert editor is not None, "no new bin has come"
        QTest.keyClicks(editor, name)
        QTest.keyClick(editor, Qt.Key.Key_Return)
        self.wait(lambda: name in bins._names())

    def learn_phenotypes(self) -> None:
        """Train on the bins, ask every field, and see the share of a phenotype in each well of a plate."""
        self.click_tab(self.explore.tabs, "Phenotypes")
        tab = self.explore.phenotypes
        self.click(tab.trainer)
        self.wait(lambda: tab.colour.count() > 1 and tab.job is None, 300)
        self.docks["Screen"].show()
        self.spin(0.3)
        self.window.resizeDocks([self.docks["Screen"], self.docks["Explore"]], [430, 610], Qt.Orientation.Horizontal)
        share = next(
            tab.colour.itemText(row) for row in range(tab.colour.count()) if "share of like" in tab.colour.itemText(row)
        )
        self.choose(tab.colour, share)
        self.session.selection = np.zeros(len(self.session.selection), dtype=bool)
        self.spin(1.5)
        self.draw("phenotypes")
        say(tab.note.text())

    def fit_phenotypes(self) -> None:
        """Ask at which dose wells show a phenotype, and judge the hits again: they say what they show."""
        self.docks["Screen"].hide()
        self.bring("Treatments", 620)
        page = self.treatments.doses
        self.wait(lambda: page.along.findText("share of", Qt.MatchFlag.MatchStartsWith) >= 0 and not page.worker.busy)
        self.choose(page.along, "share of like")
        self.wait(lambda: not page.worker.busy)
        self.click(page.fitting.button)
        self.wait(lambda: page.doses is not None and page.doses.curves is not None and not page.fitting.running, 300)
        self.treatments.parts.setSizes([600, 80])
        self.spin(1.0)
        self.draw("shares")
        say(page.state.text())

    def save_hits(self) -> None:
        """Judge again, star the strongest, and save the list as a table."""
        self.click_tab(self.treatments.tabs, "Hits")
        self.click(self.treatments.finding.button)
        self.wait(lambda: not self.treatments.finding.running, 300)
        self.wait(lambda: self.treatments.hits is not None and not self.treatments.hits.stale)
        self.choose(self.treatments.shown, "hits")
        for row in range(min(3, len(self.treatments.list.labels()))):
            self.treatments.list.setCurrentIndex(self.treatments.list.model().index(row, 0))
            QTest.keyClick(self.treatments.list, Qt.Key.Key_Asterisk)
        self.click_row(self.treatments.list, 0)
        self.spin(2.0)
        self.answer(self.work / "hits.csv")
        self.click(self.treatments.saver)
        self.wait(lambda: (self.work / "hits.csv").is_file())
        self.draw("list")
        saved = pd.read_csv(self.work / "hits.csv")
        assert saved["starred"].sum() == min(3, len(saved))
        say(f"{len(saved)} hits are in hits.csv: {', '.join(saved['treatment'].astype(str).head(8))}")

    def meet_new_plates(self) -> None:
        """Freeze the small network as a protocol, hold the plates of the last batch against it, and decide."""
        self.bring("Runs", 620)
        page, panel, folder = self.runs.new_plates, self.runs, self.work / "gate"
        self.wait(lambda: panel.table.rowCount() == 1)
        QTest.mouseClick(
            panel.table.viewport(), LEFT, pos=panel.table.visualRect(panel.table.model().index(0, 0)).center()
        )
        self.click_tab(panel.tabs, "New plates")
        self.click(page.protocol.maker.heading)
        self.answer(folder / "protocol")
        self.click(page.protocol.making.button)
        self.wait(lambda: page.gate is not None and not page.busy, 300)
        self.click(page.protocol.maker.heading)
        page.source.path.setFocus()
        QTest.keyClicks(page.source.path, "gate/new.csv")
        QTest.keyClick(page.source.path, Qt.Key.Key_Return)
        self.wait(lambda: page.newcomer is not None)
        self.click(page.checking.button)
        self.wait(lambda: page.checks is not None, 300)
        self.runs.parts.setSizes([90, 620])
        self.spin(0.5)
        self.draw("gate")
        self.choose(page.decision.plates, "P2")
        page.decision.who.clear()
        QTest.keyClicks(page.decision.who, "Ada")
        QTest.keyClicks(page.decision.why, "out of focus: imaged again on Monday")
        self.click(page.decision.reject)
        self.wait(lambda: len(page.decision.history.labels()) == 1)
        say(f"{page.verdict.reasons.text()}\n{page.decision.words.text()}")

    def report(self) -> None:
        """Write the page for the meeting, by the command line."""
        command("hits", str(self.run.folder))
        command("report", str(self.run.folder))
        say(f"{self.run.report} has {self.run.report.stat().st_size // 1000} kB")

    def bring(self, name: str, width: int) -> None:
        """Bring a panel to the front, so wide."""
        self.docks[name].show()
        self.docks[name].raise_()
        self.spin(0.3)
        self.window.resizeDocks([self.docks[name]], [width], Qt.Orientation.Horizontal)
        self.spin(0.5)
        self.viewer.reset_view()

    def click(self, button: QAbstractButton) -> None:
        """Click a button, at its text: a check box is wider than what it says."""
        place = QPoint(10, button.height() // 2)
        QTest.mouseClick(button, LEFT, pos=place)
        self.spin(0.2)

    def click_tab(self, tabs: QTabWidget, title: str) -> None:
        """Click a tab by its title."""
        bar: QTabBar | None = tabs.tabBar()
        assert bar is not None
        number = next(index for index in range(tabs.count()) if tabs.tabText(index) == title)
        QTest.mouseClick(bar, LEFT, pos=bar.tabRect(number).center())
        self.spin(0.5)

    def click_row(self, table: SortedTable, row: int) -> None:
        """Click a line of a table."""
        model, view = table.model(), table.viewport()
        assert model is not None
        QTest.mouseClick(view, LEFT, pos=table.visualRect(model.index(row, 0)).center())
        self.spin(0.5)

    def click_dose(self, number: int, dose: float) -> None:
        """Click a dose in a plot."""
        grid = self.treatments.doses.grid
        frame, plot = grid.frames()[number], grid.plots[number]
        x = float(frame.x(plot.place(np.array([dose])))[0])
        QTest.mouseClick(grid, LEFT, pos=QPoint(round(x), round(frame.inner.center().y())))

    def choose(self, chooser: Chooser, beginning: str) -> None:
        """Choose what begins like this from a drop-down, by the keys."""
        number = next(row for row in range(chooser.count()) if beginning in chooser.itemText(row))
        chooser.setFocus()
        while chooser.currentIndex() != number:
            QTest.keyClick(chooser, Qt.Key.Key_Down if chooser.currentIndex() < number else Qt.Key.Key_Up)
        self.spin(0.5)

    def answer(self, path: Path) -> None:
        """Type a path into the file dialog that will come, and press Return."""

        def type_it() -> None:
            dialog = QApplication.activeModalWidget()
            line = dialog.findChild(QLineEdit) if isinstance(dialog, QFileDialog) else None
            if line is None:
                QTimer.singleShot(50, type_it)
                return
            line.setText(str(path))
            QTest.keyClick(line, Qt.Key.Key_Return)

        QTimer.singleShot(50, type_it)

    def draw(self, name: str) -> None:
        """Write the whole window as a PNG, with fewer colours where it is large."""
        from PIL import Image

        self.spin(1.0)
        path = IMAGES / f"decide-{name}.png"
        picture = Image.fromarray(self.viewer.screenshot(canvas_only=False, flash=False)[..., :3])
        picture.save(path, optimize=True)
        for num in (256, 128, 64):
            if path.stat().st_size < MOST_BYTES:
                break
            picture.quantize(num, dither=Image.Dither.NONE).save(path, optimize=True)
        say(f"{path.name}: {path.stat().st_size // 1000} kB")

    def wait(self, done: Callable[[], bool], seconds: float = 60.0) -> None:
        """Let the window live until something is done."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, "the window took too long"
            self.spin(0.05)

    def spin(self, seconds: float) -> None:
        """Let the window live for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.005)


def drag(source: QWidget, begin: QPoint, target: QWidget, end: QPoint) -> None:
    """Press in one widget, move to another of the same window, and let go; Qt's own drag runs meanwhile."""
    window = source.window()
    handle = window.windowHandle()
    where = target.mapTo(window, end)
    nearer = (source.mapTo(window, begin) + where) / 2
    steps = [
        lambda: QTest.mouseMove(handle, nearer),
        lambda: QTest.mouseMove(handle, where),
        lambda: QTest.mouseMove(handle, where + QPoint(1, 0)),
        lambda: QTest.mouseRelease(handle, LEFT, Qt.KeyboardModifier.NoModifier, where),
    ]
    timer = QTimer()
    timer.setInterval(20)

    def go_on() -> None:
        steps.pop(0)()
        if not steps:
            timer.stop()

    timer.timeout.connect(go_on)
    timer.start()
    QTest.mousePress(source, LEFT, pos=begin)
    QTest.mouseMove(source, begin + QPoint(QApplication.startDragDistance() + 2, 0))  # returns when the drag has ended
    while timer.isActive():
        QApplication.processEvents()


if __name__ == "__main__":
    main()
