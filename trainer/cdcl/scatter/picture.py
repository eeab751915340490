"""A scatter on paper: axes, points and legend as PNG, SVG or PDF, of a width in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.errors import ProfilesError
from cdcl.scatter.axes import name_corners, ticks
from cdcl.scatter.overlay import Overlay, draw_overlay
from cdcl.scatter.palette import VIRIDIS, channels, to_hex
from cdcl.scatter.raster import MarkerStyle, Raster, Scene
from cdcl.scatter.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from cdcl.scatter.colours import Colouring

FORMATS = (".png", ".svg", ".pdf")
VECTOR = (".svg", ".pdf")
NARROWEST, WIDEST, USUAL = 150, 420, 210
"""Millimetres of width; below the first, the legend is higher than the map."""
MOST_SHAPES = 20_000
"""An SVG or PDF with more points holds them as one image."""
MOST_LISTED = 24
"""Classes in a legend; of more, those with the most points."""

_INK, _FAINT = "#1f2933", "#7b8794"
_LEGEND, _LEFT, _BOTTOM, _TOP = 2.1, 0.75, 0.65, 0.4
"""Inches: the legend's width, and the room around the map."""
_INCH = 25.4
"""Millimetres."""
_DPI, _SCREEN_DPI = 200, 96
"""Dots an inch of points in print, and of the display whose point sizes are taken over (CSS pixels)."""
_FONT: dict[str, Any] = {"fontsize": 9, "color": _INK}


@dataclass(frozen=True, eq=False)
class Picture:
    """What is drawn on paper.

    Attributes
    ----------
    positions
        Shape (N, 2).
    scene
        Colours, and what is visible and selected.
    axis_names
        Of x and y.
    marker_style
        As on the screen, at 96 pixels an inch.
    view
        What part of the plane; by default all points.
    title
        Over the picture.
    corners
        Shape (K, 2): of the polygon that archetypes make; none for other projections.
    width
        Millimetres of the whole picture, legend and axes too; their letters keep their size.
    overlay
        What lies over the points.
    """

    positions: NDArray[np.floating]
    scene: Scene
    axis_names: tuple[str, str]
    marker_style: MarkerStyle = field(default_factory=MarkerStyle)
    view: View | None = None
    title: str = ""
    corners: NDArray[np.floating] = field(default_factory=lambda: np.zeros((0, 2), dtype=np.float32))
    width: float = USUAL
    overlay: Overlay = field(default_factory=Overlay)

    @property
    def side(self) -> float:
        """The side of the map in inches."""
        return self.width / _INCH - _LEFT - _LEGEND


def write_picture(picture: Picture, path: Path) -> None:
    """Write a picture as .png, .svg or .pdf, in one move.

    Parameters
    ----------
    picture
        150 to 420 mm wide.
    path
        Its suffix chooses the form; letters stay letters in .svg. The same picture gives the same bytes.

    Raises
    ------
    ProfilesError
        If the file's name ends otherwise, or the width is none of paper.
    """
    if not NARROWEST <= picture.width <= WIDEST:
        raise ProfilesError(f"a picture is {NARROWEST} to {WIDEST} mm wide, not {picture.width:g}.")
    if path.suffix.lower() not in FORMATS:
        raise ProfilesError(f"{path}: a picture is written as {', '.join(FORMATS)}.")
    from matplotlib import rc_context

    vector = path.suffix.lower() in VECTOR
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "cdcl", "font.family": "sans-serif"}
    settings["text.parse_math"] = False  # A "$" in a label is no formula.
    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {"Software": None}}
    metadata: Any = undated[path.suffix.lower()]
    with rc_context(settings), replaced_file(path) as temporary:
        figure = _draw(picture, vector=vector)
        figure.savefig(temporary, format=path.suffix[1:].lower(), metadata=metadata)


def _draw(picture: Picture, *, vector: bool) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    side = picture.side
    width, height = _LEFT + side + _LEGEND, _BOTTOM + side + _TOP
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((_LEFT / width, _BOTTOM / height, side / width, side / height))
    raster = Raster(picture.positions)
    view = _view(picture, raster)
    _frame(axes, view, picture)
    _draw_corners(axes, picture.corners)
    if vector and len(raster.points) <= MOST_SHAPES and not picture.marker_style.density:
        _draw_shapes(axes, picture, raster)
    else:
        _draw_pixels(axes, picture, raster, view)
    draw_overlay(axes, picture.overlay, _INK)
    legend = figure.add_axes(((_LEFT + side + 0.2) / width, _BOTTOM / height, (_LEGEND - 0.3) / width, side / height))
    _draw_legend(legend, picture)
    return figure


def _view(picture: Picture, raster: Raster) -> View:
    """Show the asked part of the plane on a square, at the resolution of the paper."""
    side = round(picture.side * _DPI)
    if picture.view is None:
        return View.fit(raster.points, side, side, picture.corners if len(picture.corners) else None)
    return picture.view.resized(side, side)


