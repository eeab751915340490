"""`cdcl score`: what profiles are worth."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.cli.baselines import baselines_of
from cdcl.cli.progress import run_task
from cdcl.cli.sources import left_out, open_profiles
from cdcl.cli.tables import align
from cdcl.events import Wrote
from cdcl.metrics import beside, compare, labels_table, title_of
from cdcl.metrics.scoring import score_all

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cdcl.metrics import Score
    from cdcl.tasks import Task


_HEADER = ("score", "level", "value", "95 % interval", "chance")


def perform(args: Namespace) -> None:
    """Score the profiles, print a table, and keep it in the run or where asked."""
    if args.correct or args.beside:
        from cdcl.cli import sweep

        sweep.perform(args)
        return
    scores, baselines = run_task(_score(args), args)
    if not args.events:
        print(in_words(scores, baselines))  # noqa: T201


def in_words(scores: Sequence[Score], baselines: Mapping[str, Sequence[Score]] | None = None) -> str:
    """Lay out the scores that could be had as a table, and the reasons for those that could not.

    Each baseline gets a column with its own value of the score.
    """
    columns = {name: {(s.name, s.level): s.value for s in others} for name, others in (baselines or {}).items()}
    rows = [
        [
            *(_title(score), score.level, f"{score.value:.3f}", _interval(score), _number(score.chance)),
            *(_number(values.get((score.name, score.level), nan)) for values in columns.values()),
            str(score.count),
        ]
        for score in scores
        if score.available
    ]
    missing = [f"{_title(score)}, {score.level}: {score.note}" for score in scores if not score.available]
    table = align([*_HEADER, *columns, "n"], rows) if rows else "no score can be had"
    return "\n".join([table, *([""] if missing else []), *(f"not scored: {reason}" for reason in missing)])


def _score(args: Namespace) -> Task[tuple[list[Score], dict[str, list[Score]]]]:
    profiles, run = open_profiles(args.profiles, leave_out=True)
    yield from left_out(profiles)
    scores = yield from score_all(profiles)
    baselines: dict[str, list[Score]] = {}
    if args.baselines:
        baselines = yield from compare((yield from baselines_of(profiles, run, args)))
    out: Path | None = args.out or (run.scores if run else None)
    if out is not None:
        with replaced_file(out) as temporary:
            beside(scores, baselines).to_csv(temporary, index=False)
        yield Wrote("scores", str(out))
        by_label = out.with_name(f"{out.stem}-by-label.csv")
        with replaced_file(by_label) as temporary:
            labels_table(scores).to_csv(temporary, index=False)
        yield Wrote("scores of each treatment, batch and mechanism", str(by_label))
    return scores, baselines


def _title(score: Score) -> str:
    arrow = "" if score.higher_is_better else " (lower is better)"
    return title_of(score.name) + arrow


def _interval(score: Score) -> str:
    return "" if isnan(score.low) else f"{score.low:.3f} to {score.high:.3f}"


def _number(value: float) -> str:
    return "" if isnan(value) else f"{value:.3f}"
