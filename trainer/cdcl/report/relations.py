"""Treatments that look alike, drawn: a heat map in the order of its dendrogram, and a network of related pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.hits.springs import spring_layout
from cdcl.report.canvas import FONT, new_figure, to_png, to_svg
from cdcl.report.palette import FAINT, INK, RULE, style_of
from cdcl.scatter.palette import DIVERGING, to_hex

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    from cdcl.hits.relations import Relations
    from cdcl.scatter.colours import Colouring

MOST_NAMED = 90
"""Treatments whose names can be read beside a heat map of a page's width."""

MOST_LINES = 200
"""Lines of a network beyond which it is a ball of wool; the most alike are drawn."""

MOST_KINDS = 8
"""Mechanisms that get a colour, the most frequent; the others are grey, the unknown pale."""

MOST_EXPLAINED = 24
"""Kinds that a legend names, six lines of four; more would be longer than the picture."""


@dataclass(frozen=True)
class Kinds:
    """What the colours of treatments say.

    Attributes
    ----------
    colours
        Of each treatment, "#rrggbb".
    legend
        The colour of each kind that has one, or of the ends of a scale.
    """

    colours: tuple[str, ...]
    legend: dict[str, str]

    @classmethod
    def of_mechanisms(cls, mechanisms: tuple[str, ...]) -> Kinds:
        """Colour the most frequent mechanisms; the rest are grey, the unknown pale."""
        colours = colours_of(mechanisms)
        return cls(
            tuple(colours.get(name, FAINT) for name in mechanisms),
            {name: colour for name, colour in colours.items() if name},
        )

    @classmethod
    def of_colouring(cls, colouring: Colouring) -> Kinds:
        """Take the colours of the window; of many kinds the most frequent are explained."""
        own = tuple(to_hex(int(colour)) for colour in colouring.colours[colouring.codes])
        if colouring.limits is not None:
            ends = zip(colouring.limits, colouring.colours[[1, -1]].tolist(), strict=True)
            texts = {f"{colouring.title} {end:.3g} {colouring.unit}".strip(): to_hex(code) for end, code in ends}
            return cls(own, texts)
        frequent = sorted(colouring.classes(), key=lambda kind: -kind[2])[:MOST_EXPLAINED]
        return cls(own, {name: to_hex(colour) for _, name, _, colour in sorted(frequent)})


def draw_heat_map(relations: Relations, form: str = "png", kinds: Kinds | None = None) -> bytes:
    """Draw all similarities, the dendrogram above, kinds of treatments as a strip, known pairs framed.

    Parameters
    ----------
    form
        "png" or "svg".
    kinds
        Colours of the treatments; None colours them by mechanism.
    """
    return _rendered(_heat_map(relations, kinds or Kinds.of_mechanisms(relations.mechanisms)), form)


def draw_network(relations: Relations, form: str = "png", kinds: Kinds | None = None) -> bytes | None:
    """Draw treatments that are related to another, and lines between them; None where none are.

    Parameters
    ----------
    form
        "png" or "svg".
    kinds
        Colours of the treatments; None colours them by mechanism.
    """
    figure = _network(relations, kinds or Kinds.of_mechanisms(relations.mechanisms))
    return None if figure is None else _rendered(figure, form)


def _rendered(figure: Figure, form: str) -> bytes:
    return to_svg(figure) if form == "svg" else to_png(figure)


def colours_of(mechanisms: tuple[str, ...]) -> dict[str, str]:
    """Give a colour to each of the most frequent mechanisms; the rest are grey, the unknown pale."""
    names, counts = np.unique([name for name in mechanisms if name], return_counts=True)
    frequent = names[np.argsort(-counts, kind="stable")][:MOST_KINDS].tolist()
    return {name: style_of(number)[0] for number, name in enumerate(frequent)} | {"": RULE}


