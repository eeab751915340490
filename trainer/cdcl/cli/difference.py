"""`cdcl difference`: how two groups of fields, or of single cells, differ, on one page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.atomic import write_text
from cdcl.attention import Question
from cdcl.cli.attend import find_rows
from cdcl.cli.difference_cells import cells_along, field_keys, row_numbers
from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_of
from cdcl.cli.streams import show
from cdcl.errors import CDCLError, ModelError, ProfilesError, ScreenError
from cdcl.events import Said, Wrote
from cdcl.hits.axis import FEWEST, Axis, fit_axis
from cdcl.profiles.sources import left_out, open_profiles
from cdcl.report.contact_sheet import Frame
from cdcl.report.difference import IN_A_STRIP, Difference, in_words, render_difference
from cdcl.runs import find_run
from cdcl.screen.counting import counted
from cdcl.screen.plates import plate_keys, well_keys

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.attention import Attention
    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task

MOST_HIDDEN = 48
"""Fields of a group that are embedded with channels hidden: their mean is known to a seventh of their spread."""

LOOKED_AT, SHOWN = 12, 3
"""Fields of a group whose attention is computed, and that are shown with it: six fit a line."""

ALIKE = 0.05
"""Profiles that are embedded again differ by less from those of the run; by more, another checkpoint made them."""

DRAWS = 500
"""Draws of wells for the interval of a share: its ends are then known to a tenth of its width."""


def perform(args: Namespace) -> None:
    """Compare two groups of a run's fields, and write the page."""
    found = run_task(_difference(args), args)
    if not args.events:
        show("\n".join(f"{lead}: {text}" for lead, text in in_words(found)))


@dataclass(frozen=True)
class _Groups:
    """Fields of both groups that have profiles.

    Attributes
    ----------
    rows
        (n,) of the screen.
    values
        (n, D) profiles, shifted by the mean of their plate.
    ones
        (n,) which are of the first group.
    wells
        (n,) numbers.
    """

    rows: NDArray[np.int64]
    values: NDArray[np.float64]
    ones: NDArray[np.bool_]
    wells: NDArray[np.int64]


def _difference(args: Namespace) -> Task[Difference]:
    run = find_run(args.run)
    if run is None:
        raise ProfilesError(
            f"{args.run} is no run; its network and its fields are needed to say why two groups differ."
        )
    screen, names = screen_of(run), (args.name_this or args.this, args.name_that or args.that)
    if args.level == "cell":
        found = yield from _of_cells(args, run, screen, names)
    else:
        rows = (_chosen(screen, args.this), _chosen(screen, args.that))
        found = yield from _of_fields(args, run, screen, rows)
    out: Path = args.out or run.folder / "differences" / f"{_slug(names[0])}-{_slug(names[1])}.html"
    write_text(out, render_difference(found, f"Of the run {run.folder.name}."))
    yield Wrote("page", str(out))
    return found


def _of_cells(args: Namespace, run: Run, screen: Screen, names: tuple[str, str]) -> Task[Difference]:
    """Lay cells along their axis; channels and attention are of the fields that hold cells of one group alone."""
    groups = (args.this, args.that)
    cells = yield from cells_along(run, screen, groups, names, partial(_chosen, screen))
    found = Difference(*names, cells.axis, cells.ones, screen.channels, None, None, cells.strip, noun="cell")
    if min(map(len, cells.fields)) < FEWEST:
        return replace(found, missing="nearly all fields hold cells of both groups, or of neither.")
    try:
        fields = yield from _of_fields(args, run, screen, cells.fields)
    except ProfilesError as reason:
        return replace(found, missing=str(reason))
    return replace(
        found, channels=fields.channels, shares=fields.shares, attention=fields.attention, frames=fields.frames
    )


