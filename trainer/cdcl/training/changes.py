"""Settings that may change when a run goes on, though the result then is another: it is said from which step on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cdcl.events import Warned
from cdcl.runs.opening import TUNABLE

if TYPE_CHECKING:
    from cdcl.config import RunConfig
    from cdcl.tasks import Task


def settings_of(config: RunConfig) -> dict[str, Any]:
    """Give what a checkpoint keeps of the settings: those that may change, and on how many threads it computed."""
    table = config.model_dump(mode="json")
    tuned = {name: _setting(table, name) for name in TUNABLE}
    return {"batch_size": config.batch_size, "tuned": tuned, "threads": torch.get_num_threads()}


def tell_changes(state: dict[str, Any], config: RunConfig, step: int, device: torch.device) -> Task[None]:
    """Warn of each setting that differs from that of the checkpoint."""
    before, now = state.get("batch_size", config.batch_size), config.batch_size
    if before != now:
        yield Warned(
            f"from step {step} on batches are of {now} images, not {before}: the run is no longer what either alone "
            "would have given."
        )
    table, tuned = config.model_dump(mode="json"), state.get("tuned", {})
    for name in TUNABLE:
        if name in tuned and tuned[name] != _setting(table, name):
            yield Warned(f"from step {step} on {name} is {_setting(table, name)}, not {tuned[name]}.")
    threads = state.get("threads", torch.get_num_threads())
    if device.type == "cpu" and threads != torch.get_num_threads():
        yield Warned(
            f"the run computed on {threads} threads and goes on on {torch.get_num_threads()}: sums then differ in "
            f"their last bits. OMP_NUM_THREADS={threads} goes on to the bit."
        )


def _setting(table: dict[str, Any], name: str) -> Any:
    for part in name.split("."):
        table = table[part]
    return table
