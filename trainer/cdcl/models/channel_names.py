"""Pretrained weights that say which channels they saw: each channel of a screen gets the kernel of its own name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.events import Said, Warned
from cdcl.models.not_in_timm import OPENPHENOM
from cdcl.models.weight_files import find_weights, read_card
from cdcl.models.weights import NEW
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdcl.config import RunConfig
    from cdcl.tasks import Task


def match_channels(config: RunConfig, channels: Sequence[str]) -> Task[RunConfig]:
    """Give the config with `model.channel_map` set by name, and say which channel takes whose kernel.

    Weights without a card (of another tool) name no channels, and nothing changes; a network that takes any
    channels has no kernels of its own for one. Where the weights were trained on intensities of another kind, that is
    warned of.

    Parameters
    ----------
    config
        Its `model.pretrained` names a file or a run.
    channels
        Of the screen.

    Returns
    -------
    RunConfig
        With `inflation` "names"; as it was where nothing can be matched.
    """
    model = config.model
    if model.pretrained in ("", "hub"):
        return config
    card = read_card(find_weights(Path(model.pretrained)))
    known = [str(name) for name in card.get("channels", ())]
    yield from _compare_intensities(config, card)
    trained = card.get("config", {}).get("model", {}).get("channels", "together")
    any_channels = model.backbone == OPENPHENOM or "shared" in (model.channels, trained)
    if not known or any_channels or model.inflation in ("map", "tile"):
        return config
    places = [known.index(name) if name in known else NEW for name in channels]
    yield from _tell(known, list(channels), places)
    named = model.model_copy(update={"inflation": "names", "channel_map": tuple(places)})
    return config.model_copy(update={"model": named})


def _tell(known: list[str], channels: list[str], places: list[int]) -> Task[None]:
    fresh = [name for name, place in zip(channels, places, strict=True) if place == NEW]
    unused = [name for name in known if name not in channels]
    if fresh:
        yield Warned(
            f"the pretrained weights saw the channels {', '.join(known)}; the screen's {', '.join(fresh)} are new to "
            "them and begin with the mean of their kernels. Rename channels that are the same."
        )
    elif places != list(range(len(known))):
        yield Said(f"channels are matched by name: the pretrained weights saw {', '.join(known)}")
    if unused and not fresh:
        yield Warned(f"the screen has no channel {', '.join(unused)}, which the pretrained weights saw.")


def _compare_intensities(config: RunConfig, card: dict[str, object]) -> Task[None]:
    settings = card.get("config")
    trained = settings.get("intensities", {}) if isinstance(settings, dict) else {}
    method = trained.get("method")
    if method and method != config.intensities.method:
        yield Warned(
            f"the pretrained weights saw intensities.method = '{method}', this run takes "
            f"'{config.intensities.method}'; {option('set')} intensities.method={method} takes theirs."
        )
