"""Each view carries the label of the image it was cut from, and images without a group are counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from cdcl.data.loader import Loader
from cdcl.events import Warned
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train
from cdcl.training.preparation import prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.events import Event
    from cdcl.screen import Screen


def test_a_view_of_the_partner_has_the_partners_label(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    config = tiny_config("triplet", pairing={"sameby": ["batch"], "diffby": ["well"]})
    data = finish(prepare(config, tiny_screen, Run(tmp_path), cache_folder=tmp_path / "cache"))
    loader = Loader(data.part("train"), config)
    (batch,) = loader.batches(0, 1, torch.device("cpu"))
    codes = torch.from_numpy(loader.labels)
    assert batch.view_labels is not None
    assert batch.view_labels.tolist() == [codes[batch.rows].tolist(), codes[batch.partners].tolist()]
    assert batch.view_labels[1].tolist() != batch.labels.tolist()


def test_images_without_a_group_are_counted_apart(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    labels = np.where(tiny_screen.sites["treatment"] == "T0", "", tiny_screen.sites["treatment"])
    screen = replace(tiny_screen, sites=tiny_screen.sites.assign(archetype=labels))
    config = tiny_config(
        "triplet",
        steps=1,
        sampler="balanced",
        method={"name": "triplet"},
        pairing={"sameby": ["archetype"], "diffby": ["plate"]},
    )
    events: list[Event] = []
    finish(train(config, screen, Run(tmp_path), cache_folder=tmp_path / "cache"), events.append)
    warned = [event.message for event in events if isinstance(event, Warned)]
    assert "6 of 24 images have no archetype, and so no partner but themselves." in warned
    assert not any("have a partner" in message for message in warned)
