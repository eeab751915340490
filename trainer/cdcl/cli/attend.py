"""`cdcl attend`: where a network looks in one field of view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tifffile

from cdcl.atomic import replaced_file
from cdcl.attention import Question
from cdcl.cli.progress import run_task
from cdcl.cli.sources import find_run, screen_for
from cdcl.errors import ConfigError, ScreenError
from cdcl.events import Wrote
from cdcl.runs import Run
from cdcl.screen.plates import normalise_well

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.attention import Attention
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Find the field and write the attention of each head to it."""
    if args.out is None and find_run(args.model) is None:
        raise ConfigError("say where the attention maps go with -o FILE.tif; only a run has a place for them.")
    if args.out is not None and args.out.suffix.lower() not in (".tif", ".tiff"):
        raise ConfigError(f"{args.out}: attention is written as .tif.")
    run_task(_attend(args), args)


def find_row(screen: Screen, where: str) -> int:
    """Find the one row of a screen for which all of "plate=P1,well=B02" hold.

    Raises
    ------
    ScreenError
        If the columns are unknown, or no row or several rows answer.
    """
    chosen = np.ones(len(screen), dtype=bool)
    for part in where.split(","):
        name, equals, value = (text.strip() for text in part.partition("="))
        if not equals:
            raise ScreenError(f"--where '{where}': write it as column=value,column=value.")
        value = normalise_well(value) if name == "well" else value
        matches = (screen.column(name).astype("string") == value).fillna(False).to_numpy(dtype=bool)
        if not matches.any():
            raise ScreenError(f"--where: no field has {name}={value}; some that are there: {_some(screen, name)}.")
        chosen &= matches
    rows = np.flatnonzero(chosen)
    if len(rows) != 1:
        mend = f"name more columns, such as {_telling(screen, rows)}" if len(rows) else "see the screen's table"
        raise ScreenError(f"--where '{where}' holds for {len(rows)} fields, not one; {mend}.")
    return int(rows[0])


def write_attention(attention: Attention, path: Path) -> None:
    """Write heads x height x width as float32; the description holds scale and translate in pixels of the field."""
    place = {"axes": "QYX", "scale": list(attention.scale), "translate": list(attention.translate)}
    with replaced_file(path) as temporary:
        tifffile.imwrite(temporary, attention.maps, photometric="minisblack", metadata=place)


def keep_attention(attention: Attention, screen: Screen, row: int, run: Run) -> Path:
    """Write attention and field into a run, for its report; gives the file's path."""
    site = screen.sites.iloc[row]
    name = "_".join(str(site[column]) for column in ("batch", "plate", "well", "site") if column in site)
    path = run.attention(name)
    scale, translate = np.array(attention.scale), np.array(attention.translate)
    with replaced_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, image=screen.image(row), maps=attention.maps, scale=scale, translate=translate)
    return path


def _attend(args: Namespace) -> Task[None]:
    screen = screen_for(args.model, args.screen)
    row = find_row(screen, args.where)
    # Imported late: what is wrong so far is said at once, without waiting for torch.
    from cdcl.inference import attend, load_model

    model = load_model(args.model, args.device or "auto")
    # The intensities of its plate are measured on all of the plate, so the screen stays whole.
    question = Question(args.block, args.kind, args.patch)
    attention = yield from attend(model, screen, row, question, cache_folder=args.cache)
    yield _write(attention, screen, row, args)


def _write(attention: Attention, screen: Screen, row: int, args: Namespace) -> Wrote:
    if args.out is None:
        path = keep_attention(attention, screen, row, Run(args.model))
    else:
        path = args.out
        write_attention(attention, path)
    return Wrote(f"attention: {', '.join(attention.names)}", str(path))


def _some(screen: Screen, name: str) -> str:
    return ", ".join(sorted(screen.column(name).dropna().astype(str).unique())[:5])


def _telling(screen: Screen, rows: np.ndarray) -> str:
    """Name the columns, of those that say where a field is, in which these rows differ."""
    names = [name for name in ("batch", "plate", "well", "site") if name in screen.sites]
    differing = [name for name in names if screen.sites[name].iloc[rows].astype(str).nunique() > 1]
    return " and ".join(differing or names)
