"""Scores beside their nulls: every metric measured again under shuffled labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.events import Advanced, Began, Ended, Said
from cdcl.metrics.memory import shuffling
from cdcl.metrics.overall import OVERALL, overall
from cdcl.metrics.score import Score, in_words
from cdcl.metrics.scoring import METRICS, Levels, levels_of, measure, score_all, to_treatments
from cdcl.metrics.shuffling import DRAWS, Null, interval

if TYPE_CHECKING:
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
    scores = yield from score_all(site_profiles)
    if not draws:
        return scores
    levels = levels_of(site_profiles)
    found: dict[int, list[Score]] = {}
    yield Began("null", total=len(scores), unit="score")
    with shuffling():
        for number, score in enumerate(scores):
            if score.available and score.name != OVERALL:
                found[number] = _redrawn(score, levels, null_of(score.name, draws, seed))
            yield Advanced(number + 1, score.name)
    yield Ended()
    large = [level.level for level in levels.fine if len(level) > LARGEST]
    if large:
        yield Said(f"no nulls of {', '.join(large)} profiles: there are more than {LARGEST:,}")
    found[len(scores) - 1] = [overall([each[draw] for each in found.values() if each]) for draw in range(draws)]
    return [_beside(score, found.get(number, []), levels) for number, score in enumerate(scores)]


def _redrawn(score: Score, levels: Levels, null: Null) -> list[Score]:
    """Measure a score under each shuffle; none where there are too many profiles, or labels cannot move."""
    source = levels.wells if METRICS[score.name].of_treatments else levels.named(score.level)
    if len(source) > LARGEST or not null.moves(source):
        return []
    finish = to_treatments if METRICS[score.name].of_treatments else _same
    return [measure(score.name, finish(null.relabel(source, rows))) for rows in null.rows(source)]


def _same(profiles: Profiles) -> Profiles:
    return profiles


def _beside(score: Score, drawn: list[Score], levels: Levels) -> Score:
    if not score.available:
        return score
    if not drawn:
        fixed = score.name in METRICS and len(levels.named(score.level)) <= LARGEST
        return replace(score, note=in_words(score.note, "labels cannot be shuffled on this design" * fixed))
    mean, low, high = interval([one.value for one in drawn])
    return replace(score, null=mean, null_low=low, null_high=high)
