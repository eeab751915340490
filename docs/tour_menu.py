"""Drive the real window as somebody does who has just installed it: by the menu, with keys and the mouse.

xvfb-run -a -s "-screen 0 1600x1000x24" python docs/tour_menu.py [--work DIR]

Fresh napari, each panel from the menu, the sample, a folder of 384 wells, a run on it, another run of another screen,
closed by the dock's cross, opened again, on a laptop's display. At every stop it checks that nothing of the last one is
left, and draws a picture. The screens and profiles are simulated and tell nothing of any method.
"""

from __future__ import annotations

import argparse
import shutil
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import tifffile
from own_settings import keep_settings_in
from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDockWidget, QLineEdit, QMenu

from cdcl.config.recipes import check_config
from cdcl.profiles import Profiles, write_profiles
from cdcl.projections import Projection, write_projection
from cdcl.readers import read_screen
from cdcl.runs import Run, start_run
from cdcl.screen.plates import row_letters
from cdcl.screen.tables import write_screen
from napari_cdcl.layers.attention import KEY
from napari_cdcl.models.session import Session, session_of
from napari_cdcl.ui.defects import DEFECTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtGui import QAction
    from qtpy.QtWidgets import QWidget

HERE = Path(__file__).resolve().parent
IMAGES = HERE / "images"
MOST_BYTES = 400_000
PANELS = ("Screen", "Cells", "Train", "Runs", "Explore", "Attention", "Scores", "Treatments")
TREATMENTS = ("DMSO", "taxol@0.1", "taxol@1", "taxol@10", "nocodazole@1", "latrunculin@1")
LAPTOP = (1366, 768)


