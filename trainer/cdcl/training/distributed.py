"""Several processes started by torchrun; without it, one process and nothing to do."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist

from cdcl.errors import ConfigError, RunError
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


PATIENCE = timedelta(minutes=30)
"""A process that was not heard of for so long is dead: longer than the first one alone validates and saves."""


@dataclass(frozen=True, slots=True)
class Team:
    """One process among those that train together.

    Attributes
    ----------
    rank
        Of this process, from 0.
    size
        How many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def all_agree(self, flag: Tensor) -> Tensor:
        """Tell whether `flag`, a scalar, holds in every process, so that all go on in the same way; on its device."""
        if self.size == 1:
            return flag
        votes = flag.to(torch.int32)
        dist.all_reduce(votes, op=dist.ReduceOp.MIN)
        return votes > 0

    def greatest(self, values: list[float], device: torch.device) -> list[float]:
        """Give the greatest of each number over all processes."""
        if self.size == 1:
            return values
        found = torch.tensor(values, dtype=torch.float32, device=device)
        dist.all_reduce(found, op=dist.ReduceOp.MAX)
        return [float(value) for value in found.tolist()]

    def mean_of(self, values: Tensor) -> Tensor:
        """Average numbers (n,) over all processes, on their device; each must bring the same."""
        if self.size == 1:
            return values
        total = values.to(torch.float32, copy=True)
        dist.all_reduce(total)
        return total / self.size

    def share_of(self, batch_size: int) -> int:
        """Give this process's part of the global batch.

        Raises
        ------
        ConfigError
            If the batch cannot be shared out evenly.
        """
        if batch_size % self.size:
            raise ConfigError(f"batch_size = {batch_size} cannot be shared evenly by {self.size} processes; change it.")
        return batch_size // self.size


def _team_size() -> int:
    """Read how many processes torchrun started; 1 without it.

    Raises
    ------
    ConfigError
        If the environment says that there are several, and not where they meet.
    """
    size = os.environ.get("WORLD_SIZE", "1")
    if not size.isascii() or not size.isdigit() or int(size) < 1:
        raise ConfigError(f"the variable WORLD_SIZE is {size!r}, no count of processes; unset it, or use torchrun.")
    missing = [name for name in ("RANK", "MASTER_ADDR", "MASTER_PORT") if not os.environ.get(name)]
    if int(size) > 1 and missing:
        raise ConfigError(
            f"the variable WORLD_SIZE says that {size} processes train together, but {', '.join(missing)} is not set: "
            "start them with torchrun, or unset WORLD_SIZE to train with one (some job systems set it)."
        )
    return int(size)


def _is_lost_peer(error: RuntimeError) -> bool:
    """Tell whether a collective failed because another process is gone; gloo says so in a plain `RuntimeError`."""
    words = ("gloo", "nccl", "connection closed by peer", "connection reset", "timed out", "socket")
    return isinstance(error, dist.DistError) or any(word in str(error).lower() for word in words)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:160]


@contextmanager
def joined_team(device: torch.device) -> Iterator[Team]:
    """Join the processes that torchrun started and leave them at the end.

    What lies on GPUs is exchanged by nccl, what lies with the processors by gloo: that waits for no GPU.

    Yields
    ------
    Team
        Of size 1 where no other process was started.

    Raises
    ------
    RunError
        If the processes do not find each other, or one of them is lost.
    ConfigError
        If WORLD_SIZE asks for several processes and torchrun's other variables are not set.
    """
    if _team_size() == 1:
        yield Team()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise RunError(
            f"the {os.environ['WORLD_SIZE']} processes of this training did not find each other "
            f"({_first_line(error)}); start all of them by one torchrun."
        ) from error
    try:
        yield Team(dist.get_rank(), dist.get_world_size())
    except RuntimeError as error:
        if not _is_lost_peer(error):
            raise
        raise RunError(
            f"another process of this training died or went silent ({_first_line(error)}); its own message says why. "
            f"The last checkpoint is safe: start the same command with {option('resume')}."
        ) from error
    finally:
        # A wrapped module refers to the group in a circle. Were it left to the interpreter's end, gloo's threads would
        # ask for a lock that is gone and abort the process.
        gc.collect()
        dist.destroy_process_group()
