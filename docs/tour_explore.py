"""Drive the real window through a screen and its profiles, and draw the pictures of docs/explore.md.

xvfb-run -a -s "-screen 0 1600x1000x24" python docs/tour_explore.py [--screen SOURCE] [--work DIR]

Without the real fields in ../shared/data, it simulates a screen. Two small networks are trained by the command line
first, DINO and CDCL, unless they are in DIR already: minutes on two cores, enough to show the window, not to judge a
method by.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from own_settings import keep_settings_in
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDockWidget

from cdcl.runs import Run
from cdcl.scatter.palette import CATEGORIES, channels
from napari_cdcl import actions
from napari_cdcl.models.session import Session, session_of
from napari_cdcl.panels.attention.panel import AttentionPanel
from napari_cdcl.panels.explore.panel import ExplorePanel
from napari_cdcl.panels.scores.panel import ScoresPanel
from napari_cdcl.panels.screen.panel import ScreenPanel
from napari_cdcl.ui.scatter.axes import plot_rect

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

HERE = Path(__file__).resolve().parent
FIELDS = HERE.parents[1] / "shared" / "data" / "bbbc021_fields"
IMAGES = HERE / "images"
MOST_BYTES = 300_000
SMALL = (
    *("steps=150", "batch_size=32", "save_every=150", "model.width=128", "model.depth=3", "model.heads=4"),
    *("views.global_crops.size=96", "views.local_crops.count=0"),
)
"""Settings of networks that train in minutes."""
RUNS = {"cdcl": ("cdcl-small", ('pairing.sameby=["mechanism"]',)), "dino": ("dino-small", ())}


def main() -> None:
    """Train what is missing, then walk through the window."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--screen", type=Path, default=FIELDS if FIELDS.is_dir() else None)
    parser.add_argument("--work", type=Path, default=HERE.parent / "runs" / "tour")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work / "settings", ignore_errors=True)
    keep_settings_in(arguments.work / "settings")
    screen = arguments.screen or simulate(arguments.work / "screen")
    runs = train(screen, arguments.work)
    for run in runs.values():
        (run.folder / "window.json").unlink(missing_ok=True)
        (run.folder / "annotations.parquet").unlink(missing_ok=True)
    Tour(screen, runs).walk()


def simulate(folder: Path) -> Path:
    """Simulate a screen, where there are no real fields."""
    from cdcl.synthetic import SyntheticConfig, simulate_screen
    from cdcl.tasks import finish

    if not (folder / "screen.csv").is_file():
        finish(simulate_screen(SyntheticConfig(), folder))
    return folder


def train(screen: Path, work: Path) -> dict[str, Run]:
    """Train, embed and project by the command line, as a user does."""
    runs = {}
    for name, (recipe, own) in RUNS.items():
        run = runs[name] = Run(work / name)
        if run.projection("umap").is_file():
            continue
        shutil.rmtree(run.folder, ignore_errors=True)
        settings = [part for setting in (*SMALL, *own) for part in ("--set", setting)]
        command("train", recipe, "--screen", str(screen), "--out", str(run.folder), *settings)
        command("embed", str(run.folder))
        command("project", str(run.folder), "--method", "umap")
        command("project", str(run.folder), "--method", "pca")
    runs["cells"] = cells = Run(work / "cells")
    if not cells.projection("umap").is_file():
        shutil.rmtree(cells.folder, ignore_errors=True)
        shutil.copytree(runs["cdcl"].folder, cells.folder)
        shutil.rmtree(cells.projection("umap").parent)
        command("embed", str(cells.folder), "--level", "cell")
        command("project", str(cells.folder), "--level", "cell", "--method", "umap")
    return runs


def command(*arguments: str) -> None:
    """Run `cdcl` and end here if it fails."""
    subprocess.run([sys.executable, "-m", "cdcl", *arguments], check=True)


