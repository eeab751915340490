"""Partners: another image of the same treatment, from another batch where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.pairing.ladder import Ladder

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.config import PairingConfig


class Pairer:
    """Draws a partner for each row and knows how far up the ladder each row gets.

    Parameters
    ----------
    sites
        The rows that may be paired; rows are numbered by position.
    config
        Which columns must be shared, which must differ, and what to do where no such partner exists.

    Raises
    ------
    ConfigError
        If `config` names a column that `sites` does not have.
    """

    def __init__(self, sites: pd.DataFrame, config: PairingConfig) -> None:
        self.ladder = Ladder.of(sites, config)
        self.rungs, self.rung_of_row = self.ladder.rungs, self.ladder.rung_of_row

    def draw(self, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw one partner for each row, from the first rung of the ladder on which it has any.

        Parameters
        ----------
        rows
            (n,) positions in the table.
        rng
            Of this step: the same state gives the same partners.

        Returns
        -------
        partners
            (n,); the row itself where the ladder ends.
        """
        partners = rows.copy()
        reached = self.rung_of_row[rows]
        for number, rung in enumerate(self.rungs):
            here = reached == number
            if here.any():
                partners[here] = rung.draw(rows[here], rng)
        return partners
