"""The network of a trained model as it was before training: a baseline that every run has to beat."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from cdcl.inference.embed import embed
from cdcl.inference.models import load_model
from cdcl.models.backbones import build_encoder

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.inference.models import TrainedModel
    from cdcl.profiles import Profiles
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def untrained(model: TrainedModel, seed: int = 0) -> TrainedModel:
    """Give the same model with weights drawn at random from `seed`; pretrained weights are not loaded.

    Parameters
    ----------
    seed
        Of the weights.
    """
    bare = model.config.model.model_copy(update={"pretrained": ""})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = build_encoder(model.config.model_copy(update={"model": bare}), len(model.channels))
    return replace(model, encoder=encoder.to(model.device).eval())


def embed_untrained(
    run_or_model: Path, screen: Screen, *, device: str = "auto", cache_folder: Path | None = None
) -> Task[Profiles]:
    """Embed every readable field by the network of a run as it was before training.

    Parameters
    ----------
    run_or_model
        As for `load_model`.
    device
        As for `load_model`.
    cache_folder
        Where decoded pixels are kept; None takes the usual folder.

    Returns
    -------
    Profiles
        One a site, as of `embed`.

    Raises
    ------
    CDCLError
        If the model cannot be read, or the screen's channels are not the model's.
    """
    return (yield from embed(untrained(load_model(run_or_model, device)), screen, cache_folder=cache_folder))
