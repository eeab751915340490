"""What the window writes before a training starts: a config and a screen that a terminal could use as well. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.bounded import read_json
from cdcl.config import write_config
from cdcl.errors import CDCLError, ConfigError, ScreenError
from cdcl.runs import Run, list_runs
from napari_cdcl.runs.cluster import follow_plan, was_submitted
from napari_cdcl.runs.devices import startable
from napari_cdcl.runs.training_queue import Plan

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

IN_MEMORY = (
    "The images of this screen are in memory only, and too few to learn from. Write a simulated screen to a folder "
    "(the button below), or open your own."
)


def has_files(screen: Screen) -> bool:
    """Tell whether the screen's images are files, which a child can read."""
    return all(column in screen.sites for column in screen.path_columns)


def free_name(folder: Path, recipe: str) -> str:
    """Propose a name for a run that nothing in `folder` has yet: "cdcl-small-3"."""
    stem = recipe or "run"
    number = 1
    while any((folder / f"{stem}-{number}{suffix}").exists() for suffix in ("", ".toml")):
        number += 1
    return f"{stem}-{number}"


def check_name(folder: Path, name: str) -> Path:
    """Give the folder of a new run.

    Raises
    ------
    ConfigError
        If the name cannot be one of a folder, or is taken.
    """
    if not name or name != name.strip() or any(letter in name for letter in '/\\:*?"<>|') or name.startswith("."):
        raise ConfigError(f"“{name}” cannot be the name of a folder; use letters, digits, - and _.")
    place = folder / name
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise ConfigError(f"{name} exists already in {folder}; choose another name.")
    return place


def write_plan(config: RunConfig, screen: Screen, folder: Path, processes: int = 1, cells: Path | None = None) -> Plan:
    """Write `<run>.toml` and `<run>.screen.parquet` beside the folder of a new run, and give what trains it.

    Parameters
    ----------
    cells
        The file of the screen's cells, for a config that wants cells of a table, or the best there are.

    Raises
    ------
    ScreenError
        If the images are no files.
    ConfigError
        If the config names columns or groups that the screen has not.
    DiskError
        If they cannot be written.
    """
    from cdcl.screen.requirements import check_columns  # they bring pandas and image formats: no panel waits for them
    from cdcl.screen.splits import assign_split
    from cdcl.screen.tables import write_screen

    if not has_files(screen):
        raise ScreenError(IN_MEMORY)
    assign_split(screen, config.split)
    if config.cells.source == "none":
        check_columns(screen.sites, config)
    recipe, table = _beside(folder, ".toml"), _beside(folder, ".screen.parquet")
    write_config(config, recipe)
    write_screen(screen, table)
    known = ("--cells", str(cells)) if cells is not None and config.cells.source in ("auto", "table") else ()
    return Plan(folder, (str(recipe), "--screen", str(table), *known, "--out", str(folder)), processes)


def resume_plan(run: Run, *settings: str) -> Plan:
    """Give what goes on with a run, with settings such as "steps=2000" that may change."""
    changes = [word for setting in settings for word in ("--set", setting)]
    return Plan(run.folder, ("--out", str(run.folder), "--resume", *changes), _processes_of(run))


def go_on_plan(run: Run, *settings: str) -> Plan:
    """Give what goes on with a run where it trains: one that was submitted is followed, never trained here as well."""
    return follow_plan(run) if was_submitted(run) else resume_plan(run, *settings)


def branch_plan(run: Run, step: int, folder: Path, *settings: str) -> Plan:
    """Give what begins a new run at a checkpoint of another."""
    changes = [word for setting in settings for word in ("--set", setting)]
    place = run.checkpoints / str(step)
    return Plan(folder, ("--out", str(folder), "--from-checkpoint", str(place), *changes), _processes_of(run))


def live_runs(folder: Path) -> list[Run]:
    """List the runs at or below a folder that a process is at work in."""
    try:
        return [run for run in list_runs(folder) if run.status() == "running"]
    except (CDCLError, OSError):
        return []


def _processes_of(run: Run) -> int:
    """Give how many processes trained the run last, as far as there are devices for them here."""
    for step in reversed(run.checkpoint_steps()):
        try:
            card = read_json(run.checkpoints / str(step) / "weights.json")
            return startable(str(card["config"]["device"]), int(card.get("processes", 1)))
        except (CDCLError, ValueError, KeyError, TypeError):
            continue
    return 1


def _beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(folder.name + suffix)
