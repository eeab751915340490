"""Each method turns views into a loss; the table below is all there is to registering one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdcl.methods.cdcl import Cdcl
from cdcl.methods.dino import Dino
from cdcl.methods.method import Facts, Method, Outcome, Progress
from cdcl.methods.supervised import Supervised

if TYPE_CHECKING:
    from cdcl.config import RunConfig

METHODS: dict[str, Any] = {"cdcl": Cdcl, "dino": Dino, "supervised": Supervised}


def build_method(config: RunConfig, facts: Facts) -> Method:
    """Make the method that `config.method.name` names."""
    method: Method = METHODS[config.method.name](config.method, config.model, facts)
    return method


__all__ = ["METHODS", "Cdcl", "Dino", "Facts", "Method", "Outcome", "Progress", "Supervised", "build_method"]
