"""`cdcl preview`: what the network will see, and what the run will take."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from math import isfinite, isnan
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cdcl.atomic import disk_errors, write_text
from cdcl.cli.progress import run_task
from cdcl.config import load_config
from cdcl.events import Said, Wrote
from cdcl.readers import read_screen
from cdcl.report.composite import composite
from cdcl.runs import Run

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen
    from cdcl.tasks import Task
    from cdcl.training.preview import Estimate, Shown

BRIGHT = (-1.0, 4.0)
"""Spreads below and above a plate's mean that become black and full colour: the same in all views."""


def perform(args: Namespace) -> None:
    """Write thumbnails and preview.json."""
    config = load_config(args.config, [*args.set, *([f"device={args.device}"] if args.device else [])])
    screen = read_screen(args.screen)
    run_task(_preview(args, config, screen), args)


def _preview(args: Namespace, config: RunConfig, screen: Screen) -> Task[None]:
    from cdcl.training.preview import preview

    scratch = args.out / ".scratch"
    try:
        shown, estimate = yield from preview(
            config, screen, Run(scratch), steps=not args.no_steps, largest=args.largest_batch
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    path = _write(shown, estimate, args.out)
    yield Said(_in_words(estimate))
    yield Wrote("preview", str(path))


def _write(shown: list[Shown], estimate: Estimate, folder: Path) -> Path:
    views = []
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for number, view in enumerate(shown):
            name = f"view-{number:03d}.png"
            limits = np.tile(np.array(BRIGHT), (len(view.pixels), 1))
            pixels = (composite(view.pixels, limits) * 255).round().astype(np.uint8)
            Image.fromarray(pixels).save(folder / name)
            views.append({"file": name, **{k: v for k, v in asdict(view).items() if k != "pixels"}})
    numbers = {name: None if isinstance(v, float) and not isfinite(v) else v for name, v in asdict(estimate).items()}
    path = folder / "preview.json"
    write_text(path, json.dumps({"estimate": numbers, "views": views}, indent=1, allow_nan=False))
    return path


def _in_words(estimate: Estimate) -> str:
    words = f"{estimate.images:,} images, {estimate.steps:,} steps of {estimate.batch_size} on {estimate.device}"
    if not isnan(estimate.seconds_per_step):
        whole = _duration(estimate.seconds_per_step * estimate.steps)
        words += f": {estimate.seconds_per_step:.3g} s a step, {whole} in all"
    return f"{words}; {estimate.cache_bytes / 1e9:.3g} GB of cache"


def _duration(seconds: float) -> str:
    """Say how long, in the unit a person would choose.

    >>> _duration(101_400), _duration(90), _duration(12)
    ('28.2 hours', '1.5 minutes', '12 seconds')
    """
    for unit, size, least in (("days", 86_400, 2 * 86_400), ("hours", 3600, 2 * 3600), ("minutes", 60, 60)):
        if seconds >= least:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"
