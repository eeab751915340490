"""Which block of a network, and which of its tokens, tell treatments best apart: asked on training fields alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from cdcl.data.rendering import render
from cdcl.errors import ModelError
from cdcl.events import Advanced, Began, Ended, Said, Warned
from cdcl.inference.fields import prepare_fields
from cdcl.inference.models import on_screen
from cdcl.metrics.knn import knn_share
from cdcl.models.blocks import blocks_of
from cdcl.models.channelwise import networks_by_channel
from cdcl.models.not_in_timm import NOT_IN_TIMM
from cdcl.models.token_features import TOKENS, TokenFeatures, features_of
from cdcl.profiles import Profiles
from cdcl.training.snapshots import choose_sample
from cdcl.wording import option

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from cdcl.inference.fields import PreparedFields
    from cdcl.inference.models import TrainedModel
    from cdcl.screen import Screen
    from cdcl.tasks import Task

SHUFFLES = 19
"""A gain beyond all of them has a chance of 1 in 20: p = 0.05."""
_CHUNK = 32
"""Fields at a time: the tokens of every block are in memory at once."""


@dataclass(frozen=True)
class Candidate:
    """A block and what is taken of it, and how it does.

    Attributes
    ----------
    block
        Number of the block, from 0.
    token
        "cls", "patches" or "both".
    share
        How often a field's neighbours in another batch (or plate) share its treatment, 0 to 1; NaN where none can be
        asked.
    """

    block: int
    token: str
    share: float


def with_best_block(model: TrainedModel, screen: Screen, *, cache_folder: Path | None = None) -> Task[TrainedModel]:
    """Give the model with its features from the block and tokens that do best, and say the gain over its own.

    The best of many gains by chance, too: what it gains with treatments shuffled is said beside it, and has to be
    passed. At most 256 fields of at most 8 treatments are looked at, none of which is held out: the middle of each,
    once.

    Returns
    -------
    TrainedModel
        The model as it was where no block does better than chance lets one of them do.

    Raises
    ------
    ModelError
        If the network is one of convolutions, or the screen has no treatment in two batches or plates.
    """
    model = on_screen(model, screen)
    if blocks_of((networks_by_channel(model.encoder) or [model.encoder])[0]) is None:
        raise ModelError(f"{option('probe-blocks')} is for Vision Transformers; one of convolutions has one output.")
    fields = yield from prepare_fields(model, screen, cache_folder)
    rows = _sample(screen, fields)
    table = screen.take(rows).sites
    place = _place(table)
    values = yield from _all_features(model, fields, rows)
    found = _shares(values, table, place)
    own, best = _own_and_best(found)
    pooled = model.config.model.backbone in NOT_IN_TIMM
    usual = "the last block's class token" if not pooled else "the network's own pooling of its last block"
    if not np.isfinite(own.share) or not best.share > own.share:
        yield Warned(f"no block does better than {usual} ({own.share:.3f}); it is kept")
        return model
    gain, chance = best.share - own.share, max(_gains_by_chance(values, table, place))
    told = (
        f"block {best.block}, {best.token}: {best.share:.3f} of neighbours in another {place} share the treatment, "
        f"{gain:+.3f} over {usual} (with treatments shuffled the best of {len(found)} gains up to "
        f"{chance:+.3f}); asked on {len(rows)} fields, none of them held out"
    )
    if gain <= chance or np.isclose(gain, chance):  # shares are counts over counts; equal ones may differ in rounding
        yield Warned(f"{told}. Chance gives that too: {usual} is kept")
        return model
    yield Said(f"features of {told}")
    encoder = features_of(model.encoder, best.block, best.token).to(model.device).eval()
    chosen = model.config.embedding.model_copy(update={"block": best.block, "token": best.token})
    return replace(model, encoder=encoder, config=model.config.model_copy(update={"embedding": chosen}))


def _shares(values: dict[tuple[int, str], NDArray[np.float32]], table: pd.DataFrame, place: str) -> list[Candidate]:
    """Ask each candidate's features how often neighbours in another place share the treatment."""
    return [
        Candidate(block, token, knn_share(Profiles(features, table, "site"), "treatment", diffby=(place,))[0])
        for (block, token), features in values.items()
    ]


