"""Each method turns views into a loss; the table below is all there is to registering one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cdcl.methods.byol import Byol
from cdcl.methods.cdcl import Cdcl
from cdcl.methods.channelwise import Channelwise
from cdcl.methods.dino import Dino
from cdcl.methods.method import Method, Progress, ScreenInfo, StepOutput
from cdcl.methods.nuisance import WithNuisance
from cdcl.methods.simclr import Simclr
from cdcl.methods.supervised import Supervised
from cdcl.methods.triplet import Triplet

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
    """Make the method that `config.method.name` names, one a channel where `config.model.channels` asks for it."""
    if config.model.channels == "apart":
        alone = config.model_copy(update={"model": config.model.model_copy(update={"channels": "together"})})
        one = replace(facts, num_channels=1)
        return Channelwise([_build(alone, one) for _channel in range(facts.num_channels)])
    return _build(config, facts)


def _build(config: RunConfig, facts: ScreenInfo) -> Method:
    method: Method = METHODS[config.method.name](config.method, config.model, facts)
    return WithNuisance(method, config.nuisance, facts) if config.nuisance.weight else method


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
