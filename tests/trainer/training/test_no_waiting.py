"""The processor does not wait for the device within a step, and what is skipped there leaves no trace."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from cdcl.config.recipes import check_config
from cdcl.data.loader import Loader
from cdcl.errors import ConfigError, RunError
from cdcl.events import Advanced, Measured, Warned
from cdcl.methods import METHODS, triplet
from cdcl.models.teacher import lerp_in_launches
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import loop as loops
from cdcl.training.distributed import Team
from cdcl.training.loop import TrainingLoop, Workplace
from cdcl.training.memory import trial
from cdcl.training.preparation import prepare
from cdcl.training.step_report import StepReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor

    from cdcl.config import RunConfig
    from cdcl.data.batches import Batch
    from cdcl.data.loader import TrainingSet
    from cdcl.events import Event
    from cdcl.screen import Screen

CPU = torch.device("cpu")

WAITS = {
    "_local_scalar_dense": "item(), float() or bool()",
    "is_nonzero": "bool()",
    "equal": "torch.equal",
    "nonzero": "as many rows as are true",
    "masked_select": "as many numbers as are true",
    "_unique2": "as many numbers as there are",
    "bincount": "as many bins as the largest number",
    "_linalg_svd": "singular values, whose routine is asked whether it went well",
    "_linalg_eigh": "eigenvalues, whose routine is asked whether it went well",
    "lift_fresh": "a tensor made of Python's numbers, copied to the device",
}
"""Operations for which the processor waits for a GPU, and what brings them about."""

GUIDES = [
    {"column": "batch", "keep": False, "hidden": 8},
    {"column": "treatment", "kind": "contrast", "hidden": 8},
]
TINY = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 2, "heads": 2}
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "guides": {"guides": GUIDES},
    "a ResNet": {"model": {"backbone": "resnet10t"}},
    "a network a channel": {"model": {**TINY, "channels": "apart"}},
    "one channel an image": {"model": {**TINY, "channels": "shared"}},
}
CASES = [
    *itertools.product(METHODS, ("plain", "guides")),
    ("byol", "a ResNet"),
    *itertools.product(["cdcl"], ("a network a channel", "one channel an image")),
]


@pytest.fixture(params=[0, 1])
def behind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Read reports of steps at once, or a step later, as on a GPU."""
    monkeypatch.setattr(loops, "steps_behind", lambda _device: request.param)
    return int(request.param)


class Waits(TorchDispatchMode):
    """Notes what a GPU would be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.listening = True

    @contextmanager
    def off(self) -> Iterator[None]:
        """Let the test itself look."""
        self.listening = False
        yield
        self.listening = True

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        masked = name in ("index", "index_put_") and any(i is not None and i.dtype == torch.bool for i in args[1])
        if self.listening and (name in WAITS or masked):
            self.found.append(f"{name}: {WAITS.get(name, 'as many rows as are true')}")
        return func(*args, **(kwargs or {}))


@pytest.fixture(scope="module")
def data(tiny_screen: Screen, tmp_path_factory: pytest.TempPathFactory) -> TrainingSet:
    """The tiny screen, decoded and measured."""
    folder = tmp_path_factory.mktemp("data")
    config = check_config({"method": {"name": "simclr"}, "steps": 1}, where="test")
    return finish(prepare(config, tiny_screen, Run(folder), cache_folder=folder / "cache"))


def run_trial(config: RunConfig, data: TrainingSet, folder: Path, hear: Callable[[TrainingLoop, Event], None]) -> None:
    """Take the config's steps, and hear each event with the loop as it is then."""
    made: list[TrainingLoop] = []
    original = TrainingLoop.start

    def start(*given: Any) -> TrainingLoop:
        made.append(original(*given))
        return made[-1]

    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingLoop, "start", start)
        patch.setattr(TrainingLoop, "_write_checkpoint", lambda _self: None)  # takes most of the time
        place = Workplace(Run(folder), CPU, Team())
        finish(trial(config, data, place, config.steps or 0), lambda event: hear(made[-1], event))


def state_of(loop: TrainingLoop) -> dict[str, Tensor]:
    """Copy all weights, buffers and moments."""
    moments = {
        f"{number} {name}": value
        for number, state in loop.optimizer.state_dict()["state"].items()
        for name, value in state.items()
    }
    return {name: value.clone() for name, value in {**loop.method.state_dict(), **moments}.items()}


def change_batches(monkeypatch: pytest.MonkeyPatch, change: Callable[[int, Batch], Batch]) -> None:
    """Let the loader give `change(step, batch)`."""
    original = Loader.batches

    def batches(self: Loader, first: int, last: int, device: torch.device) -> Iterator[Batch]:
        for step, batch in enumerate(original(self, first, last, device), first):
            yield change(step, batch)

    monkeypatch.setattr(Loader, "batches", batches)


