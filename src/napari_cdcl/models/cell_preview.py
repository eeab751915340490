"""Cells of one field, as `cdcl cells` would have them: looked for in a thread while settings are tried. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cdcl.cells import Cells, read_cells
from cdcl.cells.finding import MEASURED_FIELDS
from cdcl.cells.nuclei import find_nuclei, measure_diameter, nuclear_channel
from cdcl.cells.tiling import lay_tiles
from cdcl.cells.windows import crop_side, flag_border
from cdcl.config.cells import CellsConfig
from cdcl.errors import CDCLError, ConfigError
from cdcl.tasks import finish

if TYPE_CHECKING:
    from cdcl.images.reading import Pixels
    from cdcl.screen import Screen

NUCLEI, TILES, FILE, POINTS, LABELS = "nuclei", "tiles", "file", "points", "labels"
"""Where cells come from."""


@dataclass(frozen=True)
class Wanted:
    """What the user has set.

    Attributes
    ----------
    source
        One of the words above.
    channel, diameter
        Of the finder: the channel that shows nuclei ("" by its name), and their width in pixels (0: measured).
    path
        A table, a database or a folder, where `source` is "file".
    crop, in_um
        Side of a crop, in micrometres or pixels.
    most, seed
        Cells a field that are kept, drawn by the seed; 0 keeps all.
    """

    source: str = NUCLEI
    channel: str = ""
    diameter: float = 0.0
    path: str = ""
    crop: float = 96.0
    in_um: bool = False
    most: int = 0
    seed: int = 0

    def side(self, screen: Screen) -> int:
        """Give the side of a crop in pixels.

        Raises
        ------
        ConfigError
            If it is in micrometres and the screen does not say how large a pixel is.
        """
        config = CellsConfig(crop_um=self.crop) if self.in_um else CellsConfig(crop=max(1, round(self.crop)))
        return crop_side(config, screen.pixel_size)

    def arguments(self, table: Path, out: Path) -> list[str]:
        """Give what does the same for the whole screen: the arguments of `cdcl`."""
        origin = str(Path(self.path).absolute()) if self.source == FILE else self.source
        crop = f"{self.crop:g}um" if self.in_um else f"{round(self.crop)}"
        named = ["--channel", self.channel] if self.channel else []
        wide = ["--diameter", f"{self.diameter:g}"] if self.diameter else []
        capped = ["--most", str(self.most), "--seed", str(self.seed)] if self.most else []
        return ["cells", str(table), "--from", origin, "--crop", crop, *named, *wide, *capped, "-o", str(out)]


@dataclass(frozen=True)
class Found:
    """The cells of one field, flagged at the border, and what is worth saying of them."""

    cells: Cells
    side: int
    words: str = ""


class FieldCells:
    """The cells of fields of one screen, found or read; what takes long is done once. One thread at a time."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._diameters: dict[int, float] = {}
        self._read: dict[str, Cells] = {}

    def of_field(self, wanted: Wanted, row: int) -> Found:
        """Find, read or lay out the cells of a field; it may run in any thread.

        Raises
        ------
        CDCLError
            If it cannot be done, with the reason.
        """
        side = wanted.side(self.screen)
        image = self.screen.image(row)
        size = np.array(image.shape[1:])
        words = ""
        if wanted.source == NUCLEI:
            cells, words = self._find(wanted, image)
        elif wanted.source == FILE:
            cells = self._of_file(wanted.path, row)
        else:
            cells = lay_tiles(size[None], side)
        return Found(flag_border(cells, size[None], side), side, words)

    def _find(self, wanted: Wanted, image: Pixels) -> tuple[Cells, str]:
        channel = nuclear_channel(self.screen.channels, wanted.channel)
        if channel is None:
            raise ConfigError("which channel shows nuclei? None is named after them; choose one.")
        diameter = wanted.diameter or self._measured(channel)
        if not diameter:
            raise ConfigError(f"{self.screen.channels[channel]} shows no bright round spots that could be nuclei.")
        table = find_nuclei(image[channel], diameter)
        told = "set" if wanted.diameter else "measured on the screen"
        return Cells.of(table.assign(row=0), NUCLEI), f"Nuclei are {diameter:.0f} pixels wide ({told})."

    def _measured(self, channel: int) -> float:
        """Measure nuclei on the fields that `cdcl cells` measures."""
        if channel not in self._diameters:
            num = len(self.screen)
            rows = np.linspace(0, num - 1, min(num, MEASURED_FIELDS)).astype(np.int64)
            planes = []
            for row in rows.tolist():
                try:
                    planes.append(self.screen.image(row)[channel])
                except (CDCLError, OSError):
                    continue
            self._diameters[channel] = measure_diameter(planes) or 0.0
        return self._diameters[channel]

    def _of_file(self, path: str, row: int) -> Cells:
        if not path:
            raise ConfigError("choose a table of centroids, a database, or a folder of label images.")
        if path not in self._read:
            self._read[path] = finish(read_cells(Path(path), self.screen))
        return self._read[path].in_fields(np.array([row]))


def in_words(found: Found, wanted: Wanted) -> str:
    """Say what was found in the field on display."""
    num, border = len(found.cells), int(found.cells.border.sum())
    what = ("tile" if wanted.source == TILES else "cell") + "s" * (num != 1)
    parts = [f"This field: <b>{num:,} {what}</b>"]
    if border:
        parts[0] += f", {border:,} so near to its edge that their crop would leave it (orange)"
    parts[0] += "."
    if wanted.most and num > wanted.most:
        parts.append(f"{wanted.most:,} of them are kept, drawn by the seed.")
    return " ".join([*parts, found.words]).strip()
