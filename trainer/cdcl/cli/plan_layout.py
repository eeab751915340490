"""`cdcl plan-layout`: a randomised layout for the next screen, from the plate map of the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.cli.progress import run_task
from cdcl.errors import ScreenError
from cdcl.events import Said, Wrote
from cdcl.readers.metadata.platemap_files import read_platemap
from cdcl.screen.design import design_sentences
from cdcl.screen.planning import plan_layout

if TYPE_CHECKING:
    from argparse import Namespace

    import pandas as pd

    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Read a plate map, draw where everything stands anew, and write the new map."""
    if args.out is not None and args.out.suffix.lower() != ".csv":
        raise ScreenError(f"{args.out}: a layout is written as .csv.")
    run_task(_plan(args), args)


def _plan(args: Namespace) -> Task[None]:
    given = read_platemap(args.platemap)
    if "plate" in given:
        given = given.drop_duplicates(["plate", "well"])
    yield from _told("as it is", given if "plate" in given else given.assign(plate="1"))
    planned = plan_layout(given, args.plates, seed=args.seed)
    yield from _told("as planned", planned)
    out = args.out or args.platemap.with_name(f"{args.platemap.stem}-planned.csv")
    with replaced_file(out) as temporary:
        planned.to_csv(temporary, index=False)
    yield Wrote("layout", str(out))


def _told(which: str, table: pd.DataFrame) -> Task[None]:
    for sentence in design_sentences(table) or ["nothing that these places rule out."]:
        yield Said(f"{which}: {sentence}")
