"""Options that do nothing without another: who gives one alone is told, for it would be passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.cli.arguments.parts import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

NEEDS = {
    "accept": dict.fromkeys(("why", "who", "plates", "wells"), "decide"),
    "archetypes": {"screen": "labelled"},
    "classify": dict.fromkeys(("keep", "kind", "seed"), "classes"),
    "compare": {"channels": "model"},
}
"""Of each verb, options and the one without which they do nothing."""

_USUAL = {"kind": "logistic"}
"""What stands where such an option is not given, if it is not nothing."""


def refuse_idle(args: Namespace) -> None:
    """Refuse an option that would be passed over.

    Raises
    ------
    UsageError
        If one is given without the option that it belongs to.
    """
    for name, needed in NEEDS.get(args.verb, {}).items():
        given = getattr(args, name) and getattr(args, name) != _USUAL.get(name)
        if given and not getattr(args, needed):
            raise UsageError(f"--{name} does nothing without --{needed}; give that too, or leave --{name} out.")
