"""What is done with whole runs, and with the installation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.cli.arguments.parts import add_verb

if TYPE_CHECKING:
    from cdcl.cli.arguments.parts import Verbs


def report(verbs: Verbs) -> None:
    """Add `cdcl report`."""
    parser = add_verb(verbs, "report", "Write a run as one self-contained HTML page.", "runs/first")
    parser.add_argument("run", type=Path, metavar="RUN")


def runs(verbs: Verbs) -> None:
    """Add `cdcl runs`."""
    parser = add_verb(verbs, "runs", "List the runs in a folder: how far they are and how they ended.", "runs/")
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="DIR", help="default: here")


def doctor(verbs: Verbs) -> None:
    """Add `cdcl doctor`."""
    add_verb(
        verbs,
        "doctor",
        "Examine the installation: versions, devices, Qt, OpenGL, cache and disk, and how to mend what is missing.",
        "",
        "--events",
    )
