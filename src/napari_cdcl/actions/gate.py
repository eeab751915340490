"""The gate in the window: protocols read, new plates read and held against one by a child, decisions kept.

What reads files may run in any thread. Nothing here changes the session: a new plate is no part of it yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.errors import RunError
from napari_cdcl.models.counting import counted
from napari_cdcl.preferences import device_arguments

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cdcl.quality.decisions import Decision, Statement
    from cdcl.runs import Run

STOPPED = 1
"""Exit status of `cdcl accept` where a plate is stopped: an answer, no failure."""


@dataclass(frozen=True, eq=False)
class Gate:
    """A protocol as it lies on disk.

    Attributes
    ----------
    folder
        Where.
    words
        What it is made of, in a line.
    """

    folder: Path
    words: str


@dataclass(frozen=True, eq=False)
class Newcomer:
    """The screen of new plates.

    Attributes
    ----------
    source
        Its folder or table.
    sites
        A row a field.
    plates
        Keys, "batch/plate", in natural order.
    words
        What it holds, in a line.
    """

    source: Path
    sites: pd.DataFrame
    plates: tuple[str, ...]
    words: str


def is_protocol(folder: Path) -> bool:
    """Tell whether a folder claims to be a protocol."""
    from cdcl.quality.protocol import CARD  # pandas takes a moment to import

    return (folder / CARD).is_file()


def protocol_steps(run: Run, place: Path, correction: str, *, focus: bool) -> list[list[str]]:
    """Give the arguments of the child that makes a protocol of a run.

    Parameters
    ----------
    correction
        A key of `cdcl.profiles.CORRECTIONS`, or "".
    focus
        Whether focus is judged, too: that reads all pixels.

    Raises
    ------
    RunError
        If the run has no profiles yet.
    """
    if not run.profiles("site").is_file():
        raise RunError(f"{run.folder.name} has no profiles yet; embed it first (tab Embed).")
    parts = [*(["--correction", correction] if correction else []), *([] if focus else ["--no-fields"])]
    return [["protocol", str(run.folder), "-o", str(place), *parts]]


def free_place(run: Run, folder: Path | None) -> str:
    """Propose a name for the protocol of a run that is not taken in a folder."""
    name = f"{run.folder.name}-protocol"
    if folder is None:
        return name
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    return str(folder / next(one for one in names if not (folder / one).exists()))


def accept_steps(newcomer: Newcomer, gate: Gate, out: Path) -> list[list[str]]:
    """Give the arguments of the child that holds new plates against a protocol and writes its checks."""
    words = ["--protocol", str(gate.folder), "-o", str(out), *device_arguments()]
    return [["accept", str(newcomer.source), *words]]


def read_gate(folder: Path) -> Gate:
    """Read what a protocol is made of.

    Raises
    ------
    ProfilesError
        If the folder holds none, or a damaged one.
    """
    from cdcl.quality.protocol import read_protocol  # pandas takes a moment to import

    protocol = read_protocol(folder)
    num = max(len(protocol.drift), 1)
    parts = [f"{', '.join(protocol.channels)}: {counted(num, 'reference plates')}"]
    parts += [f"{kind} frozen" for kind in ("correction", "classifier") if (folder / f"{kind}.npz").is_file()]
    parts += [f"Z' of {', '.join(protocol.z_prime)}"] if protocol.z_prime else []
    parts += [] if protocol.focus else ["focus is not judged"]
    return Gate(folder, " · ".join(parts))


def read_newcomer(source: Path) -> Newcomer:
    """Read the table of new plates.

    Raises
    ------
    CDCLError
        If there is no screen.
    """
    from cdcl.readers import read_screen  # takes a moment to import
    from cdcl.screen.natural import natural
    from cdcl.screen.plates import plate_keys, well_keys

    screen = read_screen(source)
    plates = tuple(sorted(set(plate_keys(screen.sites).astype(str)), key=natural))
    wells = counted(int(well_keys(screen.sites).nunique()), "wells")
    fields = counted(len(screen), "fields")
    words = f"{counted(len(plates), 'plates')}, {wells}, {fields} of {', '.join(screen.channels)}"
    return Newcomer(source, screen.sites, plates, words)


def read_checks(path: Path) -> pd.DataFrame:
    """Read what the child found.

    Raises
    ------
    CDCLError
        If it is no table of checks.
    """
    from cdcl.quality.acceptance import from_table  # pandas takes a moment to import
    from cdcl.runs.own_tables import CHECKS

    table = CHECKS.read(path)
    from_table(table)  # refuses what is no verdict
    return table


def overall(checks: pd.DataFrame, plate: str | None = None) -> str:
    """Give the worst verdict, of all plates, or of one."""
    from cdcl.quality.acceptance import from_table, verdict_of

    return verdict_of(from_table(checks), plate)


def keep_statement(gate: Gate, newcomer: Newcomer, statement: Statement, checks: pd.DataFrame) -> Decision:
    """Add a decision to those of a protocol, as `cdcl accept --decide` does.

    Raises
    ------
    CDCLError
        If it has no reason, names a plate or well that is not there, or cannot be written.
    """
    from cdcl.quality.acceptance import from_table
    from cdcl.quality.decisions import decide, keep_decision, settle

    decision = decide(settle(statement, newcomer.sites), newcomer.source, from_table(checks))
    keep_decision(gate.folder, decision)
    return decision


def stamp_of_decisions(gate: Gate) -> int:
    """Give what changes when a decision is added, here or elsewhere."""
    from cdcl.quality.decisions import DECISIONS

    path = gate.folder / DECISIONS
    return path.stat().st_mtime_ns if path.is_file() else 0


def read_history(gate: Gate) -> tuple[list[Decision], int]:
    """Read the decisions of a protocol, and how many of its lines are none.

    Raises
    ------
    ProfilesError
        If the file is no text.
    """
    from cdcl.quality.decisions import read_decisions

    return read_decisions(gate.folder)
