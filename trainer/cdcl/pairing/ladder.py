"""How far up the ladder each image gets: a partner in another batch, plate, well or site, or only itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from cdcl.pairing.rungs import ANY, Rung, build_rungs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.config.pairing import PairingConfig

ITSELF = "itself"
FEW = 0.5
"""Below this share of images with the partner that was asked for, most pairs do not cross what should be unlearned."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of a screen, from far (another batch) to near, and which one each row reaches.

    Attributes
    ----------
    rungs
        From far to near.
    rung_of_row
        (N,) number of the first rung on which a row has a partner; `len(rungs)` is the row itself.
    """

    rungs: tuple[Rung, ...]
    rung_of_row: NDArray[np.int64]

    @classmethod
    def of(cls, sites: pd.DataFrame, config: PairingConfig) -> Ladder:
        """Find the rung of each row of `sites`.

        Raises
        ------
        ConfigError
            If `config` names a column that `sites` does not have.
        """
        rungs = build_rungs(sites, config)
        reached = np.full(len(sites), len(rungs), dtype=np.int64)
        for number in reversed(range(len(rungs))):
            reached[rungs[number].num_partners > 0] = number
        return cls(rungs, reached)

    def counts(self) -> dict[str, int]:
        """Count the rows whose partner comes from each rung, far to near; `itself` is the last."""
        counts = np.bincount(self.rung_of_row, minlength=len(self.rungs) + 1)
        names = [*(rung.name for rung in self.rungs), ITSELF]
        return {name: int(count) for name, count in zip(names, counts, strict=True)}

    def num_grouped(self) -> int:
        """Count the rows whose group is known; the others have no partner but themselves."""
        if not self.rungs:
            return 0
        return int(reduce(np.logical_or, (rung.segment[:, 1] > 0 for rung in self.rungs)).sum())


def name_rung(name: str) -> str:
    """Say where a partner on a rung comes from: "another batch", "the image itself"."""
    return {ITSELF: "the image itself", ANY: "the whole group"}.get(name, f"another {name}")


def describe_ladder(ladder: dict[str, int]) -> str:
    """Say in one line where partners come from: "another batch 0, another plate 369, itself 0".

    Parameters
    ----------
    ladder
        As from `Ladder.counts`.
    """
    return ", ".join(f"{name_rung(name)} {count}" for name, count in ladder.items())


def doubt_pairing(ladder: Ladder, config: PairingConfig) -> Iterator[str]:
    """Say in plain sentences why the rows of `ladder` cannot carry what the pairing asks for.

    The trainer's log and the window's picture of the pairing show the same sentences.

    Yields
    ------
    str
        One reason; none where the pairing fits the screen.
    """
    if not config.sameby:
        return
    shared, differing = " and ".join(config.sameby), " and ".join(config.diffby)
    if "mechanism" in config.sameby:
        yield ("Partners share the mechanism: scores that ask for the mechanism are then an upper bound, not a result.")
    counts, grouped, total = ladder.counts(), ladder.num_grouped(), len(ladder.rung_of_row)
    if grouped < total:
        yield f"{total - grouped:,} of {total:,} images have no {shared}, and so no partner but themselves."
    if not config.diffby or not grouped:
        return
    found = next(iter(counts.values()))
    if found == 0:
        yield (
            f"No image has a partner of the same {shared} in another {differing}: this recipe cannot unlearn the "
            f"{differing} here. Check the column {differing}, or take a recipe without pairing."
        )
    elif found < FEW * grouped:
        yield (
            f"Only {found:,} of {grouped:,} images have a partner in another {differing}; the rest take the next best, "
            "and what differs between these is not unlearned."
        )
