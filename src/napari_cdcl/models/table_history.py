"""What the table of items, and the labels of the screen, were before they were changed: to go back, and forth again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from cdcl.screen import Screen

MOST = 30
"""Changes that are kept: of a million items, a column of texts takes some 10 MB."""


@dataclass(frozen=True, eq=False)
class TableChange:
    """What a change has replaced.

    Attributes
    ----------
    columns
        Columns of the items as they were; None for one that was not there.
    screen, labels
        The screen with its labels as they were, and which of them were changed; None where only items were.
    """

    columns: Mapping[str, pd.Series | None] = field(default_factory=dict)
    screen: Screen | None = None
    labels: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Name what is changed."""
        names = list(self.labels or self.columns)
        return ", ".join(names[:2]) + (", …" if len(names) > 2 else "")


class TableHistory:
    """Changes that can be taken back, and those that were."""

    def __init__(self) -> None:
        self._past: list[TableChange] = []
        self._future: list[TableChange] = []

    @property
    def last(self) -> TableChange | None:
        """What would be taken back next."""
        return self._past[-1] if self._past else None

    @property
    def next(self) -> TableChange | None:
        """What would be done again next."""
        return self._future[-1] if self._future else None

    def push(self, change: TableChange) -> None:
        """Note what a change replaces; there is nothing to do again any more."""
        self._past = [*self._past[1 - MOST :], change]
        self._future.clear()

    def took_back(self, inverse: TableChange) -> None:
        """Note that the last change was taken back, and what that replaced."""
        self._past.pop()
        self._future.append(inverse)

    def did_again(self, inverse: TableChange) -> None:
        """Note that it was done again, and what that replaced."""
        self._future.pop()
        self._past.append(inverse)

    def clear(self) -> None:
        """Forget everything: other items are explored."""
        self._past.clear()
        self._future.clear()