class Tour:
    """A napari window with both panels, and a hand that clicks."""

    def __init__(self, screen: Path, runs: dict[str, Run]) -> None:
        import napari

        self.source, self.runs = screen, runs
        self.viewer = napari.Viewer(title="napari-cdcl", show=True)
        window = self.viewer.window._qt_window
        window.resize(1580, 960)
        self.screen_panel, self.explore = ScreenPanel(self.viewer), ExplorePanel(self.viewer)
        self.docks = {
            "Screen": self.viewer.window.add_dock_widget(self.screen_panel, area="right", name="Screen"),
            "Explore": self.viewer.window.add_dock_widget(self.explore, area="right", name="Explore"),
        }
        window.splitDockWidget(self.docks["Screen"], self.docks["Explore"], Qt.Orientation.Horizontal)
        self.window = window
        self.spin(0.5)

    @property
    def session(self) -> Session:
        """What the window shows."""
        return session_of(self.viewer)

    def walk(self) -> None:
        """Go through the story and draw its pictures."""
        self.open_the_screen()
        self.open_the_run()
        self.select_in_the_scatter()
        self.find_similar()
        self.compare()
        self.annotate()
        self.show_scores()
        self.show_cells()
        self.show_attention()
        self.viewer.close()

    def open_the_screen(self) -> None:
        """Only images: plate map, field, metadata."""
        self.docks["Explore"].hide()
        self.screen_panel.open(self.source)
        self.wait(lambda: self.session.screen is not None and not self.screen_panel.contrast.worker.busy)
        self.resize({"Screen": 430})
        self.session.colour = "treatment"
        self.click_well(4)
        self.viewer.reset_view()
        self.draw("screen")

    def open_the_run(self) -> None:
        """Profiles as points, coloured by mechanism and by batch; the same network's and another's."""
        self.docks["Explore"].show()
        for name in ("layer controls", "layer list"):
            self.hide_dock(name)
        self.screen_panel.open(self.runs["cdcl"].folder)
        self.wait(lambda: self.session.run is not None and bool(self.session.items and self.session.items.points))
        self.resize({"Screen": 400, "Explore": 760})
        self.session.colour = "mechanism"
        self.explore.both.setChecked(True)
        self.explore.projector.show_beside(self.runs["dino"].folder)
        self.wait(lambda: any("dino" in name for name in self.session.items.points))  # type: ignore[union-attr]
        self.explore.second.choose("umap (dino)", "mechanism")
        self.session.selection = np.zeros(len(self.session.selection), dtype=bool)
        self.explore.parts.setSizes([700, 160])
        self.draw("scatter")
        self.explore.parts.setSizes([480, 300])

    def select_in_the_scatter(self) -> None:
        """A lasso with the mouse; wells are ringed, pictures come."""
        self.explore.second.choose("umap", "batch")
        self.lasso()
        self.wait_for_pictures()
        self.draw("linked")

    def find_similar(self) -> None:
        """From one field to those like it in other batches."""
        self.explore.both.setChecked(False)
        row = int(np.flatnonzero(self.session.selection)[0])
        self.session.selection = np.arange(len(self.session.selection)) == row
        actions.show_item(self.session, row)
        self.explore.bar.set_elsewhere("batch")
        self.explore.bar.num.setValue(24)
        QTest.mouseClick(self.explore.bar.similar, Qt.MouseButton.LeftButton)
        self.wait(lambda: int(self.session.selection.sum()) == 24)
        self.wait_for_pictures()
        self.draw("similar")

    def compare(self) -> None:
        """What two selections are made of."""
        self.explore.tabs.show_page(self.explore.compare)
        self.lasso()
        QTest.mouseClick(self.explore.bar.aside, Qt.MouseButton.LeftButton)
        self.lasso(right=True)
        self.wait(lambda: self.explore.compare.table.rowCount() > 0 and not self.explore.compare.worker.busy)
        self.wait_for_pictures()
        self.explore.parts.setSizes([380, 480])
        self.draw("compare")

    def annotate(self) -> None:
        """Name both, and try to tell them apart."""
        self.explore.tabs.show_page(self.explore.annotate)
        for name in ("to the right", "to the left"):
            self.explore.annotate.name.setText(name)
            self.explore.annotate.giver.click()
            self.explore.compare.swap.click()
        self.session.colour = "annotation"
        self.explore.annotate.prober.click()
        self.wait(lambda: "Training" not in self.explore.annotate.result.text(), seconds=60)
        self.explore.parts.setSizes([560, 300])
        self.session.selection = np.zeros(len(self.session.selection), dtype=bool)
        self.draw("annotate")

    def show_scores(self) -> None:
        """Two networks side by side, and the points of the treatment that is recognised best."""
        panel = ScoresPanel(self.viewer)
        self.docks["Scores"] = self.viewer.window.add_dock_widget(panel, area="right", name="Scores")
        self.docks["Screen"].hide()
        self.window.splitDockWidget(self.docks["Explore"], self.docks["Scores"], Qt.Orientation.Horizontal)
        self.spin(0.5)
        self.resize({"Explore": 560, "Scores": 640})
        for name in ("cdcl", "dino"):
            panel.add(self.runs[name].folder)
            if not self.runs[name].scores.is_file():
                QTest.mouseClick(panel.scoring.button, Qt.MouseButton.LeftButton)
                self.wait(lambda: not panel.scoring.running, seconds=600)
        self.wait(lambda: len(panel.table.board.columns) > 1)
        panel.fold.heading.setChecked(False)
        rows = [row.name for row in panel.table.board.rows]
        panel.table.choose(rows.index("map_distinct"), 0)
        self.spin(0.2)
        self.wait(lambda: not panel.treatments.worker.busy)
        labels = panel.treatments.list
        best = labels.visualRect(labels.first()).center()
        QTest.mouseClick(labels.viewport(), Qt.MouseButton.LeftButton, pos=best)
        self.wait_for_pictures()
        self.draw("scores")
        self.viewer.window.remove_dock_widget(panel)
        self.docks["Screen"].show()

    def show_cells(self) -> None:
        """The same network, cell by cell: ringed in the image, cut out in the gallery."""
        self.screen_panel.open(self.runs["cells"].folder)
        self.wait(lambda: self.session.run == self.runs["cells"] and self.session.points == "umap")
        self.explore.tabs.show_page(self.explore.gallery)
        self.session.colour = "mechanism"
        self.lasso(right=True)
        fields = self.session.items.rows[self.session.selection]  # type: ignore[union-attr]
        actions.show_row(self.session, int(np.bincount(fields).argmax()))
        self.viewer.reset_view()
        self.wait_for_pictures()
        self.draw("cells")

    def show_attention(self) -> None:
        """Where the network looks in one field, head by head, and what a patch attends to."""
        attention = AttentionPanel(self.viewer)
        for dock in self.docks.values():
            dock.hide()
        self.docks["Attention"] = self.viewer.window.add_dock_widget(attention, area="right", name="Attention")
        self.screen_panel.open(self.runs["cdcl"].folder)
        self.wait(lambda: self.session.run == self.runs["cdcl"] and attention.shown_row == self.session.row, 300)
        self.resize({"Attention": 330})
        self.viewer.dims.set_current_step(0, 1)
        self.draw("attention")

    def lasso(self, *, right: bool = False) -> None:
        """Draw around a third of the points at one side, with the mouse."""
        view = self.explore.first.view
        view.toolbar.action("lasso").trigger()
        self.spin(0.2)
        canvas = view.canvas
        points = canvas.view.to_pixels(view.model.positions)
        corner = plot_rect(canvas).topLeft()
        side = np.quantile(points[:, 0], 0.7 if right else 0.3)
        kept = points[points[:, 0] > side] if right else points[points[:, 0] < side]
        (left, top), (far, low) = kept.min(axis=0) - 6, kept.max(axis=0) + 6
        corners = [(left, top), (far, top), (far, low), (left, low)]
        places = [QPoint(round(corner.x() + x), round(corner.y() + y)) for x, y in corners]
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=places[0])
        for place in places[1:]:
            QTest.mouseMove(canvas, place)
            self.spin(0.05)
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=places[-1])
        view.toolbar.action("pan").trigger()
        assert self.session.selection.any()

    def click_well(self, well: int) -> None:
        """Click a well of the plate map."""
        plate = self.screen_panel.plate.map
        self.spin(0.2)
        QTest.mouseClick(plate, Qt.MouseButton.LeftButton, pos=plate.rect_of(well).center().toPoint())

    def hide_dock(self, title: str) -> None:
        """Hide one of napari's own docks: the pictures are of the panels."""
        for dock in self.window.findChildren(QDockWidget):
            if title in (dock.windowTitle(), dock.objectName()):
                dock.hide()

    def resize(self, widths: dict[str, int]) -> None:
        """Give docks their widths in pixels."""
        docks = [self.docks[name] for name in widths]
        self.window.resizeDocks(docks, list(widths.values()), Qt.Orientation.Horizontal)
        self.spin(0.5)
        self.viewer.reset_view()

    def draw(self, name: str) -> None:
        """Write the whole window as a PNG, with fewer colours where it is large."""
        from PIL import Image

        self.spin(1.0)
        IMAGES.mkdir(exist_ok=True)
        path = IMAGES / f"explore-{name}.png"
        picture = Image.fromarray(self.viewer.screenshot(canvas_only=False, flash=False)[..., :3])
        picture.save(path, optimize=True)
        for num in (128, 96, 48):
            if path.stat().st_size < MOST_BYTES:
                break
            picture.quantize(palette=choose_palette(picture, num), dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size // 1000} kB")  # noqa: T201

    def wait(self, done: Callable[[], bool], seconds: float = 30.0) -> None:
        """Let the window live until something is done."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, "the window took too long"
            self.spin(0.05)

    def wait_for_pictures(self) -> None:
        """Wait until the gallery has loaded what it shows."""
        self.spin(0.3)
        self.wait(lambda: not self.explore.thumbnails.worker.busy)

    def spin(self, seconds: float) -> None:
        """Let the window live for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.005)


def choose_palette(picture: Image.Image, num: int) -> Image.Image:
    """Keep the colours of classes and the commonest ones, those of controls, and mix `num` more for the images."""
    from PIL import Image

    pixels = np.asarray(picture).reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    classes = np.round(255 * channels(CATEGORIES)).astype(np.uint8)
    kept = np.concatenate([classes, colours[np.argsort(-counts)[: 128 - len(classes)]]])
    rest = pixels[::7]
    mixed = Image.fromarray(rest[None]).quantize(num).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette(kept.ravel().tolist() + mixed[: 3 * num])
    return palette


if __name__ == "__main__":
    main()
