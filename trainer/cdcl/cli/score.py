"""`cdcl score`: what profiles are worth, as they are, beside baselines, after corrections, or beside other runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.cli.profile_sources import profiles_of, refuse_map, with_map
from cdcl.cli.progress import run_task
from cdcl.cli.score_tables import scores_in_words, sweep_in_words
from cdcl.cli.sources import screen_of
from cdcl.cli.streams import show
from cdcl.cli.titles import once, titles_of
from cdcl.errors import ProfilesError
from cdcl.events import Said
from cdcl.metrics import compare
from cdcl.metrics.judging import NONE, best_correction
from cdcl.metrics.null_scores import score_with_nulls
from cdcl.metrics.relations import pairs_here, read_relations, relations_recalled
from cdcl.metrics.score_files import write_scores, write_sweep
from cdcl.metrics.sweep import chosen_corrections, sweep_all
from cdcl.profiles.run_baselines import INTENSITIES, UNTRAINED, describe_intensities, measure_baselines
from cdcl.profiles.sources import left_out, open_profiles
from cdcl.report.correction_maps import draw_maps
from cdcl.runs import find_run

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from cdcl.metrics import Score
    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Score the profiles, print a table, and keep it in the run or where asked."""
    if args.correct or args.beside:
        table = run_task(_sweep(args, _wanted(args)), args)
        shown = "" if args.events else sweep_in_words(table)
    else:
        scores, baselines = run_task(_score(args), args)
        shown = "" if args.events else scores_in_words(scores, baselines)
    if shown:
        show(shown)


def _score(args: Namespace) -> Task[tuple[list[Score], dict[str, list[Score]]]]:
    profiles, run = yield from profiles_of(args)
    pairs = read_relations(args.relations) if args.relations else []
    if args.relations:
        yield Said(pairs_here(profiles, pairs))
    scores = yield from score_with_nulls(profiles, draws=args.nulls)
    scores += relations_recalled(profiles, pairs) if args.relations else []
    baselines: dict[str, list[Score]] = {}
    if args.baselines:
        baselines = yield from compare((yield from measure_baselines(profiles, run, _makers(args))))
    out: Path | None = args.out or (run.scores if run else None)
    if out is not None:
        yield from write_scores(scores, baselines, out)
    return scores, baselines


def _makers(args: Namespace) -> dict[str, Callable[[Run], Task[Profiles]]]:
    """Say how the baselines that need images are made."""

    def intensities(run: Run) -> Task[Profiles]:
        return describe_intensities(screen_of(run), args.cache)

    def network(run: Run) -> Task[Profiles]:
        # Imported late: torch takes its time, and kept profiles need none.
        from cdcl.inference.untrained import embed_untrained

        return embed_untrained(run.folder, screen_of(run), device=args.device or "auto", cache_folder=args.cache)

    return {INTENSITIES: intensities, UNTRAINED: network}


def _wanted(args: Namespace) -> list[str]:
    """Give the corrections asked for; what contradicts itself is refused before any work."""
    if args.baselines:
        raise ProfilesError("--baselines makes a table of its own; ask for it without --correct and --beside.")
    if args.relations is not None:
        raise ProfilesError("--relations is asked of profiles as they are; ask for it without --correct and --beside.")
    names = chosen_corrections(args.correct or NONE)
    if args.out is not None and args.out.suffix not in (".parquet", ".csv"):
        raise ProfilesError(f"{args.out}: scores of corrections are written as .parquet or .csv.")
    return names


def _sweep(args: Namespace, names: Sequence[str]) -> Task[pd.DataFrame]:
    run, sources = find_run(args.profiles), (yield from once([args.profiles, *args.beside]))
    if all(find_run(source) for source in sources):
        refuse_map(args)
    opened = {}
    for title, source in zip(titles_of(sources), sources, strict=True):
        profiles, of_run = open_profiles(source)
        yield from left_out(profiles)
        opened[title] = profiles if of_run else (yield from with_map(profiles, args.metadata))
    swept = yield from sweep_all(opened, names)
    # Runs side by side have a file of their own, so that they do not take the place of corrections.
    kept = "scores.parquet" if names else "beside.parquet"
    out: Path | None = args.out or (run.folder / "corrections" / kept if run else None)
    if out is not None:
        yield from write_sweep(swept, out)
    if run is not None and args.out is None and names:
        first = next(iter(opened))
        best = best_correction(swept.table[swept.table["run"] == first])
        yield from draw_maps(opened[first], best.correction if best else "", run)
    return swept.table
