"""`cdcl protocol`: freeze a run's network and what is usual on its plates, to hold new plates against."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.atomic import replaced_folder
from cdcl.cli.frozen_parts import freeze_classifier, freeze_correction
from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_of
from cdcl.errors import ProfilesError
from cdcl.events import Warned, Wrote
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.profiles.sources import left_out, open_profiles
from cdcl.quality import measure_fields, wells_of
from cdcl.quality.protocol import CARD, make_protocol, write_protocol
from cdcl.runs.models import export_model

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    import pandas as pd

    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task

NETWORK = "network"
"""The folder in a protocol that holds weights.safetensors and weights.json."""


def perform(args: Namespace) -> None:
    """Write the protocol of a run."""
    if (args.out / CARD).exists():
        raise ProfilesError(f"{args.out} holds a protocol already, and plates judged by it; name another folder.")
    if args.out.exists() and not (args.out.is_dir() and not any(args.out.iterdir())):
        raise ProfilesError(f"{args.out} is there already and is no protocol; name a new folder.")
    run_task(_protocol(args), args)


def _protocol(args: Namespace) -> Task[None]:
    profiles, run = open_profiles(args.run)
    if run is None:
        raise ProfilesError(f"{args.run} is no run; a protocol freezes the network of one.")
    yield from left_out(profiles)
    screen, measured = screen_of(run), None
    if not args.no_fields:
        cache = yield from fill_cache(screen, args.cache or default_cache_folder())
        measured = yield from measure_fields(screen, cache)
    # As a whole or not at all: a correction that a refused attempt left would be applied to every new plate.
    with replaced_folder(args.out) as folder:
        yield from _freeze(args, run, folder, (profiles, screen, measured))
    yield Wrote("protocol", str(args.out))


def _freeze(args: Namespace, run: Run, folder: Path, usual: tuple[Profiles, Screen, pd.DataFrame | None]) -> Task[None]:
    """Write all that a protocol is made of into `folder`."""
    profiles, screen, measured = usual
    novel = yield from freeze_classifier(profiles, run, args.classifier, folder)
    corrected = yield from freeze_correction(profiles, args.correction, folder)
    protocol = replace(make_protocol(wells_of(corrected), screen, measured), novel=novel)
    if len(protocol.drift) < 2:
        yield Warned(
            "one plate only: how far plates drift from each other is not known, so that little is called usual"
        )
    if not protocol.axes:
        yield Warned("no positive controls: new plates are not asked whether the assay worked")
    export_model(run, folder / NETWORK)
    write_protocol(protocol, folder)
