"""Simulated worlds: how strong batch effects are, and whether each treatment lives in one training batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.readers import read_screen
from cdcl.screen.splits import assign_split
from cdcl.synthetic import SyntheticConfig, simulate_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.config import SplitConfig
    from cdcl.screen import Screen


@dataclass(frozen=True)
class World:
    """A kind of simulated screen.

    Attributes
    ----------
    batch_effects
        How far batches stray from one microscope: 1 as in the demo, 0 not at all.
    nested
        Whether each treatment lives in one of the training batches (and in all that are held out), as in BBBC021.
    """

    batch_effects: float = 1.0
    nested: bool = False


WORLDS = {
    "none": World(0.0),
    "weak": World(0.25),
    "middle": World(0.5),
    "strong": World(1.0),
    "weak-nested": World(0.25, nested=True),
    "middle-nested": World(0.5, nested=True),
    "strong-nested": World(1.0, nested=True),
}


def enter(name: str, seed: int, folder: Path, split: SplitConfig, size: dict[str, int]) -> Screen:
    """Simulate a world's screen of a seed, or read it, and mark what is held out."""
    world = WORLDS[name]
    config = SyntheticConfig(seed=seed, batch_effects=world.batch_effects, **size)
    place = folder / f"screen-{world.batch_effects:g}-{seed}-{'-'.join(map(str, size.values()))}"
    if not (place / "screen.csv").exists():
        finish(simulate_screen(config, place))
    screen = assign_split(read_screen(place / "screen.csv"), split)
    return nest(screen) if world.nested else screen


def nest(screen: Screen) -> Screen:
    """Use each treatment of one training batch alone, dealt out in turn; controls and what is held out stay."""
    treatment, batch, split = (screen.sites[name].to_numpy(dtype=str) for name in ("treatment", "batch", "split"))
    control = screen.sites["control"].fillna("").to_numpy(dtype=str) != ""
    batches = np.unique(batch[split == "train"])
    names = np.unique(treatment[~control])
    home = dict(zip(names.tolist(), np.resize(batches, len(names)).tolist(), strict=True))
    away = np.array([home.get(name) != at for name, at in zip(treatment.tolist(), batch.tolist(), strict=True)])
    unused = (split == "train") & ~control & away
    return replace(screen, sites=screen.sites.assign(split=np.where(unused, "unused", split)))
