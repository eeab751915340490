"""Several processes started by torchrun; without it, one process and nothing to do."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist

from cdcl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Team:
    """One process among those that train together."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def all_agree(self, flag: bool, device: torch.device) -> bool:
        """Tell whether `flag` holds in every process, so that all of them turn the same way."""
        if self.size == 1:
            return flag
        votes = torch.tensor(int(flag), device=device)
        dist.all_reduce(votes, op=dist.ReduceOp.MIN)
        return bool(votes)

    def mean_of(self, values: dict[str, float], device: torch.device) -> dict[str, float]:
        """Average named numbers over all processes; each must bring the same names."""
        if self.size == 1:
            return values
        total = torch.tensor(list(values.values()), dtype=torch.float32, device=device)
        dist.all_reduce(total)
        return dict(zip(values, (total / self.size).tolist(), strict=True))

    def wait(self) -> None:
        """Let all processes come to the same point."""
        if self.size > 1:
            dist.barrier()

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


@contextmanager
def joined_team(device: torch.device) -> Iterator[Team]:
    """Join the processes that torchrun started (nccl on GPUs, gloo elsewhere) and leave them at the end."""
    if "WORLD_SIZE" not in os.environ or int(os.environ["WORLD_SIZE"]) == 1:
        yield Team()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Team(dist.get_rank(), dist.get_world_size())
    finally:
        # A wrapped module refers to the group in a circle. Were it left to the interpreter's end, gloo's threads would
        # ask for a lock that is gone and abort the process.
        gc.collect()
        dist.destroy_process_group()
