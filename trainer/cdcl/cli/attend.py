"""`cdcl attend`: where a network looks in one field of view, or in many on one page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import tifffile

from cdcl.atomic import replaced_file
from cdcl.attention import Question
from cdcl.cli.checkpoint import weights_of
from cdcl.cli.progress import run_task
from cdcl.cli.sources import screen_for
from cdcl.errors import ConfigError, ScreenError
from cdcl.events import Wrote
from cdcl.report.contact_sheet import MOST_FIELDS, Frame, draw_contact_sheet
from cdcl.runs import Run, find_run
from cdcl.screen.plates import normalise_well

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.attention import Attention
    from cdcl.screen import Screen
    from cdcl.tasks import Task

SHEET = ".png"


def perform(args: Namespace) -> None:
    """Find the field and write each head's attention to it; a .png is a contact sheet of all fields that answer."""
    if args.out is None and find_run(args.model) is None:
        raise ConfigError("say where the attention maps go with -o FILE.tif; only a run has a place for them.")
    if args.out is not None and args.out.suffix.lower() not in (".tif", ".tiff", SHEET):
        raise ConfigError(f"{args.out}: attention is written as .tif, or as a contact sheet of many fields, .png.")
    on_one_page = args.out is not None and args.out.suffix.lower() == SHEET
    run_task(_draw_sheet(args) if on_one_page else _attend(args), args)


def find_row(screen: Screen, where: str) -> int:
    """Find the one row of a screen for which all of "plate=P1,well=B02" hold.

    Raises
    ------
    ScreenError
        If the columns are unknown, or no row or several rows answer.
    """
    rows = find_rows(screen, where)
    if len(rows) != 1:
        mend = f"name more columns, such as {_telling(screen, rows)}" if len(rows) else "see the screen's table"
        raise ScreenError(f"--where '{where}' holds for {len(rows)} fields, not one; {mend}.")
    return int(rows[0])


def find_rows(screen: Screen, where: str) -> NDArray[np.int64]:
    """Find all rows of a screen for which all of "plate=P1,well=B02" hold, or those of "rows=3;5;8".

    Raises
    ------
    ScreenError
        If the columns are unknown, or none has such a value.
    """
    if where.startswith("rows="):
        return _numbered(screen, where)
    chosen = np.ones(len(screen), dtype=bool)
    # A comma parts conditions only where another one follows: a plate may be called "P1, repeat".
    for part in re.split(r",(?=\s*[\w.]+\s*=)", where):
        name, equals, value = (text.strip() for text in part.partition("="))
        if not equals:
            raise ScreenError(f"--where '{where}': write it as column=value,column=value.")
        value = normalise_well(value) if name == "well" else value
        matches = (screen.column(name).astype("string") == value).fillna(False).to_numpy(dtype=bool)
        if not matches.any():
            raise ScreenError(f"--where: no field has {name}={value}; some that are there: {_some(screen, name)}.")
        chosen &= matches
    return np.flatnonzero(chosen)


def write_attention(attention: Attention, path: Path) -> None:
    """Write heads x height x width as float32; the description holds scale and translate in pixels of the field.

    Its `rim` is how many cells of a fine map fewer windows have seen, at each side.
    """
    place = {
        "axes": "QYX",
        "scale": list(attention.scale),
        "translate": list(attention.translate),
        "rim": attention.rim,
    }
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

    model = load_model((yield from weights_of(args.model, best=args.best)), args.device or "auto")
    # The intensities of its plate are measured on all of the plate, so the screen stays whole.
    question = Question(args.block, args.kind, args.patch, args.fine)
    attention = yield from attend(model, screen, row, question, cache_folder=args.cache)
    yield _write(attention, screen, row, args)


def _draw_sheet(args: Namespace) -> Task[None]:
    screen = screen_for(args.model, args.screen)
    rows = find_rows(screen, args.where)
    if not 0 < len(rows) <= MOST_FIELDS:
        found = f"--where '{args.where}' holds for {len(rows)} fields"
        raise ScreenError(f"{found}; a contact sheet shows 1 to {MOST_FIELDS}.")
    from cdcl.inference import attend_all, load_model

    model = load_model((yield from weights_of(args.model, best=args.best)), args.device or "auto")
    question = Question(args.block, "mean" if args.kind == "heads" else args.kind, args.patch, args.fine)
    answers = yield from attend_all(model, screen, rows.tolist(), question, cache_folder=args.cache)
    frames = [
        Frame(screen.image(row), answer.maps.mean(0), field_title(screen, row))
        for row, answer in zip(rows.tolist(), answers, strict=True)
    ]
    with replaced_file(args.out) as temporary:
        temporary.write_bytes(draw_contact_sheet(frames))
    yield Wrote(f"contact sheet of {len(frames)} fields", str(args.out))


def field_title(screen: Screen, row: int) -> str:
    """Name a field above its picture: treatment, then batch, plate, well and site; its row where none is known."""
    site = screen.sites.iloc[row]
    names = [name for name in ("treatment", "batch", "plate", "well") if name in site and str(site[name])]
    told = [str(site[name]) for name in names]
    if "site" in site and str(site["site"]):
        told.append(f"site {site['site']}")
    return "\n".join([told[0], " ".join(told[1:])]) if told else str(row)


def _numbered(screen: Screen, where: str) -> NDArray[np.int64]:
    words = where.removeprefix("rows=").split(";")
    if not all(word.strip().isdecimal() and int(word) < len(screen) for word in words):
        raise ScreenError(f"--where '{where}': write it as rows=3;5;8, with numbers below {len(screen)}.")
    return np.array([int(word) for word in words], dtype=np.int64)


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
