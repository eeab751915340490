"""What is written and drawn over the points of a scatter, and how it comes onto paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdcl.scatter.palette import to_hex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from cdcl.scatter.arrows import Arrow
    from cdcl.scatter.contours import Contour

INNER, OUTER = 1.6, 0.9
"""Widths of contour lines in points: around the core of a class, and around nearly all of it."""
HALF = 0.5
"""The share of points within an inner line."""


@dataclass(frozen=True, eq=False)
class Overlay:
    """Names, contours and arrows over the points.

    Attributes
    ----------
    names
        Name, x and y of each class, the most important first.
    contours
        Lines around classes.
    arrows
        Lines between medians, with heads.
    """

    names: Sequence[tuple[str, float, float]] = ()
    contours: Sequence[Contour] = ()
    arrows: Sequence[Arrow] = ()


def draw_overlay(axes: Axes, overlay: Overlay, ink: str) -> None:
    """Draw an overlay on paper, over the points; names that would cover another are left out."""
    from matplotlib.patheffects import withStroke

    for contour in overlay.contours:
        width = INNER if contour.share <= HALF else OUTER
        axes.plot(*contour.line.T, color=to_hex(contour.colour), linewidth=width, zorder=3)
    halo = [withStroke(linewidth=3.2, foreground="white")]
    for arrow in overlay.arrows:
        axes.plot(*arrow.path[:-1].T, color=ink, linewidth=1.2, zorder=4, path_effects=halo)
        head = {"arrowstyle": "-|>", "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 12, "ec": ink}
        head |= {"fc": to_hex(arrow.colour), "path_effects": halo}
        axes.annotate("", tuple(arrow.path[-1]), tuple(arrow.path[-2]), arrowprops=head, zorder=4)
    _write_names(axes, overlay.names, ink)


def _write_names(axes: Axes, names: Sequence[tuple[str, float, float]], ink: str) -> None:
    from matplotlib.patheffects import Stroke

    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9, "clip_on": True}
    taken: list[Any] = []
    for name, x, y in names:
        text = axes.text(x, y, name, color=ink, zorder=6, **style)
        box = text.get_window_extent()
        if any(box.overlaps(other) for other in taken):
            text.remove()
            continue
        taken.append(box)
        # A halo of its own: with one, the letters themselves would become outlines in a .svg.
        axes.text(x, y, name, color="none", zorder=5, path_effects=[Stroke(linewidth=2.5, foreground="white")], **style)