def main() -> None:
    """Make what is opened, then walk."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=HERE.parent / "runs" / "tour-menu")
    work = parser.parse_args().work
    shutil.rmtree(work, ignore_errors=True)
    keep_settings_in(work / "settings")
    large = make_screen(work / "plate of 384 wells", 16, 24, ("DNA", "Actin"))
    small = make_screen(work / "plate of 96 wells", 8, 12, ("DNA", "Tubulin", "Mito"))
    runs = [make_run(work / "runs" / name, folder) for name, folder in (("first", large), ("second", small))]
    Tour(large, runs).walk()


def make_screen(folder: Path, rows: int, columns: int, channels: tuple[str, ...]) -> Path:
    """Write a plate of small fields; those of a treatment look alike."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(rows)
    shapes = [draw_cells(rng, len(channels), number) for number in range(len(TREATMENTS))]
    for number, pixels in enumerate(shapes):
        axes = {"axes": "CYX"}
        tifffile.imwrite(folder / f"{number}.tif", pixels, photometric="minisblack", metadata=axes)
    table = []
    for well in range(rows * columns):
        kind = (well * 5 + well // columns) % len(TREATMENTS)
        name = f"{row_letters(well // columns + 1)}{well % columns + 1:02d}"
        place = {"batch": "Week1", "plate": folder.name[9:], "well": name, "site": 1}
        label = {"treatment": TREATMENTS[kind], "control": "" if kind else "negative", "path": f"{kind}.tif"}
        table.append({**place, **label, "channel_names": ";".join(channels), "pixel_size": 0.65})
    pd.DataFrame(table).to_csv(folder / "screen.csv", index=False)
    return folder


def draw_cells(rng: np.random.Generator, channels: int, kind: int, side: int = 160) -> np.ndarray[Any, Any]:
    """Draw discs whose size and brightness tell the treatment."""
    grid = np.indices((side, side))
    light = np.zeros((channels, side, side))
    for y, x in rng.uniform(10, side - 10, (24, 2)):
        far = np.hypot(grid[0] - y, grid[1] - x)
        for channel in range(channels):
            light[channel] += (300 + 120 * kind) * np.exp(-((far / (5 + kind + 4 * channel)) ** 2))
    return rng.poisson(light + 60).astype(np.uint16)


def make_run(folder: Path, source: Path) -> Run:
    """Write a run with profiles in clouds by treatment, as a network would have made them."""
    screen = read_screen(source)
    run = start_run(folder, check_config({"steps": 1}, where="tour"))
    write_screen(screen, run.screen)
    kinds = screen.sites["treatment"].map({name: number for number, name in enumerate(TREATMENTS)}).to_numpy()
    values = np.random.default_rng(1).normal(0, 0.25, (len(screen), 8)).astype(np.float32)
    values[np.arange(len(screen)), kinds] += 1
    write_profiles(Profiles(values, screen.sites, "site"), run.profiles("site"))
    angle = kinds * 2 * np.pi / len(TREATMENTS)
    points = np.stack([4 * np.cos(angle) + 2 * values[:, 6], 4 * np.sin(angle) + 2 * values[:, 7]], axis=1)
    write_projection(Projection(points, screen.sites, "umap", {"level": "site"}), run.projection("umap"))
    return run


class Tour:
    """A fresh napari, and a hand that uses menu, keys and mouse."""

    def __init__(self, folder: Path, runs: list[Run]) -> None:
        import napari

        self.folder, self.runs = folder, runs
        self.viewer = napari.Viewer(title="napari-cdcl", show=True)
        self.window = self.viewer.window._qt_window
        self.window.resize(1580, 960)
        self.spin(0.5)

    @property
    def session(self) -> Session:
        """What the window shows."""
        return session_of(self.viewer)

    def walk(self) -> None:
        """Go through the story and draw its pictures."""
        self.each_panel()
        self.the_sample()
        self.the_folder()
        self.a_run(self.runs[0], "run")
        self.a_run(self.runs[1], "another-run")
        self.close_and_open_again()
        self.on_a_laptop()
        assert not DEFECTS.seen, DEFECTS.seen
        self.viewer.close()

    def each_panel(self) -> None:
        """Open all panels from the menu: the window keeps its size, and each is seen when it was asked for."""
        for name in PANELS:
            before = self.window.size()
            self.open(name)
            assert self.window.size() == before, f"{name} makes the window {self.window.size()}"
            assert not self.panel(name).visibleRegion().isEmpty(), name
        self.open("Screen")
        self.draw("panels")

    def the_sample(self) -> None:
        """Open the sample by napari's own menu; keys on the canvas step through it."""
        self.menu("File", "Open Sample", "Simulated screen (6 batches) (CDCL screens)").trigger()
        self.wait(lambda: self.session.screen is not None)
        self.key(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        assert self.session.row > 0  # the next field of the same plate
        self.session.row = 0
        self.check("simulated screen", 24)
        self.draw("sample")

    def the_folder(self) -> None:
        """Open a folder of 384 wells over it; click a well, drag over a row, go on by keys."""
        opener = self.open("Screen").opener
        asked = self.choose_path(self.folder)
        self.choose_entry("Folder of a screen or run…")
        self.click(opener)
        self.wait(lambda: bool(asked))
        self.wait(lambda: len(self.session.screen or ()) == 384)
        self.check("384 wells", 384)
        plate = self.panel("Screen").plate.map
        self.open("Screen")
        QTest.mouseClick(plate, Qt.MouseButton.LeftButton, pos=plate.rect_of(30).center().toPoint())
        assert self.session.row == 30
        begin, end = (plate.rect_of(well).center().toPoint() for well in (48, 71))
        QTest.mousePress(plate, Qt.MouseButton.LeftButton, pos=begin)
        QTest.mouseMove(plate, end)
        QTest.mouseRelease(plate, Qt.MouseButton.LeftButton, pos=end)
        assert int(self.session.selection.sum()) == 24
        self.key(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        assert self.session.row == 29
        self.draw("folder")

    def a_run(self, run: Run, name: str) -> None:
        """Choose a run in Runs, press Explore: the panel comes to the front with its profiles."""
        runs = self.open("Runs")
        self.type_into(runs.folder, str(run.folder.parent))
        self.wait(lambda: runs.table.rowCount() == len(self.runs))
        self.wait(partial(self.choose, runs, run))
        self.click(runs.buttons["open"])
        num = len(read_screen(run.screen))
        self.wait(lambda: self.session.run == run)
        self.spin(0.5)
        self.check(run.folder.name, num)
        explore = self.panel("Explore")
        assert not explore.visibleRegion().isEmpty(), "Opened, and nothing is shown"
        assert len(explore.first.view.model) == num
        self.draw(name)

    def choose(self, runs: Any, run: Run) -> bool:
        """Click a run's row."""
        for row in range(runs.table.rowCount()):
            place = runs.table.visualItemRect(runs.table.item(row, 0)).center()
            QTest.mouseClick(runs.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
            if [one.run for one in runs.table.selected()] == [run]:
                return True
        return False

    def close_and_open_again(self) -> None:
        """Close every panel by its cross: nothing of ours is left but the fields; open two of them again."""
        for name in PANELS:
            dock = self.panel(name).parent()
            dock.show()
            dock.raise_()
            self.spin(0.1)
            QTest.mouseClick(dock.title.close_button, Qt.MouseButton.LeftButton)
            self.spin(0.1)
        assert [layer for layer in self.viewer.layers if layer.metadata.get(KEY) != "field"] == []
        self.key(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        assert self.session.row == 0, "keys live on without their panel"
        self.open("Screen")
        self.open("Explore")
        self.check(self.runs[1].folder.name, 96)
        self.draw("again")

    def on_a_laptop(self) -> None:
        """Shrink the window to a laptop's display: all panels fit."""
        self.window.resize(*LAPTOP)
        for name in PANELS:
            self.open(name)
        self.open("Explore")
        assert (self.window.width(), self.window.height()) <= LAPTOP, self.window.size()
        self.draw("laptop")

    def check(self, name: str, num: int) -> None:
        """Nothing of what was open before is left, and nothing has popped up."""
        from napari.utils.notifications import notification_manager

        session, screen = self.session, self.panel("Screen")
        assert session.screen is not None
        assert len(session.screen) == len(session.selection) == num
        assert name in screen.title.text(), screen.title.text()
        assert [layer.name for layer in self.viewer.layers] == list(session.screen.channels)
        assert "Reading" not in screen.message.text(), screen.message.text()
        assert not [one for one in notification_manager.records if str(one.severity) == "error"]

    def open(self, name: str) -> Any:
        """Choose a panel in the menu, if it is not in front already."""
        if self.find(name) is None or self.panel(name).visibleRegion().isEmpty():
            action = self.menu("Plugins", "CDCL screens", name)
            if self.find(name) is not None and not self.panel(name).parent().isHidden():
                self.panel(name).parent().raise_()  # its tab lies behind another one
            else:
                action.trigger()
        self.spin(0.4)
        return self.panel(name)

    def menu(self, *titles: str) -> QAction:
        """Find an entry of the menu bar by the titles on the way to it."""
        actions = self.window.menuBar().actions()
        for title in titles[:-1]:
            menu: QMenu = next(one for one in actions if one.text().replace("&", "") == title).menu()
            menu.aboutToShow.emit()
            actions = menu.actions()
        return next(one for one in actions if one.text().replace("&", "") == titles[-1])

    def find(self, name: str) -> Any:
        """Give a panel that is open, or None."""
        kinds = (dock.widget() for dock in self.window.findChildren(QDockWidget))
        return next((one for one in kinds if type(one).__name__ == f"{name}Panel"), None)

    def panel(self, name: str) -> Any:
        """Give a panel that is open."""
        panel = self.find(name)
        assert panel is not None, f"{name} is not open"
        return panel

    def click(self, button: QWidget) -> None:
        """Click a button as the mouse does."""
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center())

    def type_into(self, line: QLineEdit, text: str) -> None:
        """Replace what a line says, and press Return."""
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)
        self.spin(0.1)

    def choose_entry(self, title: str) -> None:
        """Click an entry of the menu that pops up next."""

        def choose(menu: QMenu) -> None:
            action = next(one for one in menu.actions() if one.text() == title)
            QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())

        self.meet(QApplication.activePopupWidget, choose)

    def choose_path(self, path: Path) -> list[str]:
        """Paste a path into the file dialog that comes next; what is given gets its title."""
        asked: list[str] = []

        def choose(dialog: QWidget) -> None:
            asked.append(dialog.windowTitle())
            line = dialog.findChild(QLineEdit)
            clipboard = QApplication.clipboard()
            assert clipboard is not None
            clipboard.setText(str(path))  # pasted: while letters are typed, the dialog completes them to other names
            line.selectAll()
            QTest.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
            QTest.keyClick(line, Qt.Key.Key_Return)
            if dialog.isVisible():  # a folder that is there is entered first, and chosen then
                QTest.keyClick(line, Qt.Key.Key_Return)

        self.meet(QApplication.activeModalWidget, choose)
        return asked

    def meet(self, find: Callable[[], Any], act: Callable[[Any], None]) -> None:
        """Act on a window as soon as it is there, while whoever opened it waits."""
        timer = QTimer(self.window)
        timer.setInterval(50)

        def look() -> None:
            found = find()
            if found is not None:
                timer.stop()
                act(found)

        timer.timeout.connect(look)
        timer.start()

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        """Press a key on the canvas."""
        canvas = self.viewer.window._qt_viewer.canvas.native
        QTest.mouseMove(canvas, QPoint(5, 5))
        canvas.setFocus()
        QTest.keyClick(canvas, key, modifiers)
        self.spin(0.1)

    def draw(self, name: str) -> None:
        """Write the whole window as a PNG, with fewer colours where it is large."""
        from PIL import Image

        self.spin(1.0)
        IMAGES.mkdir(exist_ok=True)
        path = IMAGES / f"menu-{name}.png"
        picture = Image.fromarray(self.viewer.screenshot(canvas_only=False, flash=False)[..., :3])
        picture.save(path, optimize=True)
        if path.stat().st_size >= MOST_BYTES:
            picture.quantize(128).save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size // 1000} kB")  # noqa: T201

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


if __name__ == "__main__":
    main()
