"""The methods that `methods.py` compares: what each is, and how it is trained to profiles of sites."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opponents import PLAIN

from cdcl.archetypes import find_archetypes, label_screen
from cdcl.config import load_config
from cdcl.inference import embed, embed_cells, load_model
from cdcl.pixels.cache import fill_cache
from cdcl.pixels.intensities import measure_intensities
from cdcl.profiles import read_profiles
from cdcl.profiles.baselines import intensity_profiles, standardise_features
from cdcl.runs import Run
from cdcl.screen.splits import assign_split
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.profiles import Profiles
    from cdcl.screen import Screen

UNTRAINED = ["steps=1", "optimizer.lr=1e-12", "optimizer.lr_end=1e-12"]
PAIRED = ["pairing.sameby=['treatment']", "pairing.diffby=['batch']"]
SAME_LABEL = ["pairing.sameby=['treatment']", "pairing.partner_views=locals", "sampler=balanced", "per_group=1"]
# Half a global view a side at the same magnification, as `tune.py` has it at its own scale.
LOCALS = ["views.local_crops={count=2, size=48, scale=[0.09, 0.09]}"]
JITTER = ["views.gain=0.2", "views.offset=0.2"]
WIDER = ["method.bottleneck=256", "method.freeze_prototypes=0.1"]
OWN_WIDTH = ["method.teacher_temperature=0.08", "method.student_temperature=0.2"]
# Without labels, brightness and contrast of a field are the short road to telling it from all others.
VIEWS_ALONE = ["intensities.method=image"]
BYOL = ["method={name='byol', hidden=512, projection=128, momentum=0.9, momentum_end=0.99}"]
CELLS = ["cells.source=auto", "cells.crop=48", "views.global_crops={count=2, size=64, scale=[0.3, 1.0]}"]
PUBLISHED = ["method.only_cross_domain=false", "method.barlow_lambda=0.95"]
SIMCLR = ["method={name='simclr', temperature=0.1, projection=128}"]
SUPERVISED_SIMCLR = ["method={name='simclr', temperature=0.1, projection=128, same_label='positives'}"]
TRIPLET = [
    "method={name='triplet', label='archetype', domain='plate', margin=0.2}",
    "pairing.sameby=['archetype']",
    "pairing.diffby=['plate']",
    "sampler=balanced",
    "per_group=8",
]


@dataclass(frozen=True)
class Contestant:
    """A recipe, what differs from it, and what it needs beside the screen.

    Attributes
    ----------
    labelled_by
        The contestant whose profiles give the archetypes that are its labels.
    variant
        Of another contestant: it competes on simulated screens alone.
    """

    recipe: str = ""
    settings: tuple[str, ...] = ()
    labelled_by: str = ""
    variant: bool = False

    def config(self, arena: Arena) -> RunConfig:
        """Resolve the recipe: what is common, then what differs, then what the screen asks for."""
        return load_config(self.recipe, [*arena.common, *self.settings, *arena.asked])


def plain(*settings: str, variant: bool = False, labelled_by: str = "") -> Contestant:
    """Give the demo's network with the demo's schedule, and what differs from DINO on it."""
    return Contestant("demo-dino", (*PLAIN, *settings), labelled_by, variant)


GUIDES = 'guides=[{column="treatment"}, {column="batch", keep=false}]'

INTENSITIES = "intensity statistics, plates scaled"

CONTESTANTS: dict[str, Contestant] = {
    INTENSITIES: plain(),
    "untrained": plain(*UNTRAINED),
    "dino": plain(*JITTER, *WIDER),
    "dino-cb": plain(*PAIRED, *OWN_WIDTH),
    "byol": plain(*BYOL, *LOCALS, "optimizer.lr=1e-3"),
    "byol-cb": plain(*BYOL, *PAIRED, *JITTER, "optimizer.lr=1e-3"),
    "ws-dino": plain(*SAME_LABEL, *JITTER, *LOCALS, "method.prototypes=64"),
    "simclr": plain(*SIMCLR, *JITTER, *LOCALS, "method.projection=64"),
    "simclr on cells": plain(*SIMCLR, *CELLS),
    "simclr on cells, treatments attract": plain(*SUPERVISED_SIMCLR, *CELLS, variant=True),
    "cdcl": Contestant("demo-cdcl"),
    "cdcl, published loss": Contestant("demo-cdcl", tuple(PUBLISHED), variant=True),
    "cdcl + guides": Contestant("demo-cdcl", (GUIDES,), variant=True),
    "archetypes of cdcl + triplet": plain(*TRIPLET, labelled_by="cdcl"),
    "dino-cb + nuisance head": plain(*PAIRED, *OWN_WIDTH, "nuisance.weight=1", variant=True),
    "supervised": Contestant("demo-supervised"),
    "untrained, views standardised": plain(*UNTRAINED, *VIEWS_ALONE, variant=True),
    "dino, views standardised": Contestant("demo-dino", variant=True),
    "byol, views standardised": plain(*BYOL, "optimizer.lr=1e-3", *VIEWS_ALONE, variant=True),
    "simclr, views standardised": plain(*SIMCLR, "method.projection=64", *VIEWS_ALONE, variant=True),
    "dino-cb, views standardised": plain(*PAIRED, *OWN_WIDTH, *VIEWS_ALONE, variant=True),
    "byol-cb, views standardised": plain(*BYOL, *PAIRED, "optimizer.lr=1e-3", *VIEWS_ALONE, variant=True),
    "ws-dino, views standardised": plain(*SAME_LABEL, *LOCALS, "method.prototypes=64", *VIEWS_ALONE, variant=True),
    "cdcl, views standardised": Contestant("demo-cdcl", tuple(VIEWS_ALONE), variant=True),
    "supervised, views standardised": Contestant("demo-supervised", tuple(VIEWS_ALONE), variant=True),
    "supervised + nuisance head": Contestant("demo-supervised", ("nuisance.weight=1",), variant=True),
}
"""By name: the demo's network and views, CDCL's schedule, and the best of eight settings that `tune.py` tried of each.

