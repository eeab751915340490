"""Start a run in a new folder, or go on in one that is there."""

from __future__ import annotations

import json
import os
import platform
import shutil
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdcl import __version__
from cdcl.atomic import disk_errors, is_litter, write_text
from cdcl.bounded import read_json
from cdcl.config.recipes import load_config, write_config
from cdcl.errors import CDCLError, RunError
from cdcl.locks import is_locked
from cdcl.runs.lock import refuse_if_locked
from cdcl.runs.run import Run
from cdcl.runs.sweeping import refuse_links
from cdcl.wording import option

if TYPE_CHECKING:
    from cdcl.config import RunConfig

CHANGEABLE = (
    *("steps", "epochs", "save_every", "log_every", "probes", "workers", "device"),
    *("micro_batch", "model.compile", "model.checkpointing", "model.pack", "recipe", "about"),
)
"""Settings that may differ when a run goes on: how long, how often, and on what, but not what is learned."""

TUNABLE = ("optimizer.lr", "optimizer.clip", "precision")
"""Settings that may differ, too, when a run went astray; the run says from which step on."""

_PACKAGES = ("numpy", "pandas", "torch", "timm", "safetensors")


_OF_A_START = (
    "config.toml",
    "environment.json",
    "screen.parquet",
    "cells.parquet",
    "cells.lock",
    ".cells.lock.lock",
    "intensities.json",
    "illumination.json",
    "checksums.txt",
    "events.jsonl",
    "checkpoints",
    "probes",
    "cluster.json",
    "STOP",
    "RUNNING",
    ".RUNNING.lock",
)
"""What a run's folder holds before its first step."""


def start_run(folder: Path, config: RunConfig) -> Run:
    """Make the folder of a new run, with its config and its environment.

    Parameters
    ----------
    folder
        It must be empty or not there; a run in which nothing was trained is cleared. Where this process is a job that
        the run was submitted as, what says so and the user's notes stay.

    Returns
    -------
    Run
        To be trained.

    Raises
    ------
    RunError
        If the folder holds something already.
    DiskError
        If it cannot be written.
    """
    if folder.is_dir() and _nothing_was_trained(Run(folder)):
        _clear(Run(folder))
    if folder.is_dir() and any(entry.name not in _of_its_wait(Run(folder)) for entry in folder.iterdir()):
        mend = (
            f"add {option('resume')} to go on with it, or choose"
            if Run(folder).config.exists()
            else "it is no run; choose"
        )
        raise RunError(f"{folder} already exists: {mend} another folder.")
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is a file; choose another folder.")
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    run = Run(folder)
    write_text(run.environment, json.dumps(describe_environment(), indent=1))
    write_config(config, run.config)
    return run


def _nothing_was_trained(run: Run) -> bool:
    """Tell whether a folder holds no more than a start that was refused or killed: no step, nothing of the user's."""
    steps = run.checkpoint_steps() or run.snapshot_steps() or run.log.exists()
    names = {entry.name for entry in run.folder.iterdir()} - _of_its_wait(run)
    return not steps and not is_locked(run.running) and names <= {*_OF_A_START, *filter(is_litter, names)}


def _clear(run: Run) -> None:
    kept = _of_its_wait(run)
    for entry in run.folder.iterdir():
        if entry.name in kept:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            with disk_errors(entry):
                entry.unlink()


def _of_its_wait(run: Run) -> set[str]:
    """Name what may have come while the run waited in a queue as the job that this process is of: others rely on it."""
    try:
        waited = str(read_json(run.submission)["job"]) == os.environ["SLURM_JOB_ID"]
    except (CDCLError, KeyError, TypeError):
        return set()
    return {run.submission.name, "notes.txt"} if waited else set()


def reopen_run(folder: Path, config: RunConfig | None = None) -> Run:
    """Open a run to go on with it.

    A new config may differ from the run's own in how long, how often and on what it trains (`CHANGEABLE`), in learning
    rate, clipping and precision (`TUNABLE`), and in a smaller batch.

    Parameters
    ----------
    folder
        Of the run.
    config
        What is asked for now; None keeps the run's own.

    Returns
    -------
    Run
        Its config is replaced by `config`; without a checkpoint it begins anew, with an empty log.

    Raises
    ------
    RunError
        If there is no run, another process trains it now, or `config` would change what is learned.
    """
    run = Run(folder)
    if not run.config.exists():
        raise RunError(
            f"there is no run to resume at {folder}: no {run.config.name} in it. With a recipe and "
            f"{option('screen')} it begins."
        )
    refuse_if_locked(run.running)
    refuse_links(run)
    if config is not None:
        check_continues(run, config)
        write_config(config, run.config)
    if not run.checkpoint_steps():
        # It begins anew, and its log with it.
        with disk_errors(run.log):
            run.log.unlink(missing_ok=True)
    return run


def describe_environment() -> dict[str, Any]:
    """Name versions, system and processor, without importing what is named."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"cdcl": __version__, "python": platform.python_version(), **_versions()},
        "platform": platform.platform(),
        "cpu": _cpu_name(),
        "cores": os.cpu_count() or 1,
    }


def check_continues(run: Run, new: RunConfig) -> None:
    """Refuse settings that a run cannot go on with; nothing is written.

    Raises
    ------
    RunError
        If `new` would change what is learned, or end the run before the step that it has reached.
    """
    old = load_config(str(run.config))
    before, after = _flatten(old.model_dump(mode="json")), _flatten(new.model_dump(mode="json"))
    for name in sorted(before.keys() | after.keys()):
        if name == "batch_size" and after[name] < before[name]:
            continue  # the memory is what it is; the run says from which step on
        if name not in (*CHANGEABLE, *TUNABLE) and before.get(name) != after.get(name):
            raise RunError(
                f"{run.folder} was trained with {name} = {before.get(name)!r}, not {after.get(name)!r}; a run goes on "
                f"only with its own settings (you may change {', '.join((*CHANGEABLE[:-2], *TUNABLE))}, and lower "
                "batch_size). Use a new folder."
            )
    reached = max(run.checkpoint_steps(), default=0)
    if new.steps is not None and new.steps != old.steps and new.steps < reached:
        raise RunError(
            f"{run.folder} is at step {reached} and cannot end at step {new.steps}; ask for {reached} or more, or take "
            f"a checkpoint of an earlier step into a new folder with {option('from-checkpoint')}."
        )


def _flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= _flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = ""
    return found


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
