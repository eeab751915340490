"""What a screen is: the table of its fields of view, their controls, and which rows are held out.

`Screen` is imported when it is first asked for. So a module that only counts wells or sorts names loads no code for
image files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdcl.screen.screen import Screen


def __getattr__(name: str) -> Any:
    """Give the class, once its module is there (PEP 562)."""
    if name != "Screen":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cdcl.screen.screen import Screen

    globals()[name] = Screen
    return Screen


__all__ = ["Screen"]
