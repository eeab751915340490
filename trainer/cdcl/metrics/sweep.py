"""Every metric after every correction, of one table of profiles or of several side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.events import Said, Warned
from cdcl.metrics.judging import NONE
from cdcl.metrics.score import labels_table, scores_table
from cdcl.metrics.scoring import score_all
from cdcl.profiles import CORRECTIONS
from cdcl.profiles.corrections import compare, learn_correction, steps_of, title_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdcl.profiles import Profiles
    from cdcl.tasks import Task


@dataclass(frozen=True)
class Swept:
    """The scores of profiles after every correction.

    Attributes
    ----------
    table
        Tidy, one row a correction, metric and level: `correction`, then the columns of scores.csv. A correction that
        cannot be fitted has one row, without a value, whose note says why; the others still come. Of several sources
        `run` stands before.
    labels
        For each correction, the scores of single treatments, batches and mechanisms; of the first source.
    """

    table: pd.DataFrame
    labels: dict[str, pd.DataFrame]


def chosen_corrections(wanted: str) -> list[str]:
    """Resolve "all", or names joined by commas, to corrections, or chains of them such as "z+tvn".

    Raises
    ------
    ProfilesError
        If a name is unknown.
    """
    if wanted == "all":
        return list(CORRECTIONS)
    names = [name.strip() for name in wanted.split(",") if name.strip() not in ("", NONE)]
    for name in names:
        steps_of(name)
    return names


def sweep_all(sources: Mapping[str, Profiles], names: Sequence[str]) -> Task[Swept]:
    """Do what `sweep` does for each of several profiles, named by `run` in the table."""
    found = {}
    for title, profiles in sources.items():
        found[title] = yield from sweep(profiles, names)
    tables = [one.table.assign(run=title)[["run", *one.table]] for title, one in found.items()]
    return Swept(pd.concat(tables, ignore_index=True), next(iter(found.values())).labels)


def sweep(profiles: Profiles, names: Sequence[str]) -> Task[Swept]:
    """Score profiles as they are, and after each correction."""
    tables, labels = [], {}
    for name in (NONE, *names):
        try:
            corrected = profiles if name == NONE else (yield from learn_correction(profiles, name)).apply(profiles)
        except ProfilesError as reason:
            yield Warned(f"{name}: {reason}")
            tables.append(pd.DataFrame({"correction": [name], "name": ["correction"], "note": [str(reason)]}))
            continue
        if name != NONE and (difference := compare(profiles, corrected)).nothing:
            yield Warned(difference.sentence(title_of(name)))
        yield Said(f"scores after {title_of(name)}" if name != NONE else "scores without a correction")
        scores = yield from score_all(corrected)
        labels[name] = labels_table(scores)
        table = scores_table(scores)
        table.insert(0, "correction", name)
        tables.append(table)
    return Swept(pd.concat(tables, ignore_index=True), labels)
