"""Starting, reopening and listing runs."""

from __future__ import annotations

import json
import os
from importlib.metadata import version
from math import isnan
from typing import TYPE_CHECKING

import pytest

from cdcl.config import load_config
from cdcl.errors import DiskError, RunError
from cdcl.events import Ended
from cdcl.runs import Run, list_runs, record, reopen_run, start_run, summarise

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = ["steps=400", "seed=0", "batch_size=64", "optimizer.lr=0.001"]
"""Settings that these tests count on, whatever the recipe comes to."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return start_run(tmp_path / "runs" / "first", load_config("demo-dino", KNOWN))


def test_new_run_has_its_config_and_its_environment(run: Run) -> None:
    assert load_config(str(run.config)) == load_config("demo-dino", KNOWN)
    environment = json.loads(run.environment.read_text())
    assert environment["versions"]["numpy"] == version("numpy")
    assert environment["versions"]["torch"] == version("torch")
    assert environment["cores"] == os.cpu_count()


def test_existing_run_is_refused_and_resume_is_named(run: Run) -> None:
    before = run.config.read_bytes()
    run.log.write_text("step,seconds,loss\n0,0.1,3.0\n")
    with pytest.raises(RunError, match="already exists: add --resume"):
        start_run(run.folder, load_config("demo-cdcl"))
    assert run.config.read_bytes() == before


def test_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(RunError, match="it is no run; choose another folder"):
        start_run(tmp_path, load_config("demo-dino"))


def test_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(RunError, match="is a file; choose another folder"):
        start_run(tmp_path / "run", load_config("demo-dino"))


def test_file_in_place_of_a_parent_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(DiskError, match="a file stands where a folder is needed"):
        start_run(tmp_path / "runs" / "first", load_config("demo-dino"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_place_is_a_disk_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DiskError, match="may not write there"):
        start_run(tmp_path / "first", load_config("demo-dino"))


def test_empty_folder_may_become_a_run(tmp_path: Path) -> None:
    assert start_run(tmp_path, load_config("demo-dino")).config.exists()


def test_missing_run_cannot_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"there is no run to resume at .*nothing: no config\.toml in it"):
        reopen_run(tmp_path / "nothing")


@pytest.mark.parametrize(
    "setting", ["steps=9999", "save_every=7", "log_every=3", "workers=0", "device=cuda", "batch_size=32"]
)
def test_run_may_go_on_longer_or_elsewhere(setting: str, run: Run) -> None:
    longer = load_config("demo-dino", [*KNOWN, setting])
    reopen_run(run.folder, longer)
    assert load_config(str(run.config)) == longer


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("optimizer.weight_decay=0.5", "optimizer.weight_decay = 0.04, not 0.5"),
        ("seed=5", "seed = 0, not 5"),
        ("batch_size=128", "batch_size = 64, not 128"),
        ('split.test=["B1"]', "split.test"),
    ],
)
def test_run_may_not_go_on_as_another(setting: str, words: str, run: Run) -> None:
    before = run.config.read_bytes()
    with pytest.raises(RunError) as caught:
        reopen_run(run.folder, load_config("demo-dino", [*KNOWN, setting]))
    assert words in str(caught.value)
    assert run.config.read_bytes() == before


def test_a_run_does_not_end_before_the_step_that_it_has_reached(run: Run) -> None:
    (run.checkpoints / "300").mkdir(parents=True)
    before = run.config.read_bytes()
    with pytest.raises(RunError, match="is at step 300 and cannot end at step 299; ask for 300 or more"):
        reopen_run(run.folder, load_config("demo-dino", [*KNOWN, "steps=299"]))
    assert run.config.read_bytes() == before
    reopen_run(run.folder, load_config("demo-dino", [*KNOWN, "steps=300"]))


def test_another_method_is_another_run(run: Run) -> None:
    with pytest.raises(RunError, match="was trained with method"):
        reopen_run(run.folder, load_config("demo-cdcl", [*KNOWN, "intensities.method=image"]))


def test_run_at_work_is_not_reopened(run: Run) -> None:
    task = record((event for event in [Ended(), Ended()]), run)
    next(task)
    with pytest.raises(RunError, match="is being trained"):
        reopen_run(run.folder)
    task.close()
    reopen_run(run.folder)


def test_run_killed_before_its_first_checkpoint_begins_a_new_log(run: Run) -> None:
    run.log.write_text("step,loss\n0,3\n")
    reopen_run(run.folder)
    assert not run.log.exists()


def test_log_of_a_run_with_a_checkpoint_is_kept(run: Run) -> None:
    run.log.write_text("step,loss\n0,3\n")
    (run.checkpoints / "1").mkdir(parents=True)
    reopen_run(run.folder)
    assert run.log.exists()


def test_runs_are_found_by_name_at_any_of_three_depths(run: Run, tmp_path: Path) -> None:
    others = [start_run(tmp_path / name, load_config("demo-cdcl")) for name in ("alone", "runs/a/deep")]
    (tmp_path / "images").mkdir()
    assert list_runs(tmp_path) == [others[0], others[1], run]
    assert list_runs(run.folder) == [run]


def test_submitted_run_is_listed_before_its_job_begins(run: Run, tmp_path: Path) -> None:
    waits = Run(tmp_path / "runs" / "waits")
    waits.folder.mkdir()
    waits.submission.write_text("{}")
    assert list_runs(tmp_path) == [run, waits]
    assert [summarise(one).status for one in (run, waits)] == ["stopped", "submitted"]
    waits.events.write_text("")
    assert waits.status() == "stopped"


def test_no_folder_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path) == []
    with pytest.raises(RunError, match="there is no folder"):
        list_runs(tmp_path / "nothing")


def test_summary_tells_what_the_folder_tells(run: Run) -> None:
    run.log.write_text("step,seconds,loss\n0,0.5,3.25\n10,1.5,2.75\n20,1.")
    (run.checkpoints / "5").mkdir(parents=True)
    found = summarise(run)
    assert (found.recipe, found.status, found.step, found.steps, found.loss) == ("demo-dino", "stopped", 11, 400, 2.75)
    assert found.num_bytes == sum(file.stat().st_size for file in run.folder.rglob("*") if file.is_file())


def test_summary_of_a_run_that_never_stepped(run: Run) -> None:
    run.config.write_text("damaged = ")
    found = summarise(run)
    assert (found.recipe, found.step, found.steps) == ("", 0, 0)
    assert isnan(found.loss)


def test_attention_of_oddly_named_fields_stays_in_the_run(run: Run) -> None:
    path = run.attention("plate/../1_A01_1")
    assert path.parent == run.folder / "attention"


def test_start_that_was_refused_or_killed_before_its_first_step_blocks_no_other(run: Run) -> None:
    run.events.write_text("{}\n")
    run.checkpoints.mkdir()
    (run.folder / ".screen.parquet.123.tmp").write_text("half")
    again = start_run(run.folder, load_config("demo-dino", ["seed=5"]))
    assert load_config(str(again.config)).seed == 5
    assert sorted(entry.name for entry in run.folder.iterdir()) == ["config.toml", "environment.json"]


@pytest.mark.parametrize(("job", "kept"), [("42", True), ("43", False), ("", False)])
def test_job_keeps_what_says_where_it_was_submitted_and_another_training_does_not(
    job: str, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "waits")
    run.folder.mkdir()
    run.submission.write_text('{"job": "42"}')
    run.stop.write_text("")
    monkeypatch.setenv("SLURM_JOB_ID", job)
    assert start_run(run.folder, load_config("demo-dino", KNOWN)) == run
    assert (run.config.exists(), run.submission.exists(), run.stop.exists()) == (True, kept, False)


def test_notes_on_a_run_that_waits_stay_and_do_not_hinder_its_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "waits")
    run.folder.mkdir()
    run.submission.write_text('{"job": "42"}')
    (run.folder / "notes.txt").write_text("mine")
    monkeypatch.setenv("SLURM_JOB_ID", "42")
    start_run(run.folder, load_config("demo-dino", KNOWN))
    assert (run.folder / "notes.txt").read_text() == "mine"
    assert run.submission.exists()


def test_folder_with_anything_of_the_users_in_it_is_never_cleared(run: Run) -> None:
    (run.folder / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="already exists"):
        start_run(run.folder, load_config("demo-dino"))
    assert (run.folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["events.jsonl", "log.csv", "checkpoints", "config.toml"])
def test_run_whose_files_are_links_is_not_gone_on_with(name: str, run: Run, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    if (run.folder / name).exists():
        (run.folder / name).rename(precious)
    else:
        precious.write_text("precious")
    (run.folder / name).symlink_to(precious)
    with pytest.raises(RunError, match=f"{name} is a link, and nothing is written through one"):
        reopen_run(run.folder)


@pytest.mark.parametrize("name", ["²", "٣", "007", "-3", "1" * 400, "3.tmp"])
def test_folder_that_is_no_step_is_no_checkpoint(name: str, run: Run) -> None:
    (run.checkpoints / name[:200]).mkdir(parents=True)
    assert run.checkpoint_steps() == []
