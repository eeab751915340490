"""A hub that is not there is found out at once, before any pixel is decoded."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, NoReturn

import pytest

from cdcl.errors import ModelError
from cdcl.models.torchvision_shim import import_timm
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

MODEL = {"backbone": "vit_tiny_patch16_224", "pretrained": "hub"}


@pytest.mark.parametrize("offline", [True, False])
def test_weights_that_cannot_be_fetched_are_said_before_decoding_and_without_retries(
    offline: bool,
    tiny_screen: Screen,
    tiny_config: Callable[..., RunConfig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    def unreachable(*address: object, **_: object) -> NoReturn:
        asked.append(address)
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", offline)
    monkeypatch.setattr("cdcl.models.hub._cached", lambda *_: None)
    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    (tmp_path / "run").mkdir()
    config = tiny_config("supervised", model=MODEL)
    import_timm()  # takes seconds, the first time
    began = time.monotonic()
    with pytest.raises(ModelError, match=r"are not here, and the hub .* On a machine with a network: `hf download"):
        finish(train(config, tiny_screen, Run(tmp_path / "run"), cache_folder=tmp_path / "cache"))
    assert time.monotonic() - began < 10
    assert len(asked) <= 2, "asked once, by both kinds of address at most"
    assert not (tmp_path / "cache").exists()