def spoil(monkeypatch: pytest.MonkeyPatch, *bad: int) -> None:
    """Let one pixel of one view of these steps be infinite."""

    def spoiled(step: int, batch: Batch) -> Batch:
        views = tuple(view.clone() for view in batch.views)
        if step in bad:
            views[0][0, 0, 0, 0] = torch.inf
        return replace(batch, views=views)

    change_batches(monkeypatch, spoiled)


@pytest.mark.parametrize(("method", "variant"), CASES)
def test_no_step_is_waited_for_and_a_skipped_one_leaves_no_trace(
    method: str,
    variant: str,
    data: TrainingSet,
    tiny_config: Callable[..., RunConfig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits, original = Waits(), TrainingLoop._one_step

    def watched(self: TrainingLoop, *given: Any) -> Any:
        with waits:
            yield from original(self, *given)

    original_read = StepReport.read

    def read(self: StepReport) -> Any:
        with waits.off():  # what was sent a step ago is there
            return original_read(self)

    monkeypatch.setattr(TrainingLoop, "_one_step", watched)
    monkeypatch.setattr(StepReport, "read", read)
    monkeypatch.setattr(loops, "steps_behind", lambda _device: 1)
    spoil(monkeypatch, 1)
    states: dict[int, dict[str, Tensor]] = {}
    warned: list[tuple[int, str]] = []
    logged: list[int] = []

    def hear(loop: TrainingLoop, event: Event) -> None:
        if isinstance(event, Advanced):
            with waits.off():
                states[event.done] = state_of(loop)
        if isinstance(event, Measured):
            logged.append(event.step)
        if isinstance(event, Warned) and "is skipped" in event.message:
            warned.append((loop.step, event.message))

    run_trial(tiny_config(method, steps=3, log_every=1, **VARIANTS[variant]), data, tmp_path / "run", hear)
    assert waits.found == []
    assert logged == [0, 1, 2]
    assert warned == [(3, "step 1: the loss is not finite; the step is skipped (1 in a row).")]
    for name, value in states[1].items():
        assert torch.equal(value, states[2][name]), name
        assert states[3][name].isfinite().all(), name
    assert any(not torch.equal(value, states[3][name]) for name, value in states[2].items()), "the third step counts"


def test_of_steps_heard_of_later_the_third_bad_one_ends_the_run_too(
    data: TrainingSet, tiny_config: Callable[..., RunConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "steps_behind", lambda _device: 1)
    spoil(monkeypatch, 1, 2, 3)
    with pytest.raises(RunError, match=r"in 3 steps in a row \(last: step 3\)"):
        run_trial(tiny_config("simclr", steps=6), data, tmp_path / "run", lambda _loop, _event: None)


@pytest.mark.usefixtures("behind")
def test_logs_are_the_same_however_late_they_are_read(
    data: TrainingSet, tiny_config: Callable[..., RunConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, 4)  # the last step, of which nothing is heard before the end
    events: list[Event] = []
    run_trial(tiny_config("cdcl", steps=5, log_every=1), data, tmp_path / "run", lambda _l, event: events.append(event))
    measured = [event for event in events if isinstance(event, Measured)]
    assert [event.step for event in measured] == [0, 1, 2, 3, 4]
    assert list(measured[0].values)[:5] == ["loss", "lr", "gradient_norm", "data_wait", "images_per_second"]
    assert not isfinite(measured[4].values["loss"])
    assert sum(isinstance(event, Warned) and "is skipped" in event.message for event in events) == 1


def test_batches_without_a_triplet_end_the_run(
    behind: int,
    data: TrainingSet,
    tiny_config: Callable[..., RunConfig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(triplet, "MOST_EMPTY_STEPS", 2)
    config = tiny_config("triplet", steps=5)
    change_batches(monkeypatch, lambda _step, batch: replace(batch, view_labels=torch.zeros_like(batch.domains)))
    seen: list[TrainingLoop] = []
    with pytest.raises(ConfigError, match=r"2 batches in a row held no two labels .* set sampler = 'balanced'"):
        run_trial(config, data, tmp_path / "run", lambda loop, _event: seen.append(loop))
    assert seen[-1].step == 2 + behind


def test_tensors_are_averaged_by_a_weight_of_the_device_as_by_a_number() -> None:
    old, new = [torch.randn(3, 4), torch.randn(5)], [torch.randn(3, 4), torch.randn(5)]
    expected = [torch.lerp(a, b, 0.25) for a, b in zip(old, new, strict=True)]
    moved = [value.clone() for value in old]
    lerp_in_launches(moved, new, torch.tensor(0.25))
    torch.testing.assert_close(moved, expected)
    lerp_in_launches(moved, new, torch.tensor(0.0))
    torch.testing.assert_close(moved, expected, rtol=0, atol=0)
