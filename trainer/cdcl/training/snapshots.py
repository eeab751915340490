"""Snapshots: a fixed sample of fields, embedded and scored while a run trains, so that one sees batches mix."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import TYPE_CHECKING

import numpy as np

from cdcl.data.tiles import mean_tile, usual_side
from cdcl.errors import CDCLError
from cdcl.events import Measured, Said, Warned, Wrote
from cdcl.metrics.knn import knn_share
from cdcl.pairing.contingency import ContingencyTable
from cdcl.profiles import Profiles, write_profiles
from cdcl.runs.presence import check_present
from cdcl.screen.site_names import images_of_one_site
from cdcl.training.centre_tiles import CentreTiles

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
HELD_OUT = 0.25
"""Share of the sample that is kept for fields of validation, where there are so many."""


@dataclass(frozen=True)
class SnapshotWriter:
    """Writes the profiles of the sample into the run, `probes/<step>.parquet`, and measures what neighbours share.

    Attributes
    ----------
    middles
        The sample: the middle of each of its fields.
    run
        Where profiles are written.
    every
        Steps between two snapshots.
    in_bf16
        Whether the network computes in bf16.
    """

    middles: CentreTiles
    run: Run
    every: int
    in_bf16: bool

    @classmethod
    def of(
        cls, config: RunConfig, data: TrainingSet, run: Run, num_steps: int, *, in_bf16: bool
    ) -> SnapshotWriter | None:
        """Choose the sample; None where the config asks for none."""
        if not config.probes:
            return None
        label = config.pairing.sameby[0] if config.pairing.sameby else "treatment"
        rows = sample_with_held_out(data.screen.sites, label)
        tile = mean_tile(config, usual_side(data.frames))
        middles = CentreTiles(data, rows, tile, config.views.global_crops.size)
        return cls(middles, run, max(1, ceil(num_steps / config.probes)), in_bf16)

    def due(self, step: int, num_steps: int) -> bool:
        """Tell whether the sample is embedded after `step` steps."""
        return step % self.every == 0 or step == num_steps

    def take(self, step: int, encoder: nn.Module, device: torch.device) -> Task[dict[str, float]]:
        """Embed the sample, write its profiles, tell and give its numbers; no random number is drawn."""
        table = self.middles.data.screen.take(self.middles.rows).sites
        if step == 0:
            yield Said(describe_sample(table))
        profiles = Profiles(self.middles.embed(encoder, device, in_bf16=self.in_bf16), table, "site")
        path = self.run.snapshot(step)
        try:
            check_present(self.run)
            write_profiles(profiles, path)
        except (CDCLError, OSError) as error:
            # What is only looked at must not end a run.
            yield Warned(f"step {step}: the sample cannot be shown: {error}")
            return {}
        yield Wrote("probe", str(path))
        if found := score_sample(profiles):
            yield Measured(step, found)
        return found


def score_sample(profiles: Profiles) -> dict[str, float]:
    """Measure what the neighbours of the sample's fields share, each with its chance.

    Returns
    -------
    dict
        `probe_treatment`: how often the 10 nearest neighbours in another batch name the field's treatment;
        `probe_batch`: how often those in another well name its batch, which is better low. Both again as
        `probe_held_out_...` for fields of validation, whose neighbours are fields that are trained on, where the
        treatment is asked. Each with `..._chance`. What cannot be answered is left out; where there are not two
        batches, plates stand for them.
    """
    table, found = profiles.table, dict[str, float]()
    place = _place(table)
    held_out = _held_out(table)
    for prefix, asked in (("probe_", ~held_out), ("probe_held_out_", held_out)):
        shares = {"batch": knn_share(profiles, place, diffby=("well",), queries=asked)}
        if "treatment" in table:
            shares["treatment"] = knn_share(profiles, "treatment", diffby=(place,), queries=asked, bank=~held_out)
        for name, (value, chance) in shares.items():
            found |= {prefix + name: value, f"{prefix}{name}_chance": chance} if isfinite(value) else {}
    return found


def describe_sample(table: pd.DataFrame) -> str:
    """Say what the sample is made of."""
    place, held_out = _place(table), int(_held_out(table).sum())
    words = [f"{table[place].nunique()} {place}{'e' * (place == 'batch')}s"]
    if "treatment" in table:
        words.insert(0, f"{table['treatment'].nunique()} treatments")
    kept = f", {held_out} of them held out for validation" if held_out else ""
    of_what = "images" if images_of_one_site(table) else "fields"
    return f"a sample is watched: {len(table)} {of_what} of {' in '.join(words)}{kept}"


def sample_with_held_out(sites: pd.DataFrame, label: str) -> NDArray[np.int64]:
    """Choose the sample; a share of it is of validation, where there are such rows. In the order of `sites`."""
    held_out = np.flatnonzero(_held_out(sites))
    if not len(held_out):
        return choose_sample(sites, label)
    most = max(int(HELD_OUT * SAMPLE), round(SAMPLE * len(held_out) / len(sites)))
    others = np.flatnonzero(~_held_out(sites))
    trained = others[choose_sample(sites.iloc[others], label, SAMPLE - min(most, len(held_out)))]
    same = sites[label].isin(sites[label].iloc[trained]) if label in sites else np.ones(len(sites), bool)
    known = held_out[np.asarray(same)[held_out]]
    rows = np.concatenate([trained, _spread(known if len(known) else held_out, most)])
    return np.sort(rows)


def choose_sample(sites: pd.DataFrame, label: str, most: int = SAMPLE) -> NDArray[np.int64]:
    """Choose rows of the treatments that lie in most batches, evenly spread, in their order.

    Parameters
    ----------
    sites
        N rows.
    label
        The column to choose by, such as "treatment"; without it rows are spread over all.
    most
        Rows, at most.

    Returns
    -------
    rows
        Of no more than `GROUPS` labels.
    """
    contingency = ContingencyTable.of(sites, label, "batch" if "batch" in sites else "plate")
    rows = np.arange(len(sites))
    if contingency.rows:
        rows = np.flatnonzero(sites[label].astype(str).isin(contingency.rows[:GROUPS]).to_numpy())
    return _spread(rows, most)


def _spread(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Keep up to `most` of `rows`, evenly spread."""
    chosen: NDArray[np.int64] = rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(np.int64)]
    return chosen.astype(np.int64)


def _place(table: pd.DataFrame) -> str:
    """Name the column whose values an embedding should not tell apart: the batch, or the plate where there is one."""
    return "batch" if "batch" in table and table["batch"].nunique() > 1 else "plate"


def _held_out(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Mark the rows of validation. Shape (N,)."""
    if "split" not in table:
        return np.zeros(len(table), dtype=bool)
    return (table["split"] == "validation").to_numpy(dtype=bool)
