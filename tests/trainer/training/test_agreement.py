"""When processes ask each other whether to stop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from cdcl.runs import Run
from cdcl.training import agreement
from cdcl.training.agreement import StopAgreement
from cdcl.training.distributed import Team

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Pair(Team):
    """Two processes, of which the other has its say in `other`."""

    size: int = 2
    other: list[float] = field(default_factory=lambda: [0.0, 0.0])
    asked: list[int] = field(default_factory=list)

    def greatest(self, values: list[float], device: torch.device) -> list[float]:
        self.asked.append(1)
        return [max(pair) for pair in zip(values, self.other, strict=True)]


def test_a_lone_process_stops_before_its_next_step(tmp_path: Path) -> None:
    stop = StopAgreement(Run(tmp_path), Team(), CPU)
    assert not stop.asked()
    Run(tmp_path).stop.touch()
    assert stop.asked()


def test_processes_agree_by_time_and_not_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(agreement.time, "monotonic", lambda: clock[0])
    team = Pair()
    stop = StopAgreement(Run(tmp_path), team, CPU)
    for _ in range(100):
        clock[0] += 0.1
        assert not stop.asked()
    assert 10 <= len(team.asked) <= 12, "a step takes a tenth of a second: every tenth asks"


def test_what_another_process_was_told_counts(tmp_path: Path) -> None:
    team = Pair(other=[1.0, 0.0])
    assert StopAgreement(Run(tmp_path), team, CPU).asked()


def test_the_slowest_process_decides_when_all_ask_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(agreement.time, "monotonic", lambda: clock[0])
    team = Pair(other=[0.0, 0.5])
    stop = StopAgreement(Run(tmp_path), team, CPU)
    for _ in range(9):
        clock[0] += 0.001
        stop.asked()
    assert len(team.asked) == 5, "half a second a step: every other step asks"
