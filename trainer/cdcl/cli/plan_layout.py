"""`cdcl plan-layout`: a randomised layout for the next screen, from the plate map of the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.cli.progress import run_task
from cdcl.errors import ScreenError
from cdcl.events import Said, Wrote
from cdcl.readers.metadata.platemap_files import read_noted_platemap
from cdcl.screen.design import design_sentences
from cdcl.screen.planning import plan_layout
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    import pandas as pd

    from cdcl.tasks import Task


OF_A_WELL = ("treatment", "compound", "concentration", "mechanism", "control")
"""What does not differ between the sites of a well."""


def perform(args: Namespace) -> None:
    """Read a plate map, draw where everything stands anew, and write the new map."""
    if args.out is not None and args.out.suffix.lower() != ".csv":
        raise ScreenError(f"{args.out}: a layout is written as .csv.")
    run_task(_plan(args), args)


def _plan(args: Namespace) -> Task[None]:
    read = read_noted_platemap(args.platemap)
    for note in read.notes:
        yield Said(f"note: {note}")
    given = _one_row_a_well(read.table, args.platemap)
    if {"batch", "plate"} <= set(given) and given.duplicated(["plate", "well"]).any():
        yield Said("plates of one name in several batches are planned as batch/plate")
        given = given.assign(plate=plate_keys(given))
    yield from _told("as it is", given if "plate" in given else given.assign(plate="1"))
    planned = plan_layout(given, args.plates, seed=args.seed)
    yield from _told("as planned", planned)
    out = args.out or args.platemap.with_name(f"{args.platemap.stem}-planned.csv")
    with replaced_file(out) as temporary:
        planned.to_csv(temporary, index=False)
    yield Wrote("layout", str(out))


def _one_row_a_well(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Take what is listed twice alike once, and refuse a well of which two things are said.

    A table of a screen has a row a site: there only what is true of a whole well can contradict itself.
    """
    keys = [name for name in ("batch", "plate", "well") if name in table]
    said = [name for name in OF_A_WELL if name in table] if "site" in table else list(table.columns)
    table = table.drop_duplicates([*keys, *(name for name in said if name not in keys)])
    twice = table.duplicated(keys)
    if twice.any():
        where = ", ".join(f"{name} {table.loc[twice, name].iloc[0]}" for name in keys)
        raise ScreenError(f"{path} says two things of {where}; keep one row a well (where plates differ, name them).")
    return table


def _told(which: str, table: pd.DataFrame) -> Task[None]:
    for sentence in design_sentences(table) or ["nothing that these places rule out."]:
        yield Said(f"{which}: {sentence}")