def _heat_map(relations: Relations, kinds: Kinds) -> Figure:
    num = len(relations.names)
    side = min(11.0, max(4.0, 0.16 * num))
    figure = new_figure(side + 2.6, side + 1.6)
    grid = figure.add_gridspec(3, 1, height_ratios=(0.9, 0.16, side))
    top, strip, main = (figure.add_subplot(grid[row]) for row in range(3))
    _draw_tree(top, relations)
    _draw_strip(figure, strip, kinds)
    image = main.imshow(relations.cosines, cmap=_diverging(), vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    _name(main, relations)
    places = {name: number for number, name in enumerate(relations.names)}
    for row in relations.pairs[relations.pairs["known"]].to_dict("records"):
        one, other = places[str(row["one"])], places[str(row["other"])]
        for x, y in ((one, other), (other, one)):
            main.add_patch(_frame(x, y))
    bar = figure.colorbar(
        image, ax=[top, strip, main], shrink=0.3, anchor=(0, 1), label="cosine of shifts from controls"
    )
    bar.ax.tick_params(labelsize=8, labelcolor=INK)
    return figure


def _diverging() -> ListedColormap:
    from matplotlib.colors import ListedColormap

    return ListedColormap([to_hex(int(colour)) for colour in DIVERGING], "diverging")


def _frame(x: int, y: int) -> Patch:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor=INK, linewidth=1.2)


def _draw_tree(axes: Axes, relations: Relations) -> None:
    from scipy.cluster.hierarchy import dendrogram

    if not len(relations.links):
        axes.set_axis_off()
        return
    tree = dendrogram(relations.links, no_plot=True)
    for across, up in zip(tree["icoord"], tree["dcoord"], strict=True):
        axes.plot((np.array(across) - 5) / 10, up, color=FAINT, linewidth=0.8)  # SciPy's leaves stand at 5, 15, ...
    axes.set_xlim(-0.5, len(relations.names) - 0.5)
    axes.set_axis_off()


def _draw_strip(figure: Figure, axes: Axes, kinds: Kinds) -> None:
    from matplotlib.colors import to_rgb

    axes.imshow([[to_rgb(colour) for colour in kinds.colours]], aspect="auto")
    axes.set_axis_off()
    _explain(figure, kinds)


def _explain(figure: Figure, kinds: Kinds) -> None:
    """Say below what the colours are."""
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=name) for name, colour in kinds.legend.items()]
    if handles:
        figure.legend(handles=handles, loc="outside lower left", ncols=4, fontsize=8, frameon=False)


def _name(axes: Axes, relations: Relations) -> None:
    axes.tick_params(length=0)
    num = len(relations.names)
    if num > MOST_NAMED:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_ylabel(f"{num} treatments; similarity.csv names them in this order", fontdict={**FONT, "size": 8})
        return
    size = 7 if num < 60 else 5.5
    axes.set_yticks(range(num), relations.names, fontsize=size, color=INK)
    axes.set_xticks(range(num), relations.names, fontsize=size, color=INK, rotation=90)
    axes.yaxis.tick_right()


def _network(relations: Relations, kinds: Kinds) -> Figure | None:
    related = relations.pairs[relations.pairs["related"]].head(MOST_LINES)
    if not len(related):
        return None
    names = sorted(set(related["one"]) | set(related["other"]), key=relations.names.index)
    place = {name: number for number, name in enumerate(names)}
    ends = np.array([[place[one], place[other]] for one, other in zip(related["one"], related["other"], strict=True)])
    points = spring_layout(len(names), ends)
    figure = new_figure(11.0, 8.5)
    axes = figure.subplots()
    known = related["known"].to_numpy(dtype=bool)
    same = (related["mechanism"] != "").to_numpy(dtype=bool)
    for (one, other), is_known, is_same in zip(ends, known, same, strict=True):
        colour, width = INK if is_known or is_same else FAINT, 2.0 if is_known else 1.0
        axes.plot(points[[one, other], 0], points[[one, other], 1], zorder=1, color=colour, linewidth=width)
    of = dict(zip(relations.names, kinds.colours, strict=True))
    axes.scatter(
        points[:, 0],
        points[:, 1],
        s=46,
        c=[of[name] for name in names],
        edgecolors=INK,
        linewidths=0.6,
        zorder=2,
    )
    for name, (x, y) in zip(names, points, strict=True):
        axes.annotate(name, (x, y), (4, 4), textcoords="offset points", fontsize=7, color=INK)
    axes.set_axis_off()
    axes.margins(0.12)
    _explain(figure, kinds)
    return figure
