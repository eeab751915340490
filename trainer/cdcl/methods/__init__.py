"""Each method turns views into a loss; to register one is to add a line to the table below."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cdcl.methods.bag_of_channels import BagOfChannels
from cdcl.methods.byol import Byol
from cdcl.methods.cdcl import Cdcl
from cdcl.methods.channelwise import Channelwise
from cdcl.methods.dino import Dino
from cdcl.methods.guides import WithGuides
from cdcl.methods.method import Method, Progress, ScreenInfo, StepOutput
from cdcl.methods.simclr import Simclr
from cdcl.methods.supervised import Supervised
from cdcl.methods.triplet import Triplet
from cdcl.models.backbones import of_one_channel
from cdcl.models.view_normalisation import normalise_before

if TYPE_CHECKING:
    from cdcl.config import RunConfig

METHODS: dict[str, Any] = {
    "byol": Byol,
    "cdcl": Cdcl,
    "dino": Dino,
    "simclr": Simclr,
    "supervised": Supervised,
    "triplet": Triplet,
}


def build_method(config: RunConfig, facts: ScreenInfo) -> Method:
    """Make the method that the config names, with networks whose weights are drawn or loaded.

    Parameters
    ----------
    config
        `config.method.name` is a key of `METHODS`; `config.model.channels` asks for one network for all channels
        ("together"), for one a channel ("apart"), or for one that all channels share ("shared").
    facts
        Of the screen: channels, labels, domains.

    Returns
    -------
    Method
        On the CPU, in training mode. With the heads of `config.all_guides`, where there are any.

    Raises
    ------
    ConfigError
        If a guide's column has fewer than two values in the training rows, or the network does not go with the channels
        or the size of views.
    """
    if config.model.channels == "apart":
        one = replace(facts, num_channels=1)
        each = (of_one_channel(config.model, channel) for channel in range(facts.num_channels))
        return Channelwise([_build(config.model_copy(update={"model": model}), one) for model in each])
    if config.model.channels == "shared":
        alone = config.model.model_copy(update={"channels": "together"})
        one = replace(facts, num_channels=1)
        inner = _build(config.model_copy(update={"model": alone}), one)
        return BagOfChannels(inner, facts.num_channels, config.model.channel_pooling)
    return _build(config, facts)


def _build(config: RunConfig, facts: ScreenInfo) -> Method:
    method: Method = METHODS[config.method.name](config.method, config.model, facts)
    for part in (method.student, method.teacher):
        normalise_before(part, config.intensities.per_view)
    return WithGuides(method, config.all_guides, facts) if config.all_guides else method


__all__ = [
    "METHODS",
    "Byol",
    "Cdcl",
    "Dino",
    "Method",
    "Progress",
    "ScreenInfo",
    "Simclr",
    "StepOutput",
    "Supervised",
    "Triplet",
    "build_method",
]
