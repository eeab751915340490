"""`cdcl train --log`: what a run measures, in the files of TensorBoard and Weights & Biases."""

from __future__ import annotations

import csv
import shutil
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from cdcl.cli import main
from cdcl.events import Measured
from cdcl.runs import Run

if TYPE_CHECKING:
    from pathlib import Path


def of_log(run: Run) -> dict[tuple[str, int], float]:
    """Read log.csv: value by column and step, without its own clock."""
    with run.log.open() as file:
        rows = list(csv.DictReader(file))
    return {
        (name, int(row["step"])): float(text)
        for row in rows
        for name, text in row.items()
        if name not in ("step", "seconds") and text
    }


class FakeWriter:
    """Hears what a writer of TensorBoard would."""

    def __init__(self, folder: str, purge_step: int) -> None:
        self.folder, self.purge_step, self.kept, self.closed = folder, purge_step, {}, False

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.kept[name, step] = value

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


class FakeRun:
    """Hears what a run of Weights & Biases would."""

    def __init__(self, **asked: Any) -> None:
        self.asked, self.rows, self.axes, self.ended = asked, [], [], False

    def define_metric(self, name: str, **more: str) -> None:
        self.axes.append((name, more))

    def log(self, row: dict[str, float]) -> None:
        self.rows.append(row)

    def finish(self) -> None:
        self.ended = True


def train(config_file: Path, table: Path, run: Run, log: str) -> list[str]:
    return ["train", str(config_file), "--screen", str(table), "--out", str(run.folder), "--log", log]


def test_a_run_that_goes_on_tells_tensorboard_from_which_step(
    config_file: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers: list[FakeWriter] = []
    package = SimpleNamespace(
        SummaryWriter=lambda *given, **more: writers.append(FakeWriter(*given, **more)) or writers[-1]
    )
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", package)
    run = Run(tmp_path / "run")
    assert main(train(config_file, table, run, "tensorboard")) == 0
    shutil.rmtree(run.folder / "checkpoints" / "6")  # as if it had been killed after its checkpoint of step 3
    assert main(["train", "--out", str(run.folder), "--resume", "--log", "tensorboard"]) == 0
    first, second = writers
    assert (first.folder, first.purge_step, second.purge_step) == (str(run.folder / "tensorboard"), 0, 3)
    assert first.closed and second.closed
    kept = {name: value for name, value in first.kept.items() if name[1] < 3} | second.kept
    assert {name: kept[name] for name in of_log(run)} == pytest.approx(of_log(run), rel=1e-4)


def test_event_files_of_tensorboard_hold_what_the_log_holds_each_step_once(
    config_file: Path, table: Path, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = Run(tmp_path / "run")
    assert main(train(config_file, table, run, "tensorboard")) == 0
    shutil.rmtree(run.folder / "checkpoints" / "6")
    assert main(["train", "--out", str(run.folder), "--resume", "--log", "tensorboard"]) == 0
    found = EventAccumulator(str(run.folder / "tensorboard"))
    found.Reload()
    events = [(name, event.step, event.value) for name in found.Tags()["scalars"] for event in found.Scalars(name)]
    assert len({event[:2] for event in events}) == len(events)
    kept = {(name, step): value for name, step, value in events}
    assert {name: kept[name] for name in of_log(run)} == pytest.approx(of_log(run), rel=1e-4)


def test_what_is_measured_is_written_for_wandb_offline(
    config_file: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[FakeRun] = []
    ended: list[bool] = []
    package = SimpleNamespace(
        Error=ValueError,
        Settings=dict,
        init=lambda **asked: runs.append(FakeRun(**asked)) or runs[-1],
        teardown=lambda: ended.append(runs[-1].ended),
    )
    monkeypatch.setitem(sys.modules, "wandb", package)
    run = Run(tmp_path / "run")
    assert main(train(config_file, table, run, "wandb")) == 0
    (found,) = runs
    assert (found.asked["mode"], found.asked["dir"]) == ("offline", str(run.folder))
    assert found.asked["config"]["steps"] == 6
    assert ("*", {"step_metric": "step"}) in found.axes
    assert ended == [True]  # its process is waited for after the run has ended
    kept = {(name, int(row["step"])): value for row in found.rows for name, value in row.items()}
    assert {name: kept[name] for name in of_log(run)} == pytest.approx(of_log(run), rel=1e-4)


@pytest.mark.slow
def test_the_offline_folder_of_wandb_itself_is_whole_once_it_is_closed(tmp_path: Path) -> None:
    pytest.importorskip("wandb")
    from wandb.proto.wandb_internal_pb2 import Record

    from cdcl.training.loggers import make_logger

    logger = make_logger("wandb", tmp_path)
    for step, loss in ((4, 2.5), (2, 1.5)):  # a resumed run goes back: nothing is dropped
        logger.note(Measured(step, {"loss": loss}))
    logger.close()
    (path,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    data, at, rows = path.read_bytes(), 7, []  # behind ":W&B", a number and a version
    while at < len(data):  # a checksum of 4 bytes, the length of 2, the kind of 1; then the record
        length = int.from_bytes(data[at + 4 : at + 6], "little")
        record = Record.FromString(data[at + 7 : at + 7 + length])
        at += 7 + length
        row = {"/".join(item.nested_key) or item.key: item.value_json for item in record.history.item}
        rows += [(row["step"], row["loss"])] if "loss" in row else []
    assert rows == [("4", "2.5"), ("2", "1.5")]


@pytest.mark.parametrize(("name", "module"), [("wandb", "wandb"), ("tensorboard", "torch.utils.tensorboard")])
def test_a_logger_that_is_not_installed_is_named_with_its_package_and_leaves_no_folder(
    name: str,
    module: str,
    config_file: Path,
    table: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    run = Run(tmp_path / "run")
    assert main(train(config_file, table, run, name)) == 2
    assert f'--log {name} needs its package: pip install "napari-cdcl[{name}]", or pip install {name}.' in (
        capsys.readouterr().err
    )
    assert not run.folder.exists()
    assert main(train(config_file, table, run, f"{name}e")) == 2
    assert "known are tensorboard and wandb" in capsys.readouterr().err
