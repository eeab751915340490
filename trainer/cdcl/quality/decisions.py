"""Who let plates in or turned them away, when and why: lines added to a protocol's file, never changed."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cdcl.atomic import append_text
from cdcl.bounded import parse_json, read_text
from cdcl.errors import CDCLError, ProfilesError, ScreenError
from cdcl.quality.acceptance import JOINS, verdict_of
from cdcl.screen.plates import normalise_well, plate_keys
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from cdcl.quality.acceptance import Check

DECISIONS = "decisions.jsonl"
"""In the protocol's folder: a line a decision."""
APPROVED, REJECTED = CHOICES = ("approved", "rejected")
NAMED = 5
"""Plates or wells that a refusal names; the others are like them."""


@dataclass(frozen=True)
class Statement:
    """What somebody says of new plates.

    Attributes
    ----------
    decision
        One of `CHOICES`.
    why
        The reason, which is not empty.
    who
        Who says it; "" is who is logged in.
    plates
        Keys, "batch/plate", or names of plates; none are all of them.
    wells
        Wells of these plates; none are all of them.
    """

    decision: str
    why: str
    who: str = ""
    plates: tuple[str, ...] = ()
    wells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """A line of the file: a statement with its time (ISO 8601, UTC), of which screen, and what the checks had found."""

    when: str
    who: str
    decision: str
    why: str
    wells: tuple[str, ...]
    source: str
    plates: tuple[str, ...]
    verdict: str
    reasons: tuple[str, ...]


def settle(statement: Statement, sites: pd.DataFrame) -> Statement:
    """Spell out whom a statement is by and which plates and wells it is of.

    Parameters
    ----------
    sites
        The table of the new screen.

    Raises
    ------
    ProfilesError
        If it has no reason, is neither approved nor rejected, or nobody is known to say it.
    ScreenError
        If a plate is not in the screen, or a well on none of the plates.
    """
    if statement.decision not in CHOICES:
        raise ProfilesError(f"a decision is {' or '.join(CHOICES)}, not '{statement.decision[:40]}'.")
    why, who = statement.why.strip(), statement.who.strip() or user_name()
    if not why:
        raise ProfilesError(f"a decision needs its reason: {option('why')} TEXT.")
    if not who:
        raise ProfilesError(f"nobody is known to decide: {option('who')} NAME.")
    keys, names = plate_keys(sites).astype(str), sites["plate"].astype(str)
    wanted = [plate.strip() for plate in statement.plates if plate.strip()]
    _refuse_strangers(wanted, {*keys, *names}, "no plate of this screen")
    own = keys.isin(wanted) | names.isin(wanted) if wanted else keys.notna()
    wells = [normalise_well(well) for well in statement.wells if well.strip()]
    _refuse_strangers(wells, set(sites["well"].astype(str)[own]), "no well of these plates")
    plates = tuple(sorted(set(keys[own])))
    return Statement(statement.decision, why, who, plates, tuple(dict.fromkeys(wells)))


def decide(settled: Statement, source: Path, checks: Sequence[Check]) -> Decision:
    """Make a decision of a statement that `settle` gave, and of what was found on its plates."""
    own = [check for check in checks if check.plate in ("", *settled.plates)]
    reasons = tuple(f"{check.check}: {check.reason}" for check in own if check.verdict != JOINS)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    spoken = (settled.who, settled.decision, settled.why, settled.wells)
    return Decision(when, *spoken, str(source), settled.plates, verdict_of(own), reasons)


def keep_decision(folder: Path, decision: Decision) -> None:
    """Add a line to the decisions in a protocol's folder; what stands there stays as it is.

    Raises
    ------
    DiskError
        If it cannot be written.
    """
    path = folder / DECISIONS
    line = json.dumps(asdict(decision), ensure_ascii=False)
    append_text(path, f"\n{line}\n" if _is_torn(path) else f"{line}\n")


def read_decisions(folder: Path) -> tuple[list[Decision], int]:
    """Read the decisions of a protocol.

    Returns
    -------
    list of Decision
        In the order in which they were made.
    int
        How many lines are none: somebody has edited them, or a process was killed while it wrote.

    Raises
    ------
    ProfilesError
        If the file is no text, or larger than any such file.
    """
    path = folder / DECISIONS
    if not path.exists():
        return [], 0
    # Not splitlines: JSON leaves the line separators of Unicode in a text as they are.
    lines = [line for line in read_text(path, ProfilesError).split("\n") if line.strip()]
    found = [one for one in (_parse(line, path) for line in lines) if one is not None]
    return found, len(lines) - len(found)


def user_name() -> str:
    """Give the name of who is logged in; "" where the system knows none, as in a container."""
    try:
        return getpass.getuser()
    except (OSError, LookupError, ImportError):  # no such user in the system's list; on Windows there is no list
        return ""


def _refuse_strangers(wanted: list[str], known: set[str], what: str) -> None:
    strangers = sorted(set(wanted) - known)
    if strangers:
        some = ", ".join(sorted(known)[:NAMED]) + (", ..." if len(known) > NAMED else "")
        raise ScreenError(f"'{', '.join(strangers[:NAMED])}' is {what}; there are {some}.")


def _is_torn(path: Path) -> bool:
    """Tell whether the last line has no end: whoever wrote it was killed."""
    if not path.is_file() or path.is_symlink() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) != b"\n"


def _parse(line: str, path: Path) -> Decision | None:
    try:
        card: dict[str, Any] = parse_json(line, path, ProfilesError)
        lists = {name: tuple(map(str, card[name])) for name in ("wells", "plates", "reasons")}
        texts = {one.name: str(card[one.name]) for one in fields(Decision) if one.name not in lists}
        whole = all(isinstance(card[name], list) for name in lists)
    except (CDCLError, LookupError, TypeError):
        return None
    return Decision(**texts, **lists) if whole and texts["decision"] in CHOICES else None  # type: ignore[arg-type]
