"""`cdcl illumination`: how evenly the fields of each plate and channel are lit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.atomic import replaced_file, write_text
from cdcl.bounded import read_json
from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_of
from cdcl.config.intensities import IntensityConfig
from cdcl.errors import RunError, ScreenError
from cdcl.events import Said, Wrote
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.pixels.illumination import FLAT, TABLE, Illumination
from cdcl.pixels.measuring_illumination import measure_illumination
from cdcl.readers import read_screen
from cdcl.report.light_planes import plot_light
from cdcl.runs import find_run

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.runs import Run
    from cdcl.tasks import Task

PLANES = "illumination.json"
"""The planes themselves, as a run keeps them too; the window corrects the fields on display by them."""


def perform(args: Namespace) -> None:
    """Measure the light over the fields of a screen, or show what a run corrects by."""
    if args.out is None and find_run(args.source) is None:
        raise ScreenError(f"say where the illumination of {args.source} goes with -o FOLDER.")
    run_task(_illumination(args), args)


def _illumination(args: Namespace) -> Task[None]:
    run = find_run(args.source)
    folder = args.out if run is None or args.out else run.folder / "illumination"
    illumination = _of_run(run) if run is not None and not args.again else None
    if illumination is None:
        screen = read_screen(args.source) if run is None else screen_of(run)
        cache = yield from fill_cache(screen, args.cache or default_cache_folder())
        how = "screen" if args.estimate else "auto"
        illumination = yield from measure_illumination(screen, cache, IntensityConfig(illumination=how))
        assert illumination is not None
    yield from _write(illumination, folder)
    yield Said(in_words(illumination))


def _of_run(run: Run) -> Illumination | None:
    """Read what the run corrects by; None where it corrects nothing."""
    if not run.illumination.exists():
        return None
    try:
        return Illumination.from_dict(read_json(run.illumination, RunError))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{run.illumination} is damaged; delete it and it is measured again.") from error


def _write(illumination: Illumination, place: Path) -> Task[None]:
    with replaced_file(place / "illumination.csv") as temporary:
        light_table(illumination).to_csv(temporary, index=False)
    yield Wrote("table of light", str(place / "illumination.csv"))
    with replaced_file(place / "illumination.png") as temporary:
        temporary.write_bytes(plot_light(illumination))
    yield Wrote("maps of light", str(place / "illumination.png"))
    write_text(place / PLANES, json.dumps(illumination.to_dict()))
    yield Wrote("planes", str(place / PLANES))


def light_table(illumination: Illumination) -> pd.DataFrame:
    """Give a row a plate and channel: where its plane is from, the light lost, its error, the dark count."""
    plates, channels = illumination.plates, illumination.channels
    return pd.DataFrame(
        {
            "plate": np.repeat(plates, len(channels)),
            "channel": np.tile(channels, len(plates)),
            "from": illumination.origins.ravel(),
            "light_lost": illumination.loss().ravel().round(4),
            "error": illumination.errors.ravel().round(4),
            "dark_count": illumination.dark.ravel().round(1),
        }
    )


def in_words(illumination: Illumination) -> str:
    """Say in one line how many planes there are, where from, and how much light the darkest place lacks."""
    origins, loss = illumination.origins, illumination.loss()
    flat, named = int((origins == FLAT).sum()), int((origins == TABLE).sum())
    parts = [f"{named} named by the table"] * (named > 0)
    parts += [f"{origins.size - flat - named} estimated"] * (origins.size > flat + named)
    parts += [f"{flat} not told from flat, and left as they are"] * (flat > 0)
    lost = loss[origins != FLAT]
    worst = (
        f"; the darkest place lacks {np.median(lost):.0%} of the light, {lost.max():.0%} at worst" if len(lost) else ""
    )
    return f"{origins.size} planes of {len(illumination.plates)} plates: {', '.join(parts)}{worst}"
