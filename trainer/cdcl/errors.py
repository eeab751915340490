"""Every error a user can mend, each saying what is wrong, where, and how to mend it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class CDCLError(Exception):
    """Root of all errors that cdcl raises on purpose; the CLI prints it in one line and exits with 2."""


class ScreenError(CDCLError, ValueError):
    """The table of a screen is missing, incomplete or contradicts itself."""


class ImageError(CDCLError, ValueError):
    """An image file is missing, unreadable, or not of the shape the screen promises."""


class ConfigError(CDCLError, ValueError):
    """A recipe, a config file or a setting on the command line is wrong."""


class DiskError(CDCLError, OSError):
    """The disk is full, or a place that must be written is read-only."""


class RunError(CDCLError, RuntimeError):
    """A run folder is in the way, incomplete, or a training run had to stop."""


class ModelError(CDCLError, ValueError):
    """A checkpoint cannot be loaded, or does not fit the screen it is asked to embed."""


class ProfilesError(CDCLError, ValueError):
    """A profile table cannot be read, or does not carry what a metric needs."""


class UnknownColumnError(ProfilesError):
    """A table lacks a column.

    Attributes
    ----------
    short
        The same in a few words, for a table of scores: most columns are lacking by design.
    """

    def __init__(self, name: str, known: Iterable[str], called: str = "") -> None:
        names = sorted(map(str, known))
        super().__init__(unknown_name("column", name, names, called))
        nearest = called if called in names else _nearest(name, names)
        self.short = f"no column {name}" + (f"; did you mean '{nearest}'?" if nearest else "")


_ALIKE = 0.6
"""Likeness from which a name is taken for a slip of another, as `difflib` measures it: "target" and "treatment" have
0.53 and are two words, "tvm" and "tvn" 0.67. Capitals do not count."""
_SHORT, _ALIKE_SHORT = 3, 0.5
"""Letters of a short name, and its likeness: one slip in "P3" leaves half of it."""


_MOST_LISTED, _EXAMPLES = 40, 8
"""Names that are listed in full, three lines of a terminal; of more, a line of those that are nearest."""


_OWN = frozenset(
    (
        "batch",
        "cell",
        "cell_line",
        "compound",
        "concentration",
        "control",
        "gene",
        "mechanism",
        "plate",
        "site",
        "source",
        "split",
        "target",
        "treatment",
        "well",
    )
)
"""Columns that we name ourselves: a table that lacks one does not hold it misspelt as another of them."""


def unknown_name(kind: str, name: str, known: Iterable[str], called: str = "") -> str:
    """Describe an unknown `name` of a `kind` ("recipe", "setting"), with the nearest known one.

    `called` is what tables from elsewhere call so are called here: it goes first, where it is known. All that are known
    are listed; of more than 40 the nearest, and their number.
    """
    names = sorted(known)
    nearest = _nearest(name, names)
    hint = f" Did you mean '{nearest}'?" if nearest else ""
    if called in names:
        hint = f" It is called '{called}' here."
    return f"unknown {kind} '{name}'.{hint} {_listed(name, names)}"


def _listed(name: str, names: list[str]) -> str:
    if len(names) <= _MOST_LISTED:
        return f"Known: {', '.join(names)}."
    folded = {known.casefold(): known for known in names}
    near = get_close_matches(name.casefold(), list(folded), n=_EXAMPLES, cutoff=0.0)
    return f"Known are {len(names)}, such as {', '.join(folded[one] for one in near)}."


def _nearest(name: str, names: Iterable[str]) -> str:
    folded = {known.casefold(): known for known in names if not {name, known} <= _OWN}
    cutoff = _ALIKE_SHORT if len(name) <= _SHORT else _ALIKE
    return next((folded[one] for one in get_close_matches(name.casefold(), list(folded), n=1, cutoff=cutoff)), "")
