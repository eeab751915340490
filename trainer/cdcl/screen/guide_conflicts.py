"""Guides that work against each other, or that would do nothing: refused, or said, before a pixel is decoded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdcl.config.guides import GuideConfig
    from cdcl.screen.guide_columns import GuideColumn


def check_guides(guides: Sequence[GuideConfig]) -> None:
    """Look at what guides say of themselves, without their columns.

    Raises
    ------
    ConfigError
        If a column has two guides, two share a name in the log, or one is never felt.
    """
    for number, guide in enumerate(guides):
        for other in guides[:number]:
            if other.column == guide.column:
                raise ConfigError(
                    f"{guide.setting} has a second guide, {other.setting}; a column is kept or hidden, once."
                )
            if other.label == guide.label:
                raise ConfigError(
                    f"guides: '{other.column}' and '{guide.column}' are both {guide.label} in the log; "
                    "rename one column."
                )
        if guide.start >= 1.0 and guide.masks_missing:
            raise ConfigError(f"{guide.setting}: with start = 1 the encoder never feels it; give a smaller share.")


def with_conflicts(columns: list[GuideColumn]) -> list[GuideColumn]:
    """Say of each hidden column which kept one tells it.

    Raises
    ------
    ConfigError
        If a hidden column is a kept one under another name: each value of either has one of the other.
    """
    kept = [one for one in columns if one.guide.keep and one.num_values]
    told = []
    for column in columns:
        notes = column.notes
        for other in kept if not column.guide.keep and column.num_values else ():
            if not _tells(other, column):
                continue
            if _tells(column, other):
                raise ConfigError(
                    f"{column.guide.setting} shall be hidden, and is '{other.guide.column}', which shall be "
                    "kept, under other names: each value of one has one value of the other. Leave one guide out."
                )
            shown = f"each {other.guide.column}, which is kept, has one {column.guide.column} only"
            notes = (*notes, f"{shown}, so that what keeps one shows the other")
        if column.guide.log and column.num_values:
            notes = (
                *notes,
                f"log is not heeded, for kind = '{column.guide.kind}' reads names; 'regress log' reads numbers",
            )
        told.append(replace(column, notes=notes))
    return told


def _tells(one: GuideColumn, other: GuideColumn) -> bool:
    """Tell whether each value of one column has one value of the other, over the rows where both are known."""
    known = (one.values >= 0) & (other.values >= 0)
    if not known.any():
        return False
    pairs = np.unique(np.stack([one.values[known], other.values[known]]), axis=1)
    return len(np.unique(pairs[0])) == pairs.shape[1] and len(np.unique(pairs[1])) > 1
