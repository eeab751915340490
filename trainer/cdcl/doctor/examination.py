"""All examinations in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.doctor.check import Check
from cdcl.doctor.machine import look_at_machine
from cdcl.doctor.networks import look_at_networks
from cdcl.doctor.packages import look_at_packages
from cdcl.doctor.window import look_at_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMINATIONS: dict[str, Callable[[], list[Check]]] = {
    "machine": look_at_machine,
    "packages": look_at_packages,
    "networks": look_at_networks,
    "window": look_at_window,
}
"""What is looked at, and by what; each uses the standard library alone and asks children about the rest."""


def examine() -> Iterator[Check]:
    """Give findings as they come; an examination that fails is a finding itself.

    Yields
    ------
    Check
        One part of the installation, in the order of `EXAMINATIONS`; each part is looked at when its turn comes, in
        processes of its own, which takes seconds.
    """
    for name, look in EXAMINATIONS.items():
        try:
            yield from look()
        except Exception as error:  # whatever an installation is like, the others are looked at too
            yield Check(name, "missing", f"could not be looked at: {type(error).__name__}: {error}")
