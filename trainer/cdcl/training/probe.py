"""A fixed sample of fields, embedded now and then while a run trains, so that one sees batches mix."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from cdcl.data.tiles import mean_tile
from cdcl.events import Wrote
from cdcl.profiles import Profiles, write_profiles
from cdcl.screen.crossing import Crossing
from cdcl.training.middles import Middles

if TYPE_CHECKING:
    import pandas as pd
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from cdcl.config import RunConfig
    from cdcl.data.loader import TrainingSet
    from cdcl.runs import Run
    from cdcl.tasks import Task

SAMPLE = 256
"""Fields of the sample: enough to see, and a few steps' worth of work."""
GROUPS = 8
"""Treatments of the sample: more cannot be told apart by colour."""


@dataclass(frozen=True)
class Probe:
    """Writes the profiles of the sample into the run, `probes/<step>.parquet`."""

    middles: Middles
    run: Run
    every: int
    in_bf16: bool

    @classmethod
    def of(cls, config: RunConfig, data: TrainingSet, run: Run, num_steps: int, *, in_bf16: bool) -> Probe | None:
        """Choose the sample; None where the config asks for no probes."""
        if not config.probes:
            return None
        label = config.pairing.sameby[0] if config.pairing.sameby else "treatment"
        rows = choose_sample(data.screen.sites, label)
        tile = mean_tile(config, int(data.frames[:, 2:].min()))
        middles = Middles(data, rows, tile, config.views.global_crops.size)
        return cls(middles, run, max(1, ceil(num_steps / config.probes)), in_bf16)

    def due(self, step: int, num_steps: int) -> bool:
        """Tell whether the sample is embedded after `step` steps."""
        return step % self.every == 0 or step == num_steps

    def take(self, step: int, encoder: nn.Module, device: torch.device) -> Task[None]:
        """Embed the sample and write its profiles."""
        values = self.middles.embed(encoder, device, in_bf16=self.in_bf16)
        table = self.middles.data.screen.take(self.middles.rows).sites
        path = self.run.probe(step)
        write_profiles(Profiles(values, table, "site"), path)
        yield Wrote("probe", str(path))


def choose_sample(sites: pd.DataFrame, label: str) -> NDArray[np.int64]:
    """Choose up to `SAMPLE` rows of the `GROUPS` labels that lie in most batches; evenly spread, in their order."""
    crossing = Crossing.of(sites, label, "batch" if "batch" in sites else "plate")
    rows = np.arange(len(sites))
    if crossing.rows:
        rows = np.flatnonzero(sites[label].astype(str).isin(crossing.rows[:GROUPS]).to_numpy())
    spread = np.linspace(0, len(rows) - 1, min(len(rows), SAMPLE)).round().astype(np.int64)
    chosen: NDArray[np.int64] = rows[spread].astype(np.int64)
    return chosen
