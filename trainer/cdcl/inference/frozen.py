"""A run that trains nothing: a public network as it is, with a card that says how it sees this screen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from cdcl.atomic import write_text
from cdcl.config.recipes import configure
from cdcl.data.loader import TrainingSet
from cdcl.events import Said, Wrote
from cdcl.models.backbones import build_encoder
from cdcl.models.checking import check_network
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.pixels.illumination import FieldLight
from cdcl.pixels.intensities import measure_intensities
from cdcl.pixels.measuring_illumination import measure_illumination
from cdcl.screen.plates import plate_keys
from cdcl.screen.tables import write_screen
from cdcl.training.checkpoints import save_checkpoint
from cdcl.training.setup import make_card
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.inference.network_choice import Network
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task

RECIPE = "frozen"
"""What the config of such a run names as its recipe."""


def frozen_config(network: Network, screen: Screen, overrides: Sequence[str] = ()) -> Task[RunConfig]:
    """Write down the network as the config of a run of no steps, and say at what magnification it looks.

    Raises
    ------
    ConfigError
        If an override names no setting, or the network cannot be built so.
    ModelError
        If its weights do not fit.
    """
    table = _own(network.config) if network.config else _public(network, (yield from _tile(network, screen)))
    table |= {
        "recipe": RECIPE,
        "about": f"{network.source['title']}, frozen: nothing is trained.",
        "steps": 0,
        "probes": 0,
    }
    config = configure(table, overrides, where=str(network.source["title"]))
    check_network(config, len(network.channels))
    return config


def _own(config: RunConfig) -> dict[str, Any]:
    return config.model_dump(mode="json", exclude_none=True)


def _public(network: Network, tile: int) -> dict[str, Any]:
    return {
        "model": network.model.model_dump(exclude_none=True),
        "views": {
            "window": tile,
            "global_crops": {"count": 2, "size": network.view_size, "scale": [1.0, 1.0]},
            "local_crops": {"count": 0},
        },
        "intensities": {"method": network.intensities},
        **_precision(network),
    }


def _precision(network: Network) -> dict[str, str]:
    """Take float32 for EfficientNets: depthwise convolutions in bf16 take 5 times as long on a CPU that has it."""
    return {"precision": "fp32"} if "efficientnet" in network.model.backbone else {}


def keep_frozen(
    network: Network, config: RunConfig, screen: Screen, run: Run, *, cache_folder: Path | None = None
) -> Task[None]:
    """Decode the screen, measure it as the network wants, and write the network into the run as its checkpoint 0."""
    cache = yield from fill_cache(screen, cache_folder or default_cache_folder(), workers=max(config.workers, 1))
    illumination = yield from measure_illumination(screen, cache, config.intensities)
    keys = plate_keys(screen.sites).to_numpy()
    light = None if illumination is None else FieldLight.of(illumination, keys, cache.sizes)
    intensities = yield from measure_intensities(screen, cache, config.intensities, light)
    write_screen(screen, run.screen)
    write_text(run.intensities, json.dumps(intensities.to_dict()))
    if illumination is not None:
        write_text(run.illumination, json.dumps(illumination.to_dict()))
    rows = np.flatnonzero(cache.readable)
    data = TrainingSet(screen.take(rows), cache, intensities, rows, illumination=illumination)
    torch.manual_seed(config.seed)
    encoder = build_encoder(config, len(network.channels))
    card: dict[str, Any] = {
        **make_card(config, data),
        "channels": list(network.channels),
        "source": network.source,
    }
    folder = save_checkpoint(run, 0, encoder=encoder, card=card, state={})
    yield Wrote("network", str(folder))


def _tile(network: Network, screen: Screen) -> Task[int]:
    """Give the side, in pixels of the screen, of what becomes one view."""
    if network.window:
        return network.window
    if network.pixel_size and screen.pixel_size:
        tile = max(1, round(network.view_size * network.pixel_size / screen.pixel_size))
        yield Said(
            f"fields of {screen.pixel_size} µm a pixel are rescaled to the network's {network.pixel_size} µm: windows "
            f"of {tile} pixels become views of {network.view_size}"
        )
        return tile
    unknown = "the network's training images" if not network.pixel_size else "the screen"
    yield Said(
        f"the pixel size of {unknown} is not known: a pixel of the field is a pixel of the network's view of "
        f"{network.view_size}; {option('set')} views.window={2 * network.view_size} shows it twice as much "
        "of the field at once"
    )
    return network.view_size