def _of_fields(
    args: Namespace, run: Run, screen: Screen, rows: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> Task[Difference]:
    profiles, _ = open_profiles(run.folder, "site")
    yield from left_out(profiles)
    groups = _groups_of(profiles, screen, *rows)
    axis = fit_axis(groups.values, groups.ones, groups.wells, seed=args.seed)
    # Imported late: what is wrong so far is said at once, without waiting for torch.
    from cdcl.inference import load_model
    from cdcl.inference.occlusion import occlude

    model = load_model(run.folder, args.device or "auto")
    hidden = np.concatenate([_spread(groups, mask, MOST_HIDDEN) for mask in (groups.ones, ~groups.ones)])
    occluded = yield from occlude(model, screen, groups.rows[hidden], cache_folder=args.cache)
    shares = _shares(occluded, groups, axis, profiles, screen)
    typical = [_typical(axis, mask) for mask in (groups.ones, ~groups.ones)]
    looked: NDArray[np.float64] | None = None
    frames: list[Frame] = []
    try:
        looked, frames = yield from _look(args, model, screen, [groups.rows[places] for places in typical])
    except ModelError as error:
        yield Said(f"no attention on this page: {error}")
    names = (args.name_this or args.this, args.name_that or args.that)
    strip = _strip(screen, groups, axis, names)
    return Difference(*names, axis, groups.ones, occluded.channels, shares, looked, strip, frames)


def _chosen(screen: Screen, where: str) -> NDArray[np.int64]:
    """Find the fields of a group: by columns, or by row numbers in a file, one a line."""
    if "=" in where:
        try:
            return find_rows(screen, where)
        except ScreenError as error:
            raise ScreenError(str(error).replace("--where", "--this or --that")) from error
    return row_numbers(where, len(screen), "field")


def _groups_of(profiles: Profiles, screen: Screen, this: NDArray[np.int64], that: NDArray[np.int64]) -> _Groups:
    """Find the profiles of both groups; a field that is in both is an error of whoever asks."""
    both = np.intersect1d(this, that)
    if len(both):
        number = counted(len(both), "field is", "fields are")
        raise ScreenError(f"{number} in both groups; name two groups that have none in common.")
    keys = field_keys(screen.sites)
    known = {key: row for row, key in enumerate(field_keys(profiles.table))}
    places = np.array([known.get(key, -1) for key in keys])
    rows = np.concatenate([this, that])
    ones = np.arange(len(rows)) < len(this)
    there = places[rows] >= 0
    rows, ones = rows[there], ones[there]
    values = _centred(profiles)[places[rows]]
    wells = np.unique(well_keys(screen.sites).to_numpy(dtype=str)[rows], return_inverse=True)[1]
    return _Groups(rows, values, ones, wells.astype(np.int64))


def _centred(profiles: Profiles) -> NDArray[np.float64]:
    """Take the mean of its plate off each profile, so that a group's plates do not decide."""
    values = profiles.values.astype(np.float64)
    plates = np.unique(plate_keys(profiles.table).to_numpy(dtype=str), return_inverse=True)[1]
    for plate in range(int(plates.max(initial=-1)) + 1):
        values[plates == plate] -= values[plates == plate].mean(axis=0)
    return values


def _spread(groups: _Groups, mask: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
    """Choose up to `most` fields of a group, evenly over its wells."""
    own = np.flatnonzero(mask)
    order = own[np.argsort(groups.wells[own], kind="stable")]
    return np.asarray(order[np.unique(np.linspace(0, len(order) - 1, min(most, len(order))).round().astype(int))])


def _shares(occluded: Any, groups: _Groups, axis: Axis, profiles: Profiles, screen: Screen) -> NDArray[np.float64]:
    """Give the share of the groups' distance that goes with each channel, and its interval over wells, (C, 3)."""
    where = {row: place for place, row in enumerate(groups.rows.tolist())}
    places = np.array([where[row] for row in occluded.rows.tolist()])
    known = {key: row for row, key in enumerate(field_keys(profiles.table))}
    kept = profiles.values[[known[key] for key in np.array(field_keys(screen.sites), dtype=object)[occluded.rows]]]
    if kept.shape != occluded.whole.shape or np.abs(kept - occluded.whole).max() > ALIKE * np.abs(kept).max():
        raise ProfilesError(
            "the run's profiles of fields are not what its newest checkpoint makes of them: they are of another one, "
            "or pooled from cells; `cdcl embed RUN` makes them anew."
        )
    shift = groups.values[places] - kept  # of each field's plate
    along = np.stack([(values + shift) @ axis.direction for values in (occluded.whole, *occluded.hidden)])
    ones, wells = groups.ones[places], groups.wells[places]
    rng = np.random.default_rng([0, len(places)])
    drawn = np.array([_gone(along, ones, _weights(wells, ones, rng)) for _ in range(DRAWS)])
    low, high = np.nanpercentile(drawn, [2.5, 97.5], axis=0)
    return np.stack([_gone(along, ones, np.ones(len(places))), low, high], axis=1)


def _weights(wells: NDArray[np.int64], ones: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw wells of each group with replacement, as how often each field counts."""
    weights = np.zeros(len(wells))
    for group in (ones, ~ones):
        own = np.unique(wells[group])
        counts = np.bincount(rng.choice(len(own), len(own)), minlength=len(own))
        weights[group] = counts[np.searchsorted(own, wells[group])]
    return weights


def _gone(along: NDArray[np.float64], ones: NDArray[np.bool_], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    apart = np.average(along[:, ones], axis=1, weights=weights[ones]) - np.average(
        along[:, ~ones], axis=1, weights=weights[~ones]
    )
    gone: NDArray[np.float64] = 1 - apart[1:] / apart[0] if apart[0] else np.full(len(apart) - 1, np.nan)
    return gone


def _typical(axis: Axis, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Choose the fields of a group that stand nearest to its median."""
    own = np.flatnonzero(mask)
    away = np.abs(axis.positions[own] - np.median(axis.positions[own]))
    return np.asarray(own[np.argsort(away, kind="stable")[:LOOKED_AT]])


def _look(
    args: Namespace, model: Any, screen: Screen, typical: list[NDArray[np.int64]]
) -> Task[tuple[NDArray[np.float64], list[Frame]]]:
    """Compute attention on typical fields: the brightness of channels where it looks, and frames to be drawn."""
    from cdcl.inference import attend_all

    rows = np.concatenate(typical)
    answers = yield from attend_all(model, screen, rows.tolist(), Question(-1, "mean"), cache_folder=args.cache)
    order = model.channel_order(screen)
    ratios = np.array([_preference(screen.image(int(row))[order], a) for row, a in zip(rows, answers, strict=True)])
    first = np.arange(len(rows)) < len(typical[0])
    shown = [*np.flatnonzero(first)[:SHOWN].tolist(), *np.flatnonzero(~first)[:SHOWN].tolist()]
    frames = [
        Frame(screen.image(int(rows[n]))[order], answers[n].maps.mean(axis=0), _title(screen, int(rows[n])))
        for n in shown
    ]
    return np.stack([ratios[first].mean(axis=0), ratios[~first].mean(axis=0)], axis=1), frames


def _preference(pixels: NDArray[np.generic], attention: Attention) -> NDArray[np.float64]:
    """Give the brightness of each channel where the network looks over that of the whole map, background taken off."""
    from cdcl.pixels.illumination import light_at

    weights = attention.maps.mean(axis=0).astype(np.float64)
    height, width = pixels.shape[1:]
    down, across = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    fine = light_at(weights[None].astype(np.float32), down, across)[0].astype(np.float64)
    light = pixels.astype(np.float64)
    light -= np.percentile(light, 1, axis=(1, 2))[:, None, None]
    looked = (light * fine).sum(axis=(1, 2)) / max(fine.sum(), 1e-12)
    return np.asarray(looked / np.maximum(light.mean(axis=(1, 2)), 1e-12))


def _strip(
    screen: Screen, groups: _Groups, axis: Axis, names: tuple[str, str]
) -> list[tuple[NDArray[np.generic], str]]:
    order = np.argsort(axis.positions, kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(IN_A_STRIP, len(order))).round().astype(int))]
    strip = []
    for place in chosen.tolist():
        row, name = int(groups.rows[place]), names[0] if groups.ones[place] else names[1]
        try:
            pixels = screen.image(row)
        except CDCLError:
            continue
        strip.append((pixels, f"{axis.positions[place]:.2f}  {name}\n{_title(screen, row)}"))
    return strip


def _title(screen: Screen, row: int) -> str:
    site = screen.sites.iloc[row]
    return " ".join(str(site[name]) for name in ("plate", "well", "site") if name in site)


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)[:60]
