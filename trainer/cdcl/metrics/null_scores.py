"""Scores beside their nulls: every metric measured again under shuffled labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cdcl.events import Advanced, Began, Ended, Said
from cdcl.metrics.memory import memoising, next_shuffle, shuffling
from cdcl.metrics.overall import OVERALL, overall
from cdcl.metrics.score import Score, in_words
from cdcl.metrics.scoring import METRICS, Levels, levels_of, measure, score_all, to_treatments
from cdcl.metrics.shuffling import DRAWS, Null, interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.tasks import Task

LARGEST = 20_000
"""Profiles beyond which a level has no null: comparing all with all is then sampled, and each shuffle costs minutes."""

AGAINST_CONTROLS = (
    *("map_activity", "active_share", "active_share_ranks", "map_cross_batch", "grit"),
    *("map_not_same_source", "map_not_same_position"),
)
"""Measured against the controls of the plate: labels are shuffled within plates."""

OF_BATCHES = ("batch_recognised", "batch_recognised_centred", "batch_probe", "pcr", "kbet", "cdcl_kbet", "ilisi")
"""They ask for the batch: its name is dealt anew among all wells."""


def null_of(name: str, draws: int = DRAWS, seed: int = 0) -> Null:
    """Give the null of a metric, by its key in `METRICS`."""
    if name == "plate_recognised":
        return Null(("plate",), "batch", treated=False, draws=draws, seed=seed)
    if name in OF_BATCHES:
        return Null(("batch",), "", treated=False, draws=draws, seed=seed)
    return Null(within="plate" if name in AGAINST_CONTROLS else "batch", draws=draws, seed=seed)


def score_with_nulls(site_profiles: Profiles, *, draws: int = DRAWS, seed: int = 0) -> Task[list[Score]]:
    """Do what `score_all` does, and measure every score again under shuffled labels.

    Parameters
    ----------
    draws
        Shuffles of each kind; 0 leaves the nulls out.
    """
    if not draws:
        return (yield from score_all(site_profiles))
    with memoising():
        scores = yield from score_all(site_profiles)
        levels = levels_of(site_profiles)
        found = yield from _all_redrawn(scores, levels, draws, seed)
    large = [level.level for level in levels.fine if len(level) > LARGEST]
    if large:
        yield Said(f"no nulls of {', '.join(large)} profiles: there are more than {LARGEST:,}")
    found[len(scores) - 1] = [overall([each[draw] for each in found.values() if each]) for draw in range(draws)]
    return [_beside(score, found.get(number, []), levels) for number, score in enumerate(scores)]


@dataclass(frozen=True)
class _Shuffled:
    """Scores whose labels are shuffled in one way: each shuffle is dealt once for all of them.

    Attributes
    ----------
    source
        The profiles whose labels move; of treatments the wells that they are made of.
    numbers
        Places of the scores in their list.
    """

    null: Null
    source: Profiles
    numbers: list[int]

    def dealt(self, rows: NDArray[np.int64], scores: Sequence[Score]) -> tuple[Profiles, Profiles]:
        """Give the profiles with the labels of other rows (N,), and the treatments these make, where any are asked."""
        relabelled = self.null.relabel(self.source, rows)
        asked = any(METRICS[scores[number].name].of_treatments for number in self.numbers)
        return relabelled, to_treatments(relabelled) if asked else relabelled


def _all_redrawn(scores: Sequence[Score], levels: Levels, draws: int, seed: int) -> Task[dict[int, list[Score]]]:
    """Measure scores under each shuffle, by their places in the list."""
    kinds = _kinds(scores, levels, draws, seed)
    found: dict[int, list[Score]] = {number: [] for kind in kinds for number in kind.numbers}
    yield Began("null", total=draws * len(found), unit="score")
    done = 0
    with shuffling():
        for kind, rows in _shuffles(kinds):
            next_shuffle()
            wells, treatments = kind.dealt(rows, scores)
            for number in kind.numbers:
                metric = METRICS[scores[number].name]
                found[number].append(measure(scores[number].name, treatments if metric.of_treatments else wells))
                yield Advanced(done := done + 1, metric.title)
    yield Ended()
    return found


def _shuffles(kinds: Sequence[_Shuffled]) -> Iterator[tuple[_Shuffled, NDArray[np.int64]]]:
    for kind in kinds:
        for rows in kind.null.rows(kind.source):
            yield kind, rows


def _kinds(scores: Sequence[Score], levels: Levels, draws: int, seed: int) -> list[_Shuffled]:
    """Part scores by how labels are shuffled; without those of too many profiles, or whose labels cannot move."""
    kinds: dict[tuple[Null, str], _Shuffled] = {}
    for number, score in enumerate(scores):
        if not score.available or score.name == OVERALL:
            continue
        source = levels.wells if METRICS[score.name].of_treatments else levels.named(score.level)
        null = null_of(score.name, draws, seed)
        if len(source) > LARGEST or not null.moves(source):
            continue
        kinds.setdefault((null, source.level), _Shuffled(null, source, [])).numbers.append(number)
    return list(kinds.values())


def _beside(score: Score, drawn: list[Score], levels: Levels) -> Score:
    if not score.available:
        return score
    if not drawn:
        fixed = score.name in METRICS and len(levels.named(score.level)) <= LARGEST
        return replace(score, note=in_words(score.note, "labels cannot be shuffled on this design" * fixed))
    mean, low, high = interval([one.value for one in drawn])
    return replace(score, null=mean, null_low=low, null_high=high)
