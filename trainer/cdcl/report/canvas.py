"""Figures without a window: matplotlib's Agg canvas, in the report's typography."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter
from PIL import Image

from cdcl.report.palette import FAINT, INK, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 144
"""Sharp on a high-density display at half size, and legible in print."""
FONT = {"family": "sans-serif", "size": 9, "color": INK}


def new_figure(width: float, height: float) -> Figure:
    """Give an empty figure of so many inches that needs no screen."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def to_png(figure: Figure) -> bytes:
    """Render a figure; the same figure gives the same bytes. Texts stand as users wrote them."""
    without_markup(figure)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def to_svg(figure: Figure) -> bytes:
    """Render a figure as SVG: texts stay texts, and the same figure gives the same bytes."""
    without_markup(figure)
    buffer = BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cdcl"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def without_markup(figure: Figure) -> None:
    """Take "$" in texts for what it is, not for a formula; only the powers of ten of a scale are matplotlib's own."""
    own = {
        id(text)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        if not isinstance(axis.get_major_formatter(), FixedFormatter)
        for text in axis.get_ticklabels(which="both")
    }
    for text in figure.findobj(Text):
        if id(text) not in own:
            text.set_parse_math(False)


def to_small_png(figure: Figure) -> bytes:
    """Render a figure of photographs in 256 colours: a third of the bytes, and no difference at that size."""
    rendered, buffer = BytesIO(to_png(figure)), BytesIO()
    with Image.open(rendered) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def calm(axes: Axes) -> None:
    """Take the box away, keep thin left and bottom rules, and set small grey ticks."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)
    axes.tick_params(colors=FAINT, labelcolor=INK, labelsize=8, length=3)
    axes.grid(visible=True, color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)


def bare(axes: Axes) -> None:
    """Take ticks away and leave a thin frame: the axes of a map mean nothing."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(RULE)
