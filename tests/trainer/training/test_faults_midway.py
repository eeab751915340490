"""A run folder that goes, or is spoiled, in mid-training: one clear line, nothing lost, and a way on."""

from __future__ import annotations

import resource
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
import torch

from cdcl.atomic import write_text
from cdcl.errors import CDCLError, DiskError, RunError
from cdcl.events import Advanced, Event, Said, Warned
from cdcl.runs import Run, record
from cdcl.runs.log_table import read_log
from cdcl.tasks import finish
from cdcl.training import train
from cdcl.training.checkpoints import checkpoint_steps, load_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

    Make = Callable[..., RunConfig]
    Work = Callable[..., list[Event]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "run").mkdir()
    return Run(tmp_path / "run")


@pytest.fixture
def work(tiny_screen: Screen, tiny_config: Make, cache_folder: Path) -> Work:
    """Train six steps, with a checkpoint at the third; `at` says what happens after which step. Gives the events."""

    def work(run: Run, at: dict[int, Callable[[], object]], *, resume: bool = False) -> list[Event]:
        events: list[Event] = []

        def hear(event: Event) -> None:
            events.append(event)
            if isinstance(event, Advanced) and stepping(events):
                at.get(event.done, lambda: None)()

        config = tiny_config(probes=2, log_every=1)
        finish(record(train(config, tiny_screen, run, resume=resume, cache_folder=cache_folder), run), hear)
        return events

    return work


def stepping(events: list[Event]) -> bool:
    return any(getattr(event, "task", "") == "train" for event in events)


def warnings_of(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Warned)]


def steps_logged(run: Run) -> list[int]:
    return [int(step) for step in read_log(run)["step"]]


def same_state(first: Run, second: Run) -> bool:
    states = [load_state(run)[0]["method"] for run in (first, second)]
    return states[0].keys() == states[1].keys() and all(
        torch.equal(states[0][name], states[1][name]) for name in states[0]
    )


@pytest.fixture(scope="module")
def whole() -> dict[str, Run]:
    """The undisturbed run, trained once."""
    return {}


def undisturbed(whole: dict[str, Run], work: Work, folder: Path) -> Run:
    if "run" not in whole:
        folder.mkdir()
        work(Run(folder), {})
        whole["run"] = Run(folder)
    return whole["run"]


def test_run_that_is_renamed_ends_at_the_next_checkpoint_and_goes_on_under_its_new_name(
    run: Run, work: Work, whole: dict[str, Run], tmp_path_factory: pytest.TempPathFactory
) -> None:
    moved = run.folder.with_name("moved")
    with pytest.raises(
        RunError, match=r"run was deleted or renamed .* since its last checkpoint are lost\. Give it back"
    ):
        work(run, {4: lambda: run.folder.rename(moved)})
    assert not run.folder.exists(), "nothing is made anew at the old place"
    assert checkpoint_steps(Run(moved).checkpoints) == [3]
    work(Run(moved), {}, resume=True)
    assert steps_logged(Run(moved)) == list(range(6))
    assert same_state(Run(moved), undisturbed(whole, work, tmp_path_factory.mktemp("whole") / "run"))


def test_run_that_gets_back_its_name_before_the_next_checkpoint_loses_nothing(
    run: Run, work: Work, whole: dict[str, Run], tmp_path_factory: pytest.TempPathFactory
) -> None:
    moved = run.folder.with_name("moved")
    events = work(run, {4: lambda: run.folder.rename(moved), 5: lambda: moved.rename(run.folder)})
    (warning,) = warnings_of(events)
    assert "give it back its name before step 6, when a checkpoint is due" in warning
    assert any(
        isinstance(event, Said) and "written again, with the lines that waited" in event.message for event in events
    )
    assert checkpoint_steps(run.checkpoints) == [3, 6]
    assert steps_logged(run) == list(range(6))
    assert same_state(run, undisturbed(whole, work, tmp_path_factory.mktemp("whole") / "run"))
    told = run.events.read_text()
    assert "give it back its name" in told, "events wait, too"
    assert run.status() == "done"


def test_run_that_is_deleted_ends_with_a_line_and_is_not_made_anew(run: Run, work: Work) -> None:
    with pytest.raises(RunError, match="was deleted or renamed while it trained"):
        work(run, {1: lambda: shutil.rmtree(run.folder)})
    assert not run.folder.exists()


def test_run_in_whose_place_another_trains_writes_nothing_into_it(run: Run, work: Work) -> None:
    def replace() -> None:
        shutil.rmtree(run.folder)
        write_text(run.running, '{"pid": 1, "host": "elsewhere", "started": "1"}')

    with pytest.raises(RunError, match="and process 1 trains in a new folder of that name"):
        work(run, {1: replace})
    assert not run.checkpoints.exists()
    assert not run.snapshots.exists()


@pytest.mark.parametrize("name", ["log.csv", "events.jsonl", "STOP", "probes"])
def test_what_is_only_told_may_be_spoiled_and_mended_in_mid_training(name: str, run: Run, work: Work) -> None:
    path, aside = run.folder / name, run.folder.with_name("aside")

    def spoil() -> None:
        if path.exists():
            path.rename(aside)
        if name == "probes":
            path.write_text("in the way")
        else:
            path.mkdir()

    def mend() -> None:
        path.unlink() if path.is_file() else path.rmdir()
        if aside.exists():
            aside.rename(path)

    events = work(run, {1: spoil, 4: mend})
    assert checkpoint_steps(run.checkpoints) == [3, 6]
    assert steps_logged(run) == list(range(6))
    assert run.status() == "done"
    assert sum("log.csv cannot be written; the training goes on" in line for line in warnings_of(events)) == (
        name == "log.csv"
    )
    assert any("the sample cannot be shown" in line for line in warnings_of(events)) == (name == "probes")
    if name == "events.jsonl":
        noted = [line for line in run.events.read_text().splitlines() if '"measured"' in line and '"loss"' in line]
        assert len(noted) == 6


def test_log_that_is_deleted_in_mid_training_begins_anew_with_its_heading(run: Run, work: Work) -> None:
    work(run, {2: run.log.unlink})
    assert steps_logged(run) == [2, 3, 4, 5]


def test_file_in_the_place_of_the_checkpoints_is_named_and_what_was_trained_goes_on(run: Run, work: Work) -> None:
    kept = run.folder / "kept"

    def spoil() -> None:
        run.checkpoints.rename(kept)
        run.checkpoints.write_text("")

    with pytest.raises(CDCLError, match=r"checkpoints.*stands"):
        work(run, {4: spoil})
    run.checkpoints.unlink()
    kept.rename(run.checkpoints)
    work(run, {}, resume=True)
    assert checkpoint_steps(run.checkpoints) == [3, 6]
    assert steps_logged(run) == list(range(6))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")
def test_limit_of_file_sizes_met_in_mid_training_is_one_line_and_keeps_the_checkpoint_before(
    run: Run, work: Work
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(DiskError, match=r"checkpoints/6: the file would be larger than your limit; raise it"):
            work(run, {4: lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in run.checkpoints.iterdir()] == ["3"], "nor is anything half written left"
    work(run, {}, resume=True)
    assert checkpoint_steps(run.checkpoints) == [3, 6]
    assert steps_logged(run) == list(range(6))
