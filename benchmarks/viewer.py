"""The next field on display: 200 000 fields of five channels, in a real napari window.

xvfb-run -a -s "-screen 0 1600x1000x24" python benchmarks/viewer.py [--fields 200000] [--side 1080]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
from machine import describe_machine, write_result
from qtpy.QtWidgets import QApplication

from cdcl.images.reading import read_image
from cdcl.screen import Screen
from napari_cdcl.models.session import session_of
from napari_cdcl.panels.screen.panel import ScreenPanel

CHANNELS = ("DNA", "ER", "RNA", "AGP", "Mito")
DIFFERENT = 12
"""Fields on disk; the table names them again and again."""
STEPS = 12


def make_screen(folder: Path, num_fields: int, side: int) -> Screen:
    """384-well plates of nine fields a well; one uncompressed file a channel."""
    rng = np.random.default_rng(0)
    for number in range(DIFFERENT):
        for channel in CHANNELS:
            pixels = rng.poisson(300, (side, side)).astype(np.uint16)
            tifffile.imwrite(folder / f"{number}_{channel}.tif", pixels, photometric="minisblack")
    row = np.arange(num_fields)
    well = row // 9 % 384
    names = np.char.add(np.array(list("ABCDEFGHIJKLMNOP"))[well // 24], np.char.zfill((well % 24 + 1).astype(str), 2))
    paths = {f"path_{channel}": np.char.add((row % DIFFERENT).astype(str), f"_{channel}.tif") for channel in CHANNELS}
    places = {"plate": np.char.add("P", (row // (9 * 384)).astype(str)), "well": names, "site": (row % 9).astype(str)}
    labels = {
        "batch": np.char.add("B", (row // (9 * 384 * 8)).astype(str)),
        "treatment": np.char.add("T", (well // 2).astype(str)),
    }
    return Screen(pd.DataFrame({**places, **labels, **paths}), CHANNELS, folder)


def main() -> None:
    """Open, step, and compare with reading the files alone."""
    import napari

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fields", type=int, default=200_000)
    parser.add_argument("--side", type=int, default=1080)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        screen = make_screen(Path(folder), arguments.fields, arguments.side)
        began = time.perf_counter()
        read_image(screen.paths(0), screen.channels)
        alone = [_timed(lambda row=row: read_image(screen.paths(row), screen.channels)) for row in range(STEPS)]
        viewer = napari.Viewer(show=True)
        panel = ScreenPanel(viewer)
        viewer.window.add_dock_widget(panel, area="right")
        session = session_of(viewer)
        began = time.perf_counter()
        session.screen = screen
        viewer.screenshot(flash=False)
        opened = time.perf_counter() - began
        while panel.contrast.worker.busy:
            QApplication.processEvents()
        rows = np.random.default_rng(1).choice(arguments.fields, STEPS, replace=False).tolist()
        far = [_timed(lambda row=row: _show(viewer, row)) for row in rows]
        near = [_timed(lambda row=row: _show(viewer, rows[0] + row)) for row in range(1, STEPS)]
        viewer.close()
    write_result("viewer", _report(arguments, opened, (alone, near, far)))


def _show(viewer: object, row: int) -> None:
    """Show a field and wait until its picture has been drawn and read back."""
    session_of(viewer).row = row
    viewer.screenshot(flash=False)  # type: ignore[attr-defined]


def _timed(work: object) -> float:
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


def _report(arguments: argparse.Namespace, opened: float, times: tuple[list[float], ...]) -> str:
    alone, near, far = (f"{np.median(found):.3f} | {max(found):.3f}" for found in times)
    size = f"{arguments.fields:,} fields x {len(CHANNELS)} channels of {arguments.side} x {arguments.side}"
    return (
        f"| {size} | seconds, median | worst of {STEPS} |\n|---|---|---|\n"
        f"| reading the five files alone | {alone} |\n"
        f"| next field, drawn and read back | {near} |\n"
        f"| a field of any plate, plate map drawn too | {far} |\n\n"
        f"Opening the screen, until its first field is drawn: {opened:.2f} s. Software OpenGL where there is no GPU. "
        f"{describe_machine()}"
    )


if __name__ == "__main__":
    main()
