"""What only a run's course shows of a collapse: each sign by its numbers, a run that collapses, one that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.events import Warned
from cdcl.runs import start_run
from cdcl.tasks import finish
from cdcl.training import train
from cdcl.training.collapse_diagnostics import WINDOW, CollapseDiagnostics

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

# The demo's DINO of 2026-11-21: loss 5.0 to 0.75, entropy of 11 of 256 prototypes (ln 11 / ln 256), rank 12.
SOLVED = {"loss": 0.75, "effective_rank": 12.0, "prototype_entropy": 0.4324}


def course(last: dict[str, float], probe: float, first: float = 5.0, views: int = 128) -> CollapseDiagnostics:
    diagnostics = CollapseDiagnostics(256, views)
    diagnostics.see({"loss": first, "effective_rank": 30.0, "prototype_entropy": 1.0})
    diagnostics.see({"probe_treatment": probe, "probe_treatment_chance": 0.08})
    for _ in range(WINDOW):
        diagnostics.see(last)
    return diagnostics


def test_the_demos_dino_is_told_of_by_both_signs_once() -> None:
    diagnostics = course(SOLVED, probe=0.09)
    few, solved = diagnostics.new(0.5)
    assert "only 11 of 256 prototypes are in use" in few
    assert "the loss is near zero (0.75 of 5)" in solved
    assert "stands still at 12" in solved
    assert "guessed (0.09, chance 0.08)" in solved
    assert diagnostics.new(0.6) == []


@pytest.mark.parametrize(
    ("change", "probe", "first"),
    [
        ({}, 0.3, 5.0),  # treatments are recognised
        ({}, 0.09, 2.0),  # the loss never was much higher
    ],
)
def test_a_solved_loss_alone_is_no_collapse(change: dict[str, float], probe: float, first: float) -> None:
    healthy = {**SOLVED, "prototype_entropy": 0.8, **change}
    assert course(healthy, probe, first).new(0.5) == []


def test_features_that_still_unfold_are_no_collapse() -> None:
    diagnostics = course({**SOLVED, "prototype_entropy": 0.8}, probe=0.09)
    diagnostics.see({"effective_rank": 14.0})
    assert diagnostics.new(0.5) == []


def test_nothing_is_said_in_warm_up_and_without_prototypes() -> None:
    assert course(SOLVED, probe=0.09).new(0.05) == []
    byol = CollapseDiagnostics()
    byol.see({"loss": 1.0, "prototype_entropy": 0.0})
    assert byol.new(0.5) == []


def warnings(config: RunConfig, screen: Screen, folder: Path) -> list[str]:
    heard: list[str] = []

    def hear(event: object) -> None:
        if isinstance(event, Warned):
            heard.append(event.message)

    finish(train(config, screen, start_run(folder, config), cache_folder=folder.parent / "cache"), hear)
    return [text for text in heard if "prototypes are in use" in text]


def test_a_run_without_centring_collapses_and_says_so_and_one_with_it_does_not(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    method = {"name": "dino", "prototypes": 16, "hidden": 16, "bottleneck": 8, "momentum": 0.5, "momentum_end": 0.5}
    # A sharp teacher whose centre stays where it was: the first prototype that leads takes all.
    sharp = {"centre_momentum": 1.0, "teacher_temperature": 0.01, "teacher_temperature_start": 0.01}
    soft = {"teacher_temperature": 0.3, "teacher_temperature_start": 0.3}
    rate = {"steps": 24, "optimizer": {"lr": 1e-2}}
    collapsed = warnings(tiny_config("dino", method={**method, **sharp}, **rate), tiny_screen, tmp_path / "collapsed")
    healthy = warnings(tiny_config("dino", method={**method, **soft}, **rate), tiny_screen, tmp_path / "healthy")
    assert len(collapsed) == 1
    assert healthy == []
