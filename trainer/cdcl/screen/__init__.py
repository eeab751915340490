"""What a screen is: its table, its pixels, their intensities, and which rows are held out.

`Screen` is imported when it is asked for first: who only counts wells or sorts names does without image files.
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
