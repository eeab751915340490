"""The demo's report.html: the table, what it means, how it was trained, the maps, and where the networks look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.demo.mosaic import draw_mosaic
from cdcl.demo.plan import RECIPES
from cdcl.demo.verdict import narrate
from cdcl.events import Advanced, Began, Ended
from cdcl.inference import attend, load_model
from cdcl.profiles import read_profiles
from cdcl.projections import project, read_projection, write_projection
from cdcl.report import (
    Embedding,
    PngFigure,
    Section,
    comparison_html,
    plot_attention,
    plot_curves,
    plot_embeddings,
    write_page,
)
from cdcl.runs.log_table import read_log
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.demo.plan import Demo
    from cdcl.demo.table import Comparison
    from cdcl.projections import Projection
    from cdcl.screen import Screen
    from cdcl.tasks import Task

SHOWN = ("DINO", "CDCL")
"""The methods whose maps and attention are shown."""

NUM_FIELDS = 3
"""Fields of view whose attention is shown."""

_SCORES = (
    "Treatment: the share of fields (or wells) of held-out batches whose nearest neighbours in the training batches "
    "have the same treatment. Batch: the share of fields whose neighbours in other wells give their batch away; low is "
    "good. kBET: the share of neighbourhoods that hold the batches as the whole screen does. iLISI: how many batches a "
    "neighbourhood effectively holds, from 0 (one) to 1 (all). Beside each value stands its 95 % interval, from "
    "drawing wells with replacement; bold is the best of a column."
)


def write_demo_page(demo: Demo, comparison: Comparison, screen: Screen) -> Task[Path]:
    """Draw maps and attention, and write the page.

    Parameters
    ----------
    demo
        With its runs and profiles in its folder.
    comparison
        As `compare` gives it.
    screen
        The one that was simulated.

    Returns
    -------
    Path
        Of the page, `demo.report`.
    """
    yield Began("report", total=len(SHOWN) * (1 + NUM_FIELDS), unit="figure")
    maps: dict[str, Projection] = {}
    for done, method in enumerate(SHOWN, start=1):
        maps[method] = _project(demo, method)
        yield Advanced(done, f"map of {method}")
    attention = yield from _attention(demo, screen)
    yield Ended()
    sections = [
        Section("What came out", narrate(comparison)),
        Section("Scores", _SCORES, tables=[comparison_html(comparison.rows)]),
        _screen_section(demo, screen),
        _training_section(demo),
        _maps_section(maps),
        Section(
            "Attention", "The class token's attention in the last block, on fields of held-out batches.", attention
        ),
    ]
    subtitle = f"A simulated screen (seed {demo.seed}) and networks trained on it for the same number of steps."
    return write_page(demo.report, "cdcl demo", sections, subtitle=subtitle)


def _project(demo: Demo, method: str) -> Projection:
    run = demo.run(method)
    path = run.projection("umap")
    if not path.exists():
        write_projection(finish(project(read_profiles(run.profiles("site")), method="umap", seed=demo.seed)), path)
    return read_projection(path)


def _attention(demo: Demo, screen: Screen) -> Task[list[PngFigure]]:
    figures = []
    rows = choose_fields(screen)
    for method in SHOWN:
        model = load_model(demo.run(method).folder, demo.device)
        for row in rows:
            maps = finish(attend(model, screen, row, cache_folder=demo.cache_folder)).maps
            site = screen.sites.iloc[row]
            caption = f"{method}: {site['treatment']}, well {site['well']} of plate {site['plate']}."
            figures.append(PngFigure(plot_attention(screen.image(row), maps, title=str(site["treatment"])), caption))
            yield Advanced(len(SHOWN) + len(figures), f"attention of {method}")
    return figures


def choose_fields(screen: Screen) -> list[int]:
    """Choose fields of held-out batches: the first of a control, and of treatments spread over the list of them."""
    held_out = screen.sites[screen.sites["split"] == "test"]
    ordered = held_out.sort_values(["control", "treatment"], ascending=[False, True], kind="stable")
    firsts = ordered.drop_duplicates("treatment").index
    chosen = np.linspace(0, len(firsts) - 1, min(NUM_FIELDS, len(firsts))).round().astype(int)
    return [int(row) for row in firsts[chosen]]


def _screen_section(demo: Demo, screen: Screen) -> Section:
    sites, config = screen.sites, demo.screen_config
    held_out = ", ".join(sorted(sites.loc[sites["split"] == "test", "batch"].unique()))
    text = (
        f"{len(screen)} fields of view of {config.field_size} x {config.field_size} pixels in the channels "
        f"{', '.join(screen.channels)}: {config.batches} batches of {config.plates_per_batch} plates, with all "
        f"{sites['treatment'].nunique()} treatments on every plate. Treatments change shapes, textures and numbers of "
        "cells; batches differ in gain, background, response, focus, haze, vignetting, bleed-through, noise, density "
        f"and magnification. Networks are trained without the batches {held_out}."
    )
    caption = "A row is a batch, a column a treatment; raw counts, all on one scale."
    return Section("The screen", text, [PngFigure(draw_mosaic(screen), caption)])


def _training_section(demo: Demo) -> Section:
    figures = []
    for method in RECIPES:
        log = read_log(demo.run(method))
        minutes = float(log["seconds"].iloc[-1]) / 60
        caption = f"{method}: {int(log['step'].iloc[-1]) + 1} steps in {minutes:.1f} minutes."
        figures.append(PngFigure(plot_curves({method: (log["step"], log["loss"])}), caption))
    return Section(
        "Training", "Losses of different methods are not on one scale: compare shapes, not heights.", figures
    )


def _maps_section(maps: dict[str, Projection]) -> Section:
    panels = [
        Embedding(f"{method}, by {column}", projection.points, projection.table[column], column)
        for column in ("batch", "treatment")
        for method, projection in maps.items()
    ]
    text = (
        "Each dot is a field of view. UMAP keeps neighbours near each other; distances between clusters mean little. "
        "Clusters by batch are what should go away, clusters by treatment what should stay."
    )
    return Section("Maps", text, [PngFigure(plot_embeddings(panels, columns=len(maps)), "UMAP of the site profiles.")])
