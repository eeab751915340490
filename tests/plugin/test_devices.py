"""Devices one can train on, told without torch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from napari_cdcl.devices import device_choices, list_gpus, split_device

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_gpu_there_are_automatic_and_cpu() -> None:
    assert list(device_choices([])) == ["auto", "cpu"]


def test_several_gpus_can_be_had_one_by_one_or_together() -> None:
    choices = device_choices(["H200, 143771 MiB", "H200, 143771 MiB"])
    assert list(choices) == ["auto", "cpu", "cuda:0", "cuda:1", "cuda*2"]
    assert "torchrun" in choices["cuda*2"]
    assert split_device("cuda*2") == ("cuda", 2)
    assert split_device("cuda:1") == ("cuda:1", 1)


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands for the driver's program")
def test_gpus_are_listed_by_the_drivers_own_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA X, 1000 MiB'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert list_gpus() == ["NVIDIA X, 1000 MiB"]
    program.write_text("#!/bin/sh\nexit 9\n")
    assert list_gpus() == []
