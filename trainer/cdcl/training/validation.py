"""How well a run does on batches that it is not trained on, while it trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics.knn import knn_accuracy
from cdcl.profiles import Profiles
from cdcl.training.centre_tiles import CentreTiles

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from cdcl.data.loader import TrainingSet

MOST_FIELDS = 1024
"""Fields of the training and of the validation groups each; more would cost more than they tell."""


@dataclass(frozen=True)
class Validator:
    """Embeds the middle of a fixed sample of fields and asks whether unseen batches find their treatment.

    Attributes
    ----------
    data
        Training and validation rows, told apart by the column `split`.
    label
        What a neighbour should share, such as the treatment.
    tile, view_size
        Side of the square that is cut from the middle of a field, and of the view that it becomes.
    """

    data: TrainingSet
    label: str
    tile: int
    view_size: int

    def score(self, encoder: nn.Module, device: torch.device, *, in_bf16: bool) -> dict[str, float]:
        """Embed the sample and measure the k-NN accuracy from validation rows into training rows.

        Returns
        -------
        dict
            `validation_accuracy` and `validation_chance`, 0 to 1, and `validation_count` of the rows that were asked.
        """
        rows = self._sample()
        values = CentreTiles(self.data, rows, self.tile, self.view_size).embed(encoder, device, in_bf16=in_bf16)
        table = self.data.screen.take(rows).sites
        held_out = (table["split"] == "validation").to_numpy()
        profiles = Profiles(values, table, "site")
        score = knn_accuracy(profiles, self.label, diffby=(), queries=held_out, bank=~held_out)
        counted = {"validation_count": float(score.count)}
        return {"validation_accuracy": score.value, "validation_chance": score.chance, **counted}

    def _sample(self) -> NDArray[np.int64]:
        """Choose rows evenly spread over each part of the split."""
        split = self.data.screen.sites["split"].to_numpy(dtype=str)
        parts = [np.flatnonzero(split == name) for name in ("train", "validation")]
        spread = [np.linspace(0, len(part) - 1, min(len(part), MOST_FIELDS)).astype(np.int64) for part in parts]
        return np.concatenate([part[places] for part, places in zip(parts, spread, strict=True)])
