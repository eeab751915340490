"""How large a batch may be: tried, not guessed."""

from __future__ import annotations

import gc
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from cdcl.data.loader import Loader
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training.distributed import Team
from cdcl.training.loop import TrainingLoop, Workplace
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cdcl.config import RunConfig
    from cdcl.data.loader import TrainingSet
    from cdcl.screen import Screen
    from cdcl.tasks import Task

LARGEST = 65536
"""Images a step that are tried at most: sixteen times the batch of 4096 that BYOL and SimCLR were published with."""
CONVOLUTIONAL = ("resnet", "efficientnet_", "tf_efficientnet_")
TRIED_STEPS = 2
"""The second step is the first with the optimiser's state in memory."""


def largest_fitting(fits: Callable[[int], bool], start: int, most: int = LARGEST, multiple: int = 1) -> int:
    """Find the largest batch from `multiple` to `most` that fits, to within an eighth; 0 where none does.

    Parameters
    ----------
    fits
        Tries a batch; true up to some size and false beyond.
    start
        Where to begin.
    multiple
        Every size tried is a multiple of it.
    """
    top = max(1, most // multiple)
    low, size = 0, min(max(1, start // multiple), top)
    while fits(size * multiple):
        if size == top:
            return size * multiple
        low, size = size, min(2 * size, top)
    high = size
    while high - low > max(1, low // 8):
        size = (low + high) // 2
        low, high = (size, high) if fits(size * multiple) else (low, size)
    return low * multiple


def fits(config: RunConfig, data: TrainingSet, device: torch.device) -> bool:
    """Tell whether a few steps with this config stay within the device's memory."""
    try:
        with scratch_run() as run:
            finish(trial(config, data, Workplace(run, device, Team()), TRIED_STEPS))
    except torch.OutOfMemoryError:
        return False
    finally:
        free(device)
    return True


def free(device: torch.device) -> None:
    """Free memory that is no longer used, of Python and of the GPU."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def fitting_setting(config: RunConfig, data: TrainingSet, device: torch.device, processes: int = 1) -> tuple[str, int]:
    """Try what makes a step fit, and give the setting with its value; 0 where nothing does.

    The batch stays what the recipe says where its activations can be computed in parts ("micro_batch"); else, in a
    network with BatchNorm, the largest smaller batch is looked for ("batch"). Of several processes each tries its
    own share of the batch, alone: the others wait, or are gone.
    """
    free(device)
    share = config.batch_size // processes
    if not config.model.backbone.startswith(CONVOLUTIONAL):
        alone = config.model_copy(update={"batch_size": share})

        def fits_in_parts(size: int) -> bool:
            return fits(alone.model_copy(update={"micro_batch": size}), data, device)

        found = largest_fitting(fits_in_parts, share // 2, most=share - 1)
        if found:
            return "micro_batch", found
    step = config.per_group if config.sampler == "balanced" else 2

    def fits_with(size: int) -> bool:
        return fits(config.model_copy(update={"batch_size": size}), data, device)

    return "batch", processes * largest_fitting(fits_with, share // 2, most=share - 1, multiple=step)


def describe_shortage(config: RunConfig, device: torch.device, found: tuple[str, int], processes: int = 1) -> str:
    """Say in a line that the batch does not fit, and what would, as `fitting_setting` has found."""
    where = f"the memory of {device}" if processes == 1 else f"the memory of {processes} devices such as {device}"
    value = found[1]
    setting = {"batch": "batch_size"}.get(*found[:1], found[0])
    if not value:
        return f"not even the smallest batch fits into {where}; try smaller views or a smaller model.backbone."
    same = " with the same gradients, a third slower" if setting == "micro_batch" else ""
    return (
        f"batch_size = {config.batch_size} does not fit into {where}; {setting} = {value} does{same}: go on with "
        f"{option('resume')} {option('set')} {setting}={value}."
    )


def peak_bytes(device: torch.device) -> int:
    """Read the most memory that was in use: of the GPU, else of this process; 0 where the system does not count it."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_reserved(device))
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024


@contextmanager
def scratch_run() -> Iterator[Run]:
    """Give a run folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cdcl-", ignore_cleanup_errors=True) as folder:
        yield Run(Path(folder))


def trial(config: RunConfig, data: TrainingSet, place: Workplace, steps: int) -> Task[None]:
    """Train a few steps in a scratch run."""
    config = config.model_copy(update={"steps": steps, "probes": 0, "save_every": steps + 1})
    loader = Loader(data.part("train"), config)
    session = TrainingLoop.start(config, replace(data, screen=_only_trained(data.screen)), loader, place)
    yield from session.run_steps()


def _only_trained(screen: Screen) -> Screen:
    """Call all rows trained: nothing is validated."""
    return replace(screen, sites=screen.sites.assign(split="train"))
