"""What a run notes of the machine it computes on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import torch

from cdcl.training.devices import describe_hardware

if TYPE_CHECKING:
    from pathlib import Path


def test_the_hardware_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # no nvidia-smi
    told = describe_hardware(torch.device("cpu"))
    assert told["device"] == "cpu"
    assert told["hardware"]
    assert told["cores"] == os.cpu_count()
    assert told["torch_threads"] == torch.get_num_threads()
    assert told["cuda"] == (torch.version.cuda or "")
    assert told["driver"] == ""


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_the_driver_is_asked_of_nvidia_smi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 580.65.06\necho 580.65.06\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert describe_hardware(torch.device("cpu"))["driver"] == "580.65.06"
