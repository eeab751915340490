"""The stages of the demo: simulate, train, embed, score, draw; each is skipped where its result is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.demo.baselines import NOISE, RAW, measure_baselines
from cdcl.demo.page import write_demo_page
from cdcl.demo.plan import RECIPES, UNTRAINED, Demo, open_demo
from cdcl.demo.table import Z_SCORED, Comparison, score_row, standardised, write_comparison
from cdcl.errors import RunError
from cdcl.events import Advanced, Began, Ended, Said, Wrote
from cdcl.inference import embed, load_model
from cdcl.profiles import read_profiles, write_profiles
from cdcl.profiles.baselines import noise_profiles
from cdcl.readers import read_screen
from cdcl.runs import record, reopen_run, start_run
from cdcl.screen.splits import assign_split
from cdcl.synthetic import simulate_screen
from cdcl.tasks import tap
from cdcl.training import train

if TYPE_CHECKING:
    from cdcl.events import Event
    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def run_demo(demo: Demo) -> Task[Comparison]:
    """Do everything and write the report.

    Returns
    -------
    Comparison
        The table of the report. In the folder lie the screen, the runs, scores.csv and report.html; a stage whose
        result is there already is not repeated.

    Raises
    ------
    RunError
        If the folder holds something else than this demo.
    """
    comparison = yield from compare(demo)
    write_comparison(comparison, demo.scores)
    yield Wrote("scores", str(demo.scores))
    path = yield from write_demo_page(demo, comparison, (yield from _screen(demo)))
    yield Wrote("report", str(path))
    return comparison


def compare(demo: Demo) -> Task[Comparison]:
    """Simulate, train, embed and score, without the report.

    Returns
    -------
    Comparison
        Rows for noise, the baselines, the untrained network and each recipe; all but noise and raw pixels once more
        with plate z-scores.

    Raises
    ------
    RunError
        If the folder holds something else than this demo.
    """
    screen = yield from _screen(open_demo(demo))
    profiles: dict[str, Profiles] = yield from measure_baselines(demo, screen)
    for method in (UNTRAINED, *RECIPES):
        run = yield from _train(demo, method, screen)
        profiles[method] = yield from _embed(demo, run, screen)
    return (yield from _score(profiles))


def _screen(demo: Demo) -> Task[Screen]:
    """Simulate the screen, or read it, and mark the batches that are held out."""
    if not demo.screen.exists():
        yield from simulate_screen(demo.screen_config, demo.screen.parent)
    return assign_split(read_screen(demo.screen), demo.config("CDCL").split)


def _train(demo: Demo, method: str, screen: Screen) -> Task[Run]:
    run, config = demo.run(method), demo.config(method)
    if run.config.exists():
        reopen_run(run.folder, config)
        if run.status() == "done" or (method == UNTRAINED and run.checkpoint_steps()):
            return run
    else:
        start_run(run.folder, config)
    yield Said(f"{method}: {config.about}" if method in RECIPES else f"{method}: its profiles are the starting point")
    task = train(config, screen, run, resume=bool(run.checkpoint_steps()), cache_folder=demo.cache_folder)
    yield from record(tap(task, lambda event: _stop_at_once(event, run)) if method == UNTRAINED else task, run)
    return run


def _stop_at_once(event: Event, run: Run) -> None:
    """Ask a run to stop before its first step: what is saved then is the network as it was drawn."""
    if isinstance(event, Began) and event.task == "train" and not run.ask_to_stop():
        raise RunError(f"{run.stop} cannot be made; move away what stands there.")


def _embed(demo: Demo, run: Run, screen: Screen) -> Task[Profiles]:
    path = run.profiles("site")
    if not path.exists():
        model = load_model(run.folder, demo.device)
        write_profiles((yield from embed(model, screen, cache_folder=demo.cache_folder)), path)
    return read_profiles(path)


def _score(profiles: dict[str, Profiles]) -> Task[Comparison]:
    rows = {NOISE: noise_profiles(profiles[RAW].table)}
    for name, found in profiles.items():
        rows[name] = found
        if name != RAW:
            rows[name + Z_SCORED] = standardised(found)
    yield Began("score", total=len(rows), unit="row")
    scores = {}
    for number, (name, found) in enumerate(rows.items(), start=1):
        scores[name] = score_row(found)
        yield Advanced(number, name)
    yield Ended()
    return Comparison(scores)
