"""Which treatments lie in which batches: what a screen's layout lets a network learn apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ContingencyTable:
    """Counts of rows for each pair of two columns' values.

    Attributes
    ----------
    rows, columns
        Names, such as of treatments and of batches.
    counts
        (rows, columns), how many rows of the table have both.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, sites: pd.DataFrame, row: str, column: str) -> ContingencyTable:
        """Count how often each two values stand in one row.

        Values that lie in most columns come first, then the more frequent ones, then by name. Rows with an unknown
        value are left out.

        Parameters
        ----------
        sites
            The table.
        row, column
            Two of its columns, such as "treatment" and "batch"; the counts are empty where one is missing.
        """
        if row not in sites or column not in sites:
            return cls((), (), np.zeros((0, 0), dtype=np.int64))
        names = sites[[row, column]].astype("string").fillna("")
        known = names[(names[row] != "") & (names[column] != "")]
        import pandas as pd  # who gives a table has it loaded

        table = pd.crosstab(known[row].astype(str), known[column].astype(str))
        counts = table.to_numpy(dtype=np.int64)
        order = np.lexsort((-counts.sum(axis=1), -(counts > 0).sum(axis=1)))
        return cls(tuple(table.index[order]), tuple(map(str, table.columns)), counts[order])

    @property
    def num_in_several(self) -> int:
        """Count the rows, such as treatments, that lie in more than one column, such as a batch."""
        return int(((self.counts > 0).sum(axis=1) > 1).sum())
