"""One page on how two groups of fields, or of cells, differ: real ones along their axis, channels, attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.report.canvas import FONT, calm, new_figure, to_png, to_small_png
from cdcl.report.composite import composite
from cdcl.report.contact_sheet import draw_contact_sheet
from cdcl.report.page import PngFigure, Section, render_page
from cdcl.report.palette import ACCENT, CHANNELS, FAINT, INK
from cdcl.report.tables import plain_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cdcl.hits.axis import Axis
    from cdcl.report.contact_sheet import Frame

IN_A_STRIP, CELLS_IN_A_STRIP = 12, 24
"""Fields along the axis: two lines of six, each large enough to see cells; of single cells twice as many."""

_INCHES, _MOST_SIDE = 1.8, 260
"""Side of a field, and its most pixels."""


@dataclass(frozen=True)
class Difference:
    """What is known of how two groups differ.

    Attributes
    ----------
    this, that
        Names of the groups; the axis runs from that (0) to this (1).
    axis
        Between them.
    ones
        (n,) which of the axis's fields are of this group.
    channels
        Names.
    shares
        (C, 3) how much of the difference goes where a channel is hidden, with its 95 % interval over wells; None where
        it is not known: cells of both groups lie in the same fields.
    attention
        (C, 2) brightness of a channel where the network looks, over that of the whole field, in this and in that group;
        None where the network has no attention.
    strip
        Pixels (C, Y, X) and a title of fields along the axis, in its order.
    frames
        Fields with attention: of this group, then of that.
    noun
        What stands on the axis: "field" or "cell".
    missing
        Why the page does not tell what channels contribute; "" where it does.
    """

    this: str
    that: str
    axis: Axis
    ones: NDArray[np.bool_]
    channels: tuple[str, ...]
    shares: NDArray[np.float64] | None
    attention: NDArray[np.float64] | None
    strip: Sequence[tuple[NDArray[np.generic], str]]
    frames: Sequence[Frame] = ()
    noun: str = "field"
    missing: str = ""


def render_difference(found: Difference, subtitle: str = "") -> str:
    """Compose the page, one HTML file with its pictures inside; no picture on it is generated."""
    sections = [_in_short(found), _along(found), _channels(found), _attention(found)]
    title = f"How {found.this} differs from {found.that}"
    return render_page(title, [section for section in sections if section is not None], subtitle=subtitle)


def in_words(found: Difference) -> list[tuple[str, str]]:
    """Say the most important: (lead, text) each."""
    apart, low, high = found.axis.apart
    ones, others = int(found.ones.sum()), int((~found.ones).sum())
    seen = (
        "by an axis that its well did not help to learn"
        if found.axis.held_out
        else "by the axis that was learned from them: a group has one well, so this is too good"
    )
    told = (
        f"In {apart:.0%} of pairs the {found.noun} of {found.this} stands further along the axis (95 % {low:.0%} to "
        f"{high:.0%}; no difference: 50 %), {seen}."
    )
    points = [
        ("Told apart", told),
        (f"{found.noun.capitalize()}s", f"{ones} of {found.this}, {others} of {found.that}."),
    ]
    if low <= 0.5:
        points.append(("No difference", "The interval holds 50 %: what follows may be chance."))
    if found.shares is None:
        return [*points, ("Channels", f"what they contribute is not told: {found.missing}")]
    order = np.argsort(-found.shares[:, 0])
    named = [f"{found.channels[n]} {found.shares[n, 0]:.0%}" for n in order.tolist()]
    points.append(("Channels", f"of the difference goes where a channel is hidden: {', '.join(named)}."))
    return points


def _in_short(found: Difference) -> Section:
    return Section("In short", points=in_words(found))


def _along(found: Difference) -> Section:
    text = (
        f"Real {found.noun}s, evenly spread over the axis that parts the two groups, from the most like "
        f"{found.that} to the most like {found.this}. All share one contrast. Above them where all {found.noun}s stand."
    )
    figures = [PngFigure(_histogram(found), f"0 is the mean of {found.that}, 1 that of {found.this}.")]
    figures.append(PngFigure(_draw_strip(found.strip), f"Position on the axis, and which group a {found.noun} is of."))
    return Section(f"{found.noun.capitalize()}s along the axis", text, figures)


def _histogram(found: Difference) -> bytes:
    figure = new_figure(8.0, 2.0)
    axes = figure.subplots()
    calm(axes)
    low, high = np.percentile(found.axis.positions, [1, 99])
    edges = np.linspace(low, high, 31)
    for mask, colour, name in ((~found.ones, FAINT, found.that), (found.ones, ACCENT, found.this)):
        placed = np.clip(found.axis.positions[mask], low, high)
        axes.hist(placed, edges.tolist(), color=colour, alpha=0.7, label=name)
    axes.set_xlabel("position on the axis", fontdict={**FONT, "size": 8})
    axes.set_ylabel(f"{found.noun}s", fontdict={**FONT, "size": 8})
    axes.legend(fontsize=8, frameon=False)
    return to_png(figure)


def _draw_strip(strip: Sequence[tuple[NDArray[np.generic], str]]) -> bytes:
    columns = min(6, len(strip))
    lines = -(-len(strip) // columns)
    figure = new_figure(_INCHES * columns, (_INCHES + 0.25) * lines)
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    small = [_small(pixels) for pixels, _ in strip]
    together = np.concatenate([pixels.reshape(len(pixels), -1) for pixels in small], axis=1)
    limits = np.percentile(together, (1, 99.7), axis=1).T
    for axes in panels:
        axes.set_axis_off()
    for axes, pixels, (_, title) in zip(panels, small, strip, strict=False):
        axes.imshow(composite(pixels, limits))
        axes.set_title(title, fontdict={**FONT, "size": 6.5}, loc="left", parse_math=False)
    return to_small_png(figure)


def _small(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    step = max(1, -(-max(pixels.shape[1:]) // _MOST_SIDE))
    return pixels[:, ::step, ::step].astype(np.float32)


def _channels(found: Difference) -> Section | None:
    if found.shares is None:
        return None
    text = (
        "Whole fields are embedded again with one channel set to the mean of its plate everywhere. The bar is the "
        "share of the distance between the groups' means on the axis of fields that goes with it; below 0, they part "
        "more without it. "
        "Shares need not add up to 1: channels tell some of the same. The line is the 95 % interval over wells."
    )
    rows = [
        [name, f"{share:.0%}", f"{low:.0%} to {high:.0%}"]
        for name, (share, low, high) in zip(found.channels, found.shares, strict=True)
    ]
    legend = "In the pictures, channels have these colours."
    return Section(
        "What each channel contributes",
        text,
        [PngFigure(_bars(found), legend)],
        [plain_table(rows, ("Channel", "Share of the difference", "95 %"))],
    )


def _bars(found: Difference) -> bytes:
    figure = new_figure(6.5, 0.35 * len(found.channels) + 0.8)
    axes = figure.subplots()
    calm(axes)
    assert found.shares is not None
    for place, (share, low, high) in enumerate(found.shares):
        axes.barh(place, share, color=CHANNELS[place % len(CHANNELS)], alpha=0.85, height=0.6)
        axes.plot([low, high], [place, place], color=INK, linewidth=1.2)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(found.channels)), found.channels, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("share of the difference that goes where it is hidden", fontdict={**FONT, "size": 8})
    return to_png(figure)


def _attention(found: Difference) -> Section | None:
    if found.attention is None or not len(found.frames):
        return None
    text = (
        "Typical fields of each group, and below them where the network's last layer looks (mean of its heads). The "
        "table compares the brightness of each channel where it looks with that of the whole field: 1 is no preference."
    )
    rows = [
        [name, f"{this:.2f}", f"{that:.2f}", f"{this - that:+.2f}"]
        for name, (this, that) in zip(found.channels, found.attention, strict=True)
    ]
    caption = f"First fields of {found.this}, then of {found.that}."
    table = plain_table(rows, ("Channel", found.this, found.that, "Difference"))
    return Section("Where the network looks", text, [PngFigure(draw_contact_sheet(found.frames), caption)], [table])
