"""`cdcl plan-layout`: a randomised layout for the next screen, from the plate map of the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.cli.progress import run_task
from cdcl.errors import ScreenError
from cdcl.events import Said, Wrote
from cdcl.readers.metadata.platemap_files import read_noted_platemap
from cdcl.screen.counting import counted
from cdcl.screen.design import design_sentences
from cdcl.screen.image_columns import image_columns, varying_within
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
    given = yield from _wells_of(read.table, args.platemap)
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


def _wells_of(table: pd.DataFrame, path: Path) -> Task[pd.DataFrame]:
    """Give a row a well; what tells of an image stays where the image was taken, and is named."""
    keys = _keys(table)
    of_images = image_columns(table)
    if of_images:
        of_images += [name for name in varying_within(table.drop(columns=of_images), keys) if name not in OF_A_WELL]
    wells = _one_row_a_well(table.drop(columns=of_images), path)
    if of_images:
        became = f"{counted(len(table), 'row', 'rows')} became {counted(len(wells), 'well', 'wells')}"
        yield Said(f"{became}; what is of images, not of wells, is left out: {', '.join(of_images)}")
    return wells


def _one_row_a_well(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Take what is listed twice alike once, and refuse a well of which two things are said."""
    keys = _keys(table)
    table = table.drop_duplicates()
    twice = table.duplicated(keys)
    if twice.any():
        where = ", ".join(f"{name} {table.loc[twice, name].iloc[0]}" for name in keys)
        raise ScreenError(f"{path} says two things of {where}; keep one row a well (where plates differ, name them).")
    return table


def _keys(table: pd.DataFrame) -> list[str]:
    return [name for name in ("batch", "plate", "well") if name in table]


def _told(which: str, table: pd.DataFrame) -> Task[None]:
    for sentence in design_sentences(table, advise=False) or ["nothing that these places rule out."]:
        yield Said(f"{which}: {sentence}")