That was on the screen 101 with a smaller network (`results/tune-2026-11-28.md`); what works on cells was not tuned, and
views were standardised on the screen 101 at this size (`results/views-standardised-2026-11-28.md`).
"""


@dataclass(frozen=True)
class Arena:
    """A screen, and what every contestant is told about it.

    Attributes
    ----------
    common
        Settings of every contestant: the seed, the steps.
    asked
        What this screen asks for, whatever the contestant's own settings are.
    label
        In front of the names of the runs' folders.
    of_cells
        Whether each image is one cell, and so are the profiles.
    """

    screen: Screen
    folder: Path
    common: tuple[str, str]
    asked: tuple[str, ...] = ()
    label: str = ""
    of_cells: bool = False

    @property
    def cache(self) -> Path:
        """Where decoded pixels are kept."""
        return self.folder / "cache"

    def place(self, name: str) -> Path:
        """Give the folder of a contestant's run."""
        slug = "".join(letter if letter.isalnum() else "-" for letter in name)
        numbers = [setting.partition("=")[2] for setting in self.common]
        return self.folder / "-".join([*filter(None, [self.label]), slug, *numbers])


def compete(name: str, arena: Arena) -> tuple[Profiles, float]:
    """Train a contestant, and give its site profiles and the CPU seconds of its training, of all threads."""
    contestant = CONTESTANTS[name]
    config = contestant.config(arena)
    screen = assign_split(arena.screen, config.split)
    # Decoded and measured before the clock starts: only the first method would pay for it.
    pixels = finish(fill_cache(screen, arena.cache))
    scale = finish(measure_intensities(screen, pixels, config.intensities))
    if name == INTENSITIES:
        return standardise_features(finish(intensity_profiles(screen, pixels, scale))), 0.0
    labelled = _labelled(contestant, arena, screen) if contestant.labelled_by else screen
    place = arena.place(name)
    place.mkdir(parents=True, exist_ok=True)
    began = time.process_time()
    finish(train(config, labelled, Run(place), cache_folder=arena.cache))
    seconds = time.process_time() - began
    return _profiles(place, screen, arena), seconds


def _profiles(place: Path, screen: Screen, arena: Arena) -> Profiles:
    model = load_model(place)
    if model.config.cells.source == "none":
        return finish(embed(model, screen, cache_folder=arena.cache))
    cells = place / "cell.parquet"
    pooled = finish(embed_cells(model, screen, cells, cache_folder=arena.cache))
    assert pooled is not None, "one process is the first"
    return read_profiles(cells) if arena.of_cells else pooled.sites


def _labelled(contestant: Contestant, arena: Arena, screen: Screen) -> Screen:
    """Label the images that are confidently one archetype of another contestant's profiles."""
    place = arena.place(contestant.labelled_by)
    if not place.exists():
        compete(contestant.labelled_by, arena)
    profiles = _profiles(place, screen, arena)
    analysis = finish(find_archetypes(profiles, seed=0))
    return label_screen(screen, profiles, analysis.labels(0.7))
