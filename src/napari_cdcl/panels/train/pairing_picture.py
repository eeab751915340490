"""Who can be paired with whom on this screen: the ladder, treatments by batches, and doubts in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QPainter
from qtpy.QtWidgets import QWidget

from cdcl.errors import CDCLError
from cdcl.pairing.contingency import ContingencyTable
from cdcl.pairing.ladder import Ladder, doubt_pairing, name_rung
from napari_cdcl.models.window_words import words_of
from napari_cdcl.ui.scatter.theme import Theme, mix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtGui import QFont, QPaintEvent

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

MOST_ROWS = 14
"""Treatments that are drawn; the others are counted."""
BAR, ROW, GAP = 20, 15, 6
"""Pixels: the bar with its distance to what follows, a line of text, and between two parts."""
RUNGS = ("#2a9d8f", "#8ab17d", "#e9c46a", "#f4a261", "#e76f51", "#9d4edd")
"""From what was asked for to nothing at all."""


_ON_RUNG = {
    "itself": ("have only themselves",),
    "any": ("draw from all images of their group", "from all of their group"),
}


def _in_rung(name: str) -> tuple[str, str]:
    return f"find a partner in {name_rung(name)}", f"in {name_rung(name)}"


def longest_that_fits(texts: Sequence[str], width: float, font: QFont) -> str:
    """Choose the first of the texts, longest first, that is no wider than `width` pixels; else cut the last one."""
    metrics = QFontMetricsF(font)
    fitting = [text for text in texts if metrics.horizontalAdvance(text) <= width]
    return fitting[0] if fitting else metrics.elidedText(texts[-1], Qt.TextElideMode.ElideRight, width)


def short_headings(names: Sequence[str], width: float, font: QFont) -> tuple[str, list[str]]:
    """Give names that fit into `width` pixels each: what all begin with is taken away, and given first.

    Returns
    -------
    str, list of str
        "Week…" and "1", "2", "10"; or nothing and the names as they are, where they fit or have no beginning in common.
    """
    metrics = QFontMetricsF(font)
    first, last = min(names), max(names)  # all others share what these two share
    shared = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    prefix = first[:shared].rstrip("0123456789")
    if len(names) < 2 or not prefix or all(metrics.horizontalAdvance(name) <= width for name in names):
        return "", list(names)
    return f"{prefix}…", [name.removeprefix(prefix) for name in names]


@dataclass(frozen=True)
class Pairing:
    """What the picture shows.

    Attributes
    ----------
    ladder
        How many images find a partner on each rung; empty where the recipe pairs nobody.
    contingency
        Treatments by batches.
    doubts
        Why the metadata cannot carry the recipe, a sentence each.
    images
        How many are trained on.
    """

    ladder: dict[str, int]
    contingency: ContingencyTable
    doubts: tuple[str, ...]
    images: int

    @classmethod
    def of(cls, screen: Screen, config: RunConfig) -> Pairing:
        """Count; it may run in any thread. What is wrong with the config is a doubt, too."""
        from cdcl.screen.splits import assign_split  # brings pandas, and no panel waits for that

        nothing = ContingencyTable((), (), np.zeros((0, 0), dtype=np.int64))
        try:
            sites = assign_split(screen, config.split).sites
            sites = sites[sites["split"] == "train"].reset_index(drop=True)
            pairing = config.pairing
            ladder = Ladder.of(sites, pairing)
            doubts = tuple(doubt_pairing(ladder, pairing))
            counts = ladder.counts() if pairing.sameby else {}
        except CDCLError as error:
            return cls({}, nothing, (words_of(error),), 0)
        row = pairing.sameby[0] if pairing.sameby else "treatment"
        column = pairing.diffby[0] if pairing.diffby else "batch"
        return cls(counts, ContingencyTable.of(sites, row, column), doubts, len(sites))

    def in_words(self) -> str:
        """Say in a line what the picture says."""
        contingency = self.contingency
        if not self.images:
            return ""
        words = f"{self.images:,} images"
        if contingency.rows:
            words += (
                f"; {contingency.num_in_several:,} of {len(contingency.rows):,} treatments lie in more than one batch"
            )
        return words + ("" if self.ladder else "; this recipe pairs nobody: every image is its own partner")


class PairingPicture(QWidget):
    """Draws a `Pairing`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pairing: Pairing | None = None
        self.setMinimumHeight(24)

    def show_pairing(self, pairing: Pairing | None) -> None:
        """Draw another one."""
        self.pairing = pairing
        self.setFixedHeight(self._height())
        self.setToolTip(
            "The bar: where the partners of all images come from, from what the recipe asks for to the image itself. "
            "Below: how many images of each treatment (row) lie in each batch (column)."
        )
        self.update()

    def _height(self) -> int:
        if self.pairing is None:
            return 24
        rows = len(self.pairing.contingency.rows)
        legend = ROW * len(self._rungs()) if self.pairing.ladder else 0
        table = ROW * (min(rows, MOST_ROWS) + 1 + (rows > MOST_ROWS)) if rows else 0
        return (BAR + legend + GAP if self.pairing.ladder else 0) + table + 4

    def _rungs(self) -> list[tuple[str, int, QColor]]:
        """List the rungs that somebody stands on, and the first in any case."""
        assert self.pairing is not None
        found = enumerate(self.pairing.ladder.items())
        last = len(self.pairing.ladder) - 1
        colours = [QColor(RUNGS[min(n, len(RUNGS) - 2) if n < last else len(RUNGS) - 1]) for n in range(last + 1)]
        return [(name, count, colours[n]) for n, (name, count) in found if count or n == 0]

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw bar, legend and table."""
        if self.pairing is None:
            return
        painter, theme = QPainter(self), Theme.of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = self._draw_ladder(painter, theme) if self.pairing.ladder else 0.0
        if self.pairing.contingency.rows:
            self._draw_table(painter, theme, top)
        painter.end()

    def _draw_ladder(self, painter: QPainter, theme: Theme) -> float:
        rungs = self._rungs()
        total, left, width = max(1, sum(count for _, count, _ in rungs)), 0.0, float(self.width())
        for _, count, colour in rungs:
            share = width * count / total
            painter.fillRect(QRectF(left, 0, share, BAR - 6), colour)
            left += share
        for number, (name, count, colour) in enumerate(rungs):
            y = BAR + number * ROW
            painter.fillRect(QRectF(2, y + 3, 9, 9), colour)
            painter.setPen(theme.ink)
            shares = f"{count:,} ({count / total:.0%})"
            texts = [f"{shares} {words}" for words in _ON_RUNG.get(name, _in_rung(name))]
            painter.drawText(QPointF(16, y + 12), longest_that_fits(texts, width - 16, painter.font()))
        return float(BAR + len(rungs) * ROW + GAP)

    def _draw_table(self, painter: QPainter, theme: Theme, top: float) -> None:
        assert self.pairing is not None
        contingency = self.pairing.contingency
        metrics = QFontMetricsF(painter.font())
        names = min(self.width() * 0.38, max(metrics.horizontalAdvance(n) for n in contingency.rows[:MOST_ROWS]) + 8)
        cell = min(64.0, (self.width() - names) / max(1, len(contingency.columns)))
        painter.setPen(theme.faint)
        if cell > 16:
            prefix, headings = short_headings(contingency.columns, cell - 2, painter.font())
            painter.drawText(QRectF(0, top, names - 6, ROW), Qt.AlignmentFlag.AlignRight, prefix)
            for number, name in enumerate(headings):
                place = QRectF(names + number * cell, top, cell, ROW)
                text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, cell - 2)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        for row, name in enumerate(contingency.rows[:MOST_ROWS]):
            y = top + (row + 1) * ROW
            painter.setPen(theme.ink)
            text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, names - 6)  # doses stand last
            painter.drawText(QRectF(0, y, names - 6, ROW), Qt.AlignmentFlag.AlignVCenter, text)
            places = [QRectF(names + n * cell, y, max(cell - 1, 0.5), ROW - 1) for n in range(len(contingency.columns))]
            self._draw_counts(painter, theme, places, contingency.counts[row].tolist())
        if len(contingency.rows) > MOST_ROWS:
            painter.setPen(theme.faint)
            y = top + (MOST_ROWS + 1) * ROW
            painter.drawText(QPointF(0, y + 12), f"… and {len(contingency.rows) - MOST_ROWS:,} more")

    def _draw_counts(self, painter: QPainter, theme: Theme, places: list[QRectF], counts: list[int]) -> None:
        assert self.pairing is not None
        most = max(1, int(self.pairing.contingency.counts.max()))
        written = places[0].width() > QFontMetricsF(painter.font()).horizontalAdvance(str(most)) + 4
        for place, count in zip(places, counts, strict=True):
            share = 0.25 + 0.7 * count / most if count else 0.0
            painter.fillRect(place, mix(theme.ground, QColor(RUNGS[0]), share))
            if count and written:
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(count))