def _frame(axes: Axes, view: View, picture: Picture) -> None:
    (left, bottom), (right, top) = view.to_data(np.array([[0, view.height], [view.width, 0]]))
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_xticks(ticks(left, right, 6))
    axes.set_yticks(ticks(bottom, top, 6))
    axes.tick_params(colors=_FAINT, labelsize=8, length=3)
    for spine in axes.spines.values():
        spine.set_color("#d5dae0")
    axes.set_xlabel(picture.axis_names[0], **_FONT)
    axes.set_ylabel(picture.axis_names[1], **_FONT)
    axes.set_title(picture.title, loc="left", fontsize=10, color=_INK, fontweight="bold")


def _draw_corners(axes: Axes, corners: NDArray[np.floating]) -> None:
    """Draw the polygon of archetypes, and their names outside of it."""
    closed = np.concatenate([corners, corners[:1]])
    axes.plot(closed[:, 0], closed[:, 1], color="#b0b8c1", linewidth=0.8, zorder=1)
    for name, (x, y) in zip(name_corners(len(corners)), 1.06 * corners, strict=True):
        axes.text(x, y, name, ha="center", va="center", clip_on=True, **_FONT)


def _draw_pixels(axes: Axes, picture: Picture, raster: Raster, view: View) -> None:
    frame = raster.draw(picture.scene, view, picture.marker_style.enlarged(_DPI / _SCREEN_DPI))
    opacity = (frame.argb >> 24) / 255
    colours = channels(frame.argb) / np.maximum(opacity, 1 / 255)[..., None]
    extent = (*axes.get_xlim(), *axes.get_ylim())
    image = np.dstack([np.clip(colours, 0, 1), opacity])
    axes.imshow(image, extent=extent, aspect="auto", interpolation="none", zorder=2)


def _draw_shapes(axes: Axes, picture: Picture, raster: Raster) -> None:
    scene, points = picture.scene, raster.points
    rows = points.rows if scene.visible is None else points.rows[scene.visible[points.rows]]
    chosen = np.ones(len(rows), dtype=np.bool_) if scene.selected is None else scene.selected[rows]
    chosen = chosen if chosen.any() else ~chosen
    area = (picture.marker_style.size * 72 / _SCREEN_DPI) ** 2
    colours = np.where(
        chosen, scene.colouring.colours[scene.colouring.codes[rows]], np.uint32(picture.marker_style.unselected)
    )
    for group in (~chosen, chosen):
        places = picture.positions[rows[group]]
        faces = channels(colours[group])
        axes.scatter(
            places[:, 0],
            places[:, 1],
            s=area,
            c=faces,
            alpha=picture.marker_style.opacity,
            linewidths=0,
            zorder=2,
            clip_on=True,
        )


def _draw_legend(axes: Axes, picture: Picture) -> None:
    colouring, selected = picture.scene.colouring, picture.scene.selected
    only_density = picture.marker_style.density and (selected is None or not selected.any())
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(picture.side, 0)  # inches from the top
    axes.text(0, 0.1, "points" if only_density else colouring.title, fontweight="bold", **_FONT)
    if only_density:
        _draw_scale(axes, VIRIDIS, ("few", "many (log)"))
    elif colouring.limits is not None:
        _draw_numbers(axes, colouring)
    elif colouring.title:
        _draw_classes(axes, colouring, picture.side)


def _draw_scale(axes: Axes, colours: NDArray[np.uint32], ends: tuple[str, str]) -> None:
    scale = channels(colours)[::-1, None]
    axes.imshow(scale, extent=(0, 0.1, 2.3, 0.3), aspect="auto", interpolation="none")
    axes.text(0.16, 0.38, ends[1], **_FONT)
    axes.text(0.16, 2.3, ends[0], **_FONT)


def _draw_numbers(axes: Axes, colouring: Colouring) -> None:
    *between, (_, high) = colouring.marks()
    unit = f" {colouring.unit}".rstrip() + (" (log)" if colouring.logarithmic else "")
    _draw_scale(axes, colouring.colours[1:], (between[0][1], high + unit))
    for place, text in between[1:]:
        axes.text(0.16, 2.3 - (2.3 - 0.38) * place, text, **_FONT)
    if colouring.num_missing:
        axes.scatter([0.05], [2.6], s=36, c=to_hex(int(colouring.colours[0])), linewidths=0, clip_on=False)
        axes.text(0.16, 2.6, f"no value ({colouring.num_missing})", va="center", **_FONT)


def _draw_classes(axes: Axes, colouring: Colouring, room: float) -> None:
    """List as many classes as the room, in inches, has lines for."""
    classes = list(colouring.classes())
    most = sorted(
        sorted(classes, key=lambda item: -item[2])[: min(MOST_LISTED, int((room - 0.58) / 0.2))], key=classes.index
    )
    for number, (_, name, num, colour) in enumerate(most):
        height = 0.38 + 0.2 * number
        axes.scatter([0.05], [height], s=30, c=to_hex(colour), linewidths=0, clip_on=False)
        shown = name if len(name) <= 22 else f"{name[:21]}…"
        axes.text(0.13, height, f"{shown} ({num})", va="center", **_FONT)
    if len(classes) > len(most):
        height = 0.38 + 0.2 * len(most)
        axes.text(0.13, height, f"and {len(classes) - len(most)} more", va="center", fontsize=9, color=_FAINT)
