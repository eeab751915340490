"""The bake-off: every kind of profiles after every chain of corrections, asked the same questions of the same wells.

A chain is chosen by the queries of one half of the compounds and reported on those of the other half, then the other
way round, so that no figure is of the compounds that chose for it. Corrections themselves learn without labels of
treatments.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.events import Advanced, Began, Ended, Warned
from cdcl.metrics.answers import PLACES, answers_to, weights_of
from cdcl.metrics.degrees import LADDERS
from cdcl.metrics.halves import compounds_of, halves_of
from cdcl.metrics.judging import NONE
from cdcl.metrics.memory import memoising, next_shuffle, shuffling
from cdcl.metrics.null_scores import null_of
from cdcl.metrics.resampling import Resampling, interval, resampling
from cdcl.metrics.shuffling import interval as null_interval
from cdcl.profiles.corrections import learn_correction
from cdcl.wording import option, verb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cdcl.profiles import Profiles
    from cdcl.tasks import Task

CHAINS = ("centre", "z", "robust-z", "tvn", "arevalo", "efaar", "morphohelm")
"""What is tried where nothing is asked for: plain steps, and the published pipelines."""

FLOORS = ("noise", "batch only", "batch and position", "cell count")
"""Candidates that hold no picture of a cell: they are shown, take no correction, and are never recommended."""

FEWEST = 10
"""Queries below which a degree decides nothing."""


@dataclass(frozen=True)
class Entry:
    """Profiles after a chain, and what each well answers.

    Attributes
    ----------
    answers
        By question, shape (N,) each; see `answers_to`. Empty where the chain could not be fitted.
    seconds
        To fit, apply and ask.
    note
        Why there are no answers.
    """

    candidate: str
    chain: str
    answers: Mapping[str, NDArray[np.float64]]
    seconds: float
    note: str = ""


@dataclass(frozen=True)
class Pipeline:
    """A candidate with the chain that was chosen for it, judged where it was not chosen.

    Attributes
    ----------
    chains
        Chosen by the first half of the compounds, and by the second.
    overall
        The chain that all compounds together choose: what to use.
    answers
        Cross-fitted: each half's after the chain that the other chose.
    nulls
        By question: mean, and 95 % interval under shuffled labels.
    """

    candidate: str
    chains: tuple[str, str]
    overall: str
    answers: Mapping[str, NDArray[np.float64]]
    nulls: Mapping[str, tuple[float, float, float]]


@dataclass(frozen=True)
class BakeOff:
    """All that was compared.

    Attributes
    ----------
    wells
        The table of all candidates' wells, with labels; any candidate's profiles.
    entries
        Every candidate after every chain.
    pipelines
        One a candidate, the best first.
    deciding
        Of each ladder the hardest degree that enough wells can be asked at; the mean of these decides.
    halves
        Which half of the compounds each well belongs to, -1 where it is not asked; shape (N,).
    draws
        Compounds drawn with replacement.
    """

    wells: Profiles
    entries: tuple[Entry, ...]
    pipelines: tuple[Pipeline, ...]
    deciding: tuple[str, ...]
    halves: NDArray[np.int64]
    draws: Resampling

    def value(self, answers: Mapping[str, NDArray[np.float64]], name: str) -> tuple[float, float, float, int]:
        """Give value, 95 % interval and number of queries of a question."""
        found = answers[name]
        weights = np.where(self.halves >= 0, weights_of(self.wells, name, found), 0.0)
        if not weights.any():
            return float("nan"), float("nan"), float("nan"), 0
        value = _mean(self.wells, found, name, self.halves >= 0)
        return value, *interval(self.draws.means(np.nan_to_num(found), weights)), int(np.count_nonzero(weights))

    def decisions(
        self, answers: Mapping[str, NDArray[np.float64]], rows: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """Give the mean of the deciding questions: of all compounds first, then of each draw; shape (1 + DRAWS,)."""
        asked = self.halves >= 0 if rows is None else rows
        found = []
        for name in self.deciding:
            weights = np.where(asked, weights_of(self.wells, name, answers[name]), 0.0)
            drawn = self.draws.means(np.nan_to_num(answers[name]), weights)
            found.append(np.concatenate([[_mean(self.wells, answers[name], name, asked)], drawn]))
        # A draw may hold none of the few compounds that a question is asked of; the other questions speak then.
        held = ~np.isnan(found)
        decided: NDArray[np.float64] = np.where(held, found, 0.0).sum(axis=0) / np.maximum(1, held.sum(axis=0))
        return decided


def bake_off(
    candidates: Mapping[str, Profiles],
    chains: Sequence[str],
    asked: NDArray[np.bool_],
    *,
    nulls: int = 20,
    seed: int = 0,
) -> Task[BakeOff]:
    """Compare candidates, wells in the same order with the same labels, after each chain.

    Parameters
    ----------
    asked
        Wells that may be asked (no network was trained on them, say), shape (N,); all may answer.
    nulls
        Shuffles of the labels.

    Raises
    ------
    ProfilesError
        If no question of the ladder can be asked of these wells.
    """
    wells = next(iter(candidates.values()))
    halves = np.where(asked, halves_of(wells, seed=seed), -1)
    entries = yield from _measure(candidates, chains)
    draws = resampling(np.where(halves >= 0, compounds_of(wells), -1), seed=seed)
    draft = BakeOff(wells, tuple(entries), (), (), halves, draws)
    draft = replace(draft, deciding=_deciding(draft))
    pipelines = yield from _pipelines(draft, candidates, nulls, seed)
    ranked = sorted(pipelines, key=lambda one: -float(draft.decisions(one.answers)[0]))
    return replace(draft, pipelines=tuple(ranked))


def _measure(candidates: Mapping[str, Profiles], chains: Sequence[str]) -> Task[list[Entry]]:
    work = [(name, chain) for name in candidates for chain in (NONE, *(() if name in FLOORS else chains))]
    yield Began("compare", total=len(work), unit="pipeline")
    entries = []
    for number, (name, chain) in enumerate(work):
        entries.append((yield from _enter(name, chain, candidates[name])))
        yield Advanced(number + 1, f"{name}, {chain}")
    yield Ended()
    return entries


def _enter(name: str, chain: str, profiles: Profiles) -> Task[Entry]:
    start = perf_counter()
    try:
        corrected = profiles if chain == NONE else (yield from learn_correction(profiles, chain)).apply(profiles)
    except ProfilesError as reason:
        yield Warned(f"{name} after {chain}: {reason}")
        return Entry(name, chain, {}, perf_counter() - start, str(reason))
    return Entry(name, chain, {one: answers_to(corrected, one) for one in PLACES}, perf_counter() - start)


def _deciding(draft: BakeOff) -> tuple[str, ...]:
    """Choose of each ladder the hardest degree: where uncorrected candidates do worst on average.

    A degree counts where at least half as many wells can be asked as at the degree with most.
    """
    plain = [one for one in draft.entries if one.chain == NONE and one.candidate not in FLOORS] or draft.entries[:1]
    chosen = []
    for ladder in LADDERS:
        found = {name: [draft.value(one.answers, name) for one in plain] for name in ladder.rungs.values()}
        most = max(values[0][3] for values in found.values())
        enough = {name: values for name, values in found.items() if values[0][3] >= max(FEWEST, most / 2)}
        if enough:
            # Of equals the later degree, which shuts out more.
            chosen.append(min(reversed(enough), key=lambda name: sum(value[0] for value in enough[name])))
    if not chosen:
        raise ProfilesError(
            f"of these {len(draft.wells)} wells fewer than {FEWEST} can be asked for a treatment or mechanism that "
            f"others have too; give the screen's treatments ({verb('scan')} with {option('metadata')})."
        )
    return tuple(chosen)


def _pipelines(draft: BakeOff, candidates: Mapping[str, Profiles], nulls: int, seed: int) -> Task[list[Pipeline]]:
    yield Began("null", total=len(candidates), unit="candidate")
    found = []
    for number, name in enumerate(candidates):
        entries = {entry.chain: entry for entry in draft.entries if entry.candidate == name and entry.answers}
        parts = (draft.halves == 0, draft.halves == 1, draft.halves >= 0)
        first, second, overall = (choose(draft, entries, part) for part in parts)
        answers = {
            one: np.where(draft.halves == 0, entries[second].answers[one], entries[first].answers[one])
            for one in PLACES
        }
        pipeline = Pipeline(name, (first, second), overall, answers, {})
        shuffled = yield from _nulls(draft, pipeline, candidates[name], nulls, seed)
        found.append(replace(pipeline, nulls=shuffled))
        yield Advanced(number + 1, name)
    yield Ended()
    return found


def choose(draft: BakeOff, entries: Mapping[str, Entry], asked: NDArray[np.bool_]) -> str:
    """Choose a chain by the queries of some wells: the best that makes no question worse beyond its interval.

    Parameters
    ----------
    asked
        The wells that choose, shape (N,). Fewer than four compounds choose nothing.
    """
    if len(np.unique(compounds_of(draft.wells)[asked])) < 4:
        return NONE
    plain = entries[NONE]
    scored = {
        chain: float(draft.decisions(entry.answers, asked)[0])
        for chain, entry in entries.items()
        if chain == NONE or not _worse(draft, plain, entry, asked)
    }
    return max(scored, key=lambda chain: (scored[chain], chain == NONE))


def _worse(draft: BakeOff, plain: Entry, entry: Entry, asked: NDArray[np.bool_]) -> list[str]:
    """Name the questions that a chain answers worse than no correction does, beyond the interval of the difference."""
    found = []
    for name in PLACES:
        weights = np.where(asked, weights_of(draft.wells, name, plain.answers[name]), 0.0)
        if not weights.any():
            continue
        difference = np.nan_to_num(entry.answers[name]) - np.nan_to_num(plain.answers[name])
        if interval(draft.draws.means(difference, weights))[1] < 0:
            found.append(name)
    return found


def _nulls(
    draft: BakeOff, pipeline: Pipeline, profiles: Profiles, count: int, seed: int
) -> Task[dict[str, tuple[float, float, float]]]:
    corrected = {}
    for chain in dict.fromkeys(pipeline.chains):
        corrected[chain] = profiles if chain == NONE else (yield from learn_correction(profiles, chain)).apply(profiles)
    names = [name for name in PLACES if count and not np.isnan(pipeline.answers[name]).all()]
    nulls = {name: null for name in names if (null := null_of(name, count, seed)).moves(profiles)}
    values: dict[str, list[float]] = {name: [] for name in nulls}
    with memoising():
        for name in nulls:
            for one in corrected.values():
                answers_to(one, name)  # what does not depend on labels is worked out here, for all shuffles
        with shuffling():
            for null in dict.fromkeys(nulls.values()):
                for rows in null.rows(profiles):
                    next_shuffle()
                    relabelled = {chain: null.relabel(one, rows) for chain, one in corrected.items()}
                    both = [relabelled[chain] for chain in pipeline.chains]
                    for name in (name for name, own in nulls.items() if own == null):
                        values[name].append(_shuffled(draft, both, name))
    return {name: null_interval(drawn) for name, drawn in values.items()}


def _shuffled(draft: BakeOff, relabelled: Sequence[Profiles], name: str) -> float:
    """Give a question's value of profiles under one shuffle, after the chain of the first and of the second half."""
    first, second = (answers_to(profiles, name) for profiles in relabelled)
    mixed = np.where(draft.halves == 0, second, first)
    return _mean(relabelled[0], mixed, name, draft.halves >= 0)


def _mean(wells: Profiles, answers: NDArray[np.float64], name: str, asked: NDArray[np.bool_]) -> float:
    weights = np.where(asked, weights_of(wells, name, answers), 0.0)
    return float(np.nansum(weights * answers) / weights.sum()) if weights.any() else float("nan")
