"""Settings that may change when a run goes on: each that did is named, from which step on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cdcl.config import list_recipes, load_config
from cdcl.config.optimizer import OptimizerConfig
from cdcl.events import Said, Warned
from cdcl.runs.opening import CHANGEABLE, TUNABLE

if TYPE_CHECKING:
    from cdcl.config import RunConfig
    from cdcl.tasks import Task

_LENGTHS = ("steps", "epochs")
_TOLD = tuple(name for name in CHANGEABLE if name != "about")  # the sentence of a recipe goes with its name


def settings_of(config: RunConfig) -> dict[str, Any]:
    """Give what a checkpoint keeps of the settings: those that may change, and on how many threads it computed."""
    table = config.model_dump(mode="json")
    tuned, told = ({name: _setting(table, name) for name in names} for names in (TUNABLE, _TOLD))
    return {"batch_size": config.batch_size, "tuned": tuned, "told": told, "threads": torch.get_num_threads()}


def tell_changes(state: dict[str, Any], config: RunConfig, step: int, device: torch.device) -> Task[None]:
    """Name each setting that differs from that of the checkpoint; what changes the result is warned of."""
    before, now = state.get("batch_size", config.batch_size), config.batch_size
    if before != now:
        yield Warned(
            f"from step {step} on batches are of {now} images, not {before}: the run is no longer what either alone "
            "would have given."
        )
    for name, old, new in _changes(state.get("tuned", {}), config, TUNABLE):
        yield Warned(f"from step {step} on {name} is {new}, not {old}.")
    for name, old, new in _changes(state.get("told", {}), config, _TOLD):
        told = f"from step {step} on {name} is {new}, not {old}"
        if name in _LENGTHS:
            yield Warned(f"{told}: the learning rate and all that runs its course follow the new length from there on.")
        else:
            yield Said(told)
    threads = state.get("threads", torch.get_num_threads())
    if device.type == "cpu" and threads != torch.get_num_threads():
        yield Warned(
            f"the run computed on {threads} threads and goes on on {torch.get_num_threads()}: sums then differ in "
            f"their last bits. OMP_NUM_THREADS={threads} goes on to the bit."
        )


def _changes(before: object, config: RunConfig, names: tuple[str, ...]) -> list[tuple[str, Any, Any]]:
    """Give the name, the old and the new value of each setting that changed."""
    table = config.model_dump(mode="json")
    kept = before if isinstance(before, dict) else {}  # a stranger's state may hold anything
    pairs = [(name, kept[name], _setting(table, name)) for name in names if name in kept]
    return [(name, _shown(old), _shown(new)) for name, old, new in pairs if old != new]


def _shown(value: object) -> object:
    return "not set" if value in (None, "") else value


def lower_rate(config: RunConfig) -> float:
    """Give a learning rate to try where one led astray: a tenth of it, and none above the recipe's own."""
    recipe = load_config(config.recipe) if config.recipe in list_recipes() else None
    usual = recipe.optimizer.lr if recipe else OptimizerConfig().lr
    return min(config.optimizer.lr / 10, usual)


def _setting(table: dict[str, Any], name: str) -> Any:
    for part in name.split("."):
        table = table[part]
    return table
