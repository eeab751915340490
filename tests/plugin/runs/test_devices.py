"""Devices one can train on, told without torch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from napari_cdcl.runs import devices
from napari_cdcl.runs.devices import device_choices, list_gpus, split_device, startable

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_gpu_there_are_automatic_and_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "num_cores", lambda: 1)
    assert list(device_choices([])) == ["auto", "cpu"]
    monkeypatch.setattr(devices, "num_cores", lambda: 8)
    assert list(device_choices([])) == ["auto", "cpu", "cpu*2"]
    assert split_device("cpu*2") == ("cpu", 2)


def test_several_gpus_can_be_had_one_by_one_or_together() -> None:
    choices = device_choices(["H200, 143771 MiB", "H200, 143771 MiB"])
    assert [key for key in choices if key != "cpu*2"] == ["auto", "cpu", "cuda:0", "cuda:1", "cuda*2"]
    assert "torchrun" in choices["cuda*2"]
    assert split_device("cuda*2") == ("cuda", 2)
    assert split_device("cuda:1") == ("cuda:1", 1)


def test_a_run_of_eight_gpus_goes_on_with_as_many_as_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_DRIVER", tmp_path / "none")
    assert startable("cuda", 8) == 8
    monkeypatch.setattr(devices, "_DRIVER", tmp_path)
    (tmp_path / "0000:01:00.0").mkdir()
    assert (startable("cuda", 8), startable("cpu", 2)) == (1, 2)


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands for the driver's program")
def test_gpus_are_listed_by_the_drivers_own_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA X, 1000 MiB'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert list_gpus() == ["NVIDIA X, 1000 MiB"]
    program.write_text("#!/bin/sh\nexit 9\n")
    assert list_gpus() == []
