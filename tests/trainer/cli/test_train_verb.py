"""`cdcl train`: from the first step to the last, through stops, kills and resumes."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import tifffile
from cdcl_process import call, start

from cdcl.cli import main
from cdcl.cli.stopping import stops_on_signals
from cdcl.config import load_config
from cdcl.events import Advanced, Began, Ended, Measured, Warned, from_json
from cdcl.readers import read_screen
from cdcl.runs import Run
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.screen import Screen

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="sends Unix signals")


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def start_long(config_file: Path, table: Path, folder: Path, *more: object) -> tuple[subprocess.Popen[str], Run]:
    """Start a run that would take minutes, and wait until it logs steps."""
    run = Run(folder)
    settings = ["--set", "steps=1000000", "--set", "save_every=20", "--set", "log_every=1"]
    process = start("train", config_file, "--screen", table, "--out", folder, *settings, *more)
    wait_until(lambda: (run.log.exists() and len(run.log.read_text().splitlines()) > 5) or process.poll() is not None)
    return process, run


def test_run_trains_to_its_end_and_says_so(
    config_file: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(tmp_path / "run")
    assert main(["train", str(config_file), "--screen", str(table), "--out", str(run.folder)]) == 0
    assert run.checkpoint_steps() == [3, 6]
    assert run.status() == "done"
    files = {"config.toml", "screen.parquet", "intensities.json", "events.jsonl", "log.csv", "environment.json"}
    assert files <= {path.name for path in run.folder.iterdir()}
    assert "partners: another batch 16" in capsys.readouterr().err


def test_training_from_a_folder_says_what_a_scan_would(
    config_file: Path, tiny_screen: Screen, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "2020-11-04 plates"
    for row, (plate, well) in enumerate(tiny_screen.sites[["plate", "well"]].to_numpy()):
        image = tiny_screen.image(row)
        for number, plane in enumerate(image, start=1):
            path = folder / plate / f"{plate}_{well}_s1_w{number}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(path, plane)
    (folder / "B1P1" / "B1P1_A01_s1_w2.tif").unlink()
    run = Run(tmp_path / "run")
    arguments = ["train", str(config_file), "--screen", str(folder), "--out", str(run.folder), "--set", "split.test=[]"]
    assert main(arguments) == 2
    assert "no treatments" in capsys.readouterr().err, "the notes tell why it cannot be"
    pairing = ["--set", "pairing.sameby=['well']", "--set", "pairing.diffby=['plate']", "--set", "method.domain=plate"]
    assert main([*arguments, *pairing]) == 0
    shown = capsys.readouterr().err
    assert main(["scan", str(folder)]) == 0
    report = capsys.readouterr().out.splitlines()
    notes = [line.removeprefix("note: ") for line in report if line.startswith("note: ")]
    assert any("lack" in note for note in notes)
    assert any("no treatments" in note for note in notes)
    recorded = [from_json(line) for line in run.events.read_text().splitlines()]
    assert [event.message for event in recorded if isinstance(event, Warned)][: len(notes)] == notes
    assert all(shown.count(note) == 1 for note in notes)
    assert "layout imagexpress" in shown


def test_settings_and_device_are_taken_from_the_command_line(config_file: Path, table: Path, tmp_path: Path) -> None:
    arguments = ["train", str(config_file), "--screen", str(table), "--out", str(tmp_path / "run"), "--device", "cpu"]
    assert main([*arguments, "--set", "steps=2", "--set", "optimizer.lr=1e-4", "--cache", str(tmp_path / "c")]) == 0
    config = load_config(str(tmp_path / "run" / "config.toml"))
    assert (config.steps, config.optimizer.lr, config.device) == (2, 1e-4, "cpu")
    assert (tmp_path / "c").is_dir()


def test_events_are_json_lines_and_nothing_else(
    config_file: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["train", str(config_file), "--screen", str(table), "--out", str(tmp_path / "run"), "--events"])
    shown = capsys.readouterr()
    events = [from_json(line) for line in shown.out.splitlines()]
    assert Ended("done", "done at step 6 of 6") in events
    assert [event.done for event in events if isinstance(event, Advanced)][-6:] == [1, 2, 3, 4, 5, 6]
    assert sum(isinstance(event, Measured) and "loss" in event.values for event in events) == 4
    assert shown.err == ""


def test_failure_is_an_event_too(
    config_file: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(config_file), "--screen", str(table), "--out", str(tmp_path / "run"), "--events"]
    assert main([*arguments, "--set", 'split.test=["B9"]']) == 2
    shown = capsys.readouterr()
    last = from_json(shown.out.splitlines()[-1])
    assert isinstance(last, Ended)
    assert last.reason == "failed"
    assert last.message in shown.err
    assert not (tmp_path / "run").exists()


def test_failed_start_can_be_resumed_with_its_own_settings(config_file: Path, table: Path, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "run")]
    assert main(["train", str(config_file), "--screen", str(tmp_path / "no.csv"), *out]) == 2
    assert main(["train", str(config_file), "--screen", str(table), *out]) == 0


def test_run_goes_on_without_naming_recipe_and_screen(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--out", str(trained.folder), "--resume", "--set", "steps=9"]) == 0
    assert "resumed at step 6 of 9" in capsys.readouterr().err
    assert trained.checkpoint_steps() == [6, 9]
    assert load_config(str(trained.config)).steps == 9


def test_resume_refuses_another_recipe(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--out", str(trained.folder), "--resume", "--set", "seed=5"]) == 2
    assert "was trained with seed = 0, not 5" in capsys.readouterr().err


def test_resume_takes_its_own_screen_and_no_other(
    trained: Run, table: Path, tiny_screen: Screen, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", "--out", str(trained.folder), "--resume", "--set", "steps=7", "--screen"]
    write_screen(tiny_screen.take(range(20)), table.parent / "fewer.csv")
    assert main([*arguments, str(table.parent / "fewer.csv")]) == 2
    assert "(20 images) is not the screen of" in capsys.readouterr().err
    assert main([*arguments, str(table)]) == 0


def test_run_whose_pixels_cannot_be_read_knows_its_screen(config_file: Path, table: Path, tmp_path: Path) -> None:
    moved = [(path, path.rename(path.with_suffix(".gone"))) for path in images_of(table)[:3]]
    out = ["--out", str(tmp_path / "run")]
    cache = ["--cache", str(tmp_path / "cache")]
    assert main(["train", str(config_file), "--screen", str(table), *out, *cache]) == 2
    for path, gone in moved:
        gone.rename(path)
    assert Run(tmp_path / "run").status() == "failed"
    assert main(["train", *out, *cache, "--resume"]) == 0
    assert Run(tmp_path / "run").status() == "done"


def images_of(table: Path) -> list[Path]:
    return [path for row in range(len(read_screen(table))) for path in read_screen(table).paths(row)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--out", "run"], "which recipe? Known: "),
        (["train", "demo-dino", "--out", "run"], "which screen? Give --screen SOURCE"),
        (["train", "--out", "run", "--resume"], "there is no run to resume at run"),
    ],
)
def test_what_is_missing_is_asked_for(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@unix_only
def test_ctrl_c_ends_at_the_next_step_with_a_checkpoint(config_file: Path, table: Path, tmp_path: Path) -> None:
    process, run = start_long(config_file, table, tmp_path / "run")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "stopping at the next step" in errors
    assert f"go on with: cdcl train --out {run.folder} --resume" in errors
    assert "Traceback" not in errors
    assert run.status() == "stopped"
    logged = int(run.log.read_text().splitlines()[-1].split(",")[0])
    assert run.checkpoint_steps()[-1] == logged + 1
    assert not run.stop.exists()


@unix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_asks_steps_to_stop_and_interrupts_all_else(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path)
    before = signal.getsignal(number)
    with stops_on_signals(run) as request:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        assert not run.stop.exists()
        request.notice(Began("train", 10))
        signal.raise_signal(number)
        assert run.stop.exists()
        signal.raise_signal(number)  # the echo of the first, as torchrun sends it
        monkeypatch.setattr("cdcl.cli.stopping._SAME_PRESS", 0.0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


@unix_only
def test_signal_whose_stop_file_cannot_be_made_ends_between_two_steps(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.stop.mkdir()
    with stops_on_signals(run) as request:
        request.notice(Began("train", 10))
        signal.raise_signal(signal.SIGTERM)
        request.notice(Measured(3, {}))
        with pytest.raises(KeyboardInterrupt):
            request.notice(Advanced(4))
    assert request.made


def test_run_at_work_refuses_a_second_process_and_ends_when_asked(
    config_file: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process, run = start_long(config_file, table, tmp_path / "run")
    assert run.status() == "running"
    assert main(["train", "--out", str(run.folder), "--resume"]) == 2
    assert f"is being trained by process {process.pid}" in capsys.readouterr().err
    run.stop.touch()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "go on with:" in errors
    assert run.status() == "stopped"


@unix_only
def test_killed_run_has_crashed_and_goes_on_from_its_checkpoint(
    config_file: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process, run = start_long(config_file, table, tmp_path / "run")
    wait_until(lambda: run.checkpoint_steps())
    process.kill()
    process.communicate()
    assert run.status() == "crashed"
    step = run.checkpoint_steps()[-1]
    arguments = ["train", "--out", str(run.folder), "--resume"]
    assert main([*arguments, "--set", f"steps={step + 2}", "--set", "save_every=1000"]) == 0
    assert f"resumed at step {step} of {step + 2}" in capsys.readouterr().err
    assert run.status() == "done"
    steps = [int(line.split(",")[0]) for line in run.log.read_text().splitlines()[1:]]
    assert steps == list(range(step + 2))


@unix_only
def test_training_outlives_whoever_reads_its_events(config_file: Path, table: Path, tmp_path: Path) -> None:
    process, run = start_long(config_file, table, tmp_path / "run", "--events")
    process.stdout.readline()
    process.stdout.close()
    before = len(run.log.read_text())
    wait_until(lambda: len(run.log.read_text()) > before + 500)
    assert process.poll() is None
    run.stop.touch()
    assert process.wait(timeout=30) == 0
    assert run.status() == "stopped"


def test_job_script_trains_the_same(
    config_file: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = tmp_path / "job.sh"
    arguments = ["train", str(config_file), "--screen", str(table), "--out", str(tmp_path / "run"), "--set", "seed=3"]
    assert main([*arguments, "--sbatch", str(job), "--nodes", "2", "--gpus", "4"]) == 0
    script = job.read_text()
    assert "#SBATCH --nodes=2" in script
    assert f"-m cdcl train {config_file} --screen {table} --out {tmp_path / 'run'} --set seed=3 $resume" in script
    assert not (tmp_path / "run").exists()
    assert f"submit it with: sbatch {job}" in capsys.readouterr().err


def test_run_knows_its_history(trained: Run) -> None:
    lines = [json.loads(line) for line in trained.events.read_text().splitlines()]
    assert [line["task"] for line in lines if line["event"] == "began"][-1] == "train"
    assert lines[-1]["reason"] == "done"


@pytest.mark.slow
def test_of_two_ranks_one_speaks_and_writes(config_file: Path, table: Path, tmp_path: Path) -> None:
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    arguments = ["train", config_file, "--screen", table, "--out", tmp_path / "run"]
    status, _, errors = call(*arguments, launcher=torchrun)
    assert status == 0, errors
    assert errors.count("partners: another batch 16") == 1
    assert Run(tmp_path / "run").status() == "done"
    assert load_config(str(tmp_path / "run" / "config.toml")) == load_config(str(config_file))


def test_one_command_starts_and_restarts(config_file: Path, table: Path, tmp_path: Path) -> None:
    command = ["train", str(config_file), "--screen", str(table), "--out", str(tmp_path / "run"), "--resume", "auto"]
    assert main([*command, "--set", "steps=3"]) == 0
    assert Run(tmp_path / "run").checkpoint_steps() == [3]
    assert main(command) == 0
    assert Run(tmp_path / "run").checkpoint_steps() == [3, 6]


def test_resume_on_a_table_of_other_treatments_is_refused_and_the_first_is_named(
    trained: Run, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = pd.read_csv(table, dtype=str, keep_default_na=False)
    other.loc[3, "treatment"] = "another"
    other.to_csv(table, index=False)
    assert main(["train", "--out", str(trained.folder), "--resume", "--screen", str(table)]) == 2
    assert "treatment of B1P1, A04, 1 was 'T3' and is 'another'" in capsys.readouterr().err


def test_a_branch_with_other_images_measures_them_and_one_with_other_channels_is_refused(
    config_file: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tmp_path / "first"
    assert main(["train", str(config_file), "--screen", str(table), "--out", str(first)]) == 0
    screen = read_screen(table)
    fewer = tmp_path / "fewer.csv"
    write_screen(screen.take([*range(4), *range(8, 12), *range(16, 20)]), fewer)
    words = ["train", "--from-checkpoint", str(first), "--set", "steps=7", "--out"]
    assert main([*words, str(tmp_path / "a"), "--screen", str(fewer)]) == 0
    assert "measured anew" in capsys.readouterr().err
    assert (tmp_path / "a" / "intensities.json").read_text() != (first / "intensities.json").read_text()
    swapped = tmp_path / "swapped.csv"
    write_screen(type(screen)(screen.sites, screen.channels[::-1], screen.folder), swapped)
    capsys.readouterr()
    assert main([*words, str(tmp_path / "b"), "--screen", str(swapped)]) == 2
    assert "matches channels by name" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_a_mistake_about_the_screen_leaves_no_folder_behind(
    config_file: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", str(config_file), "--screen", str(table), "--out", str(tmp_path / "run")]
    assert main([*words, "--set", 'split.test=["B9"]']) == 2
    assert "[split]: unknown batch 'B9'" in capsys.readouterr().err
    labels = ["method={name='supervised'}", "method.label=batch", 'split.test=["B2","B3"]']
    assert main([*words, *(word for setting in labels for word in ("--set", setting))]) == 2
    assert "fewer than two values in the training rows" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    assert main(words) == 0