def _place(table: pd.DataFrame) -> str:
    """Name what neighbours have to differ in: the batch, or the plate where no treatment is in two batches."""
    for place in ("batch", "plate"):
        if place in table and table.groupby("treatment")[place].nunique().max() > 1:
            return place
    raise ModelError(f"{option('probe-blocks')} looks for a treatment in another batch or plate; none is in two.")


def _own_and_best(found: list[Candidate]) -> tuple[Candidate, Candidate]:
    last = max(one.block for one in found)
    own = next(one for one in found if one.block == last and one.token == "cls")
    return own, max(found, key=lambda one: one.share if np.isfinite(one.share) else -1.0)


def _gains_by_chance(
    values: dict[tuple[int, str], NDArray[np.float32]], table: pd.DataFrame, place: str
) -> list[float]:
    """Give what the best of all candidates gains where treatments mean nothing: shuffled within each batch or plate."""
    rng = np.random.default_rng(0)
    groups = list(table.reset_index(drop=True).groupby(place).indices.values())
    gains = []
    for _ in range(SHUFFLES):
        labels = table["treatment"].to_numpy(dtype=object).copy()
        for rows in groups:
            labels[rows] = rng.permutation(labels[rows])
        own, best = _own_and_best(_shares(values, table.assign(treatment=labels), place))
        gains.append(best.share - own.share)
    return gains


def _sample(screen: Screen, fields: PreparedFields) -> NDArray[np.int64]:
    if "treatment" not in screen.sites:
        raise ModelError(f"{option('probe-blocks')} asks which block tells treatments apart; the screen names none.")
    kept = fields.cache.readable.copy()
    if "split" in screen.sites:
        kept &= (screen.sites["split"] == "train").to_numpy(dtype=bool)
    rows = np.flatnonzero(kept)
    return rows[choose_sample(screen.sites.iloc[rows], "treatment")]


def _all_features(
    model: TrainedModel, fields: PreparedFields, rows: NDArray[np.int64]
) -> Task[dict[tuple[int, str], NDArray[np.float32]]]:
    """Run the network once over the middles of fields and keep what each block says of them."""
    sizes = fields.cache.sizes[rows]
    side = np.minimum(model.tile, sizes.min(axis=1))[:, None].repeat(2, axis=1)
    boxes = np.concatenate([(sizes - side) // 2, side], axis=1)  # (n, 4) top, left, height, width
    parts: dict[tuple[int, str], list[Tensor]] = {}
    yield Began("probe blocks", total=len(rows), unit="field")
    for start in range(0, len(rows), _CHUNK):
        chosen = slice(start, start + _CHUNK)
        cut, crops = fields.cut(rows[chosen], boxes[chosen], model.view_size)
        for key, features in _each_block(model.encoder, render(cut, crops, model.device)).items():
            parts.setdefault(key, []).append(features)
        yield Advanced(min(start + _CHUNK, len(rows)))
    yield Ended()
    return {key: torch.cat(chunks).float().cpu().numpy() for key, chunks in parts.items()}


@torch.inference_mode()
def _each_block(encoder: nn.Module, views: Tensor) -> dict[tuple[int, str], Tensor]:
    """Give the features of every block and choice of tokens, channel by channel where each is seen alone."""
    networks = networks_by_channel(encoder)
    inputs = [(net, views[:, c : c + 1]) for c, net in enumerate(networks)] if networks else [(encoder, views)]
    found: dict[tuple[int, str], list[Tensor]] = {}
    for network, images in inputs:
        caught: list[Tensor] = []
        handles = [
            block.register_forward_hook(lambda _, __, output: caught.append(output))  # noqa: B023 (called in this turn)
            for block in network.blocks  # type: ignore[union-attr]
        ]
        network(images)
        for handle in handles:
            handle.remove()
        for number, tokens in enumerate(caught):  # (n, tokens, D)
            for token in TOKENS:
                picked = TokenFeatures(network, number, token).pick(network.norm(tokens))  # type: ignore[operator]
                found.setdefault((number, token), []).append(picked)
    return {key: torch.cat(each, dim=-1) for key, each in found.items()}
