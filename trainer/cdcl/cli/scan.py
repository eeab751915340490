"""`cdcl scan`: what a screen on disk holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.cli.progress import run_task
from cdcl.cli.streams import show
from cdcl.errors import ScreenError
from cdcl.events import Said, Warned, Wrote
from cdcl.images.reduction import Reduction
from cdcl.readers import Choice, Request, describe, scan_source
from cdcl.readers.remapping import parse_remaps
from cdcl.readers.unknown import UnknownLayoutError
from cdcl.screen.design import design_sentences
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from argparse import Namespace

    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Read the screen, print its report, and write its table where asked."""
    report = run_task(_scan(args), args)
    if not args.events:
        show("\n".join(report))


def _scan(args: Namespace) -> Task[list[str]]:
    if args.out is not None and args.out.suffix.lower() not in (".csv", ".parquet"):
        raise ScreenError(f"{args.out}: a screen's table is written as .csv or .parquet.")
    try:
        scan = scan_source(args.source, _request(args))
    except UnknownLayoutError as error:
        yield from (Said(line) for line in error.seen)
        raise
    report = describe(scan.screen)
    read_as = [f"columns     {scan.columns}"] if scan.columns else []
    facts = [f"layout      {scan.layout}", f"found       {scan.extent}", *read_as, *report.facts()]
    # That controls are missing is said once: the report says it of intensities.
    told = [
        one
        for one in design_sentences(scan.screen.sites)
        if report.controls.get("negative") or "no negative" not in one
    ]
    notes = [*scan.notes, *report.notes, *told]
    if args.events:
        yield from (Said(line) for line in facts)
        yield from (Warned(note) for note in notes)
    if report.all_missing:
        raise ScreenError(
            f"{args.source}: none of its {report.missing_files} image files is there, such as {report.all_missing}; "
            "--remap OLD=NEW says where they lie now."
        )
    if args.out is not None:
        write_screen(scan.screen, args.out)
        yield Wrote("screen", str(args.out))
    return [*facts, *(f"note: {note}" for note in notes)]


def _request(args: Namespace) -> Request:
    choice = Choice(z=args.z or "", t=args.t or "", channels=_channels(args.channels or ""))
    remaps = parse_remaps(args.remap)
    return Request(args.layout, args.metadata, args.pattern, args.batch_from, choice, remaps, _reduction(args))


def _reduction(args: Namespace) -> Reduction | None:
    if args.bin is None and args.uint8 is None:
        return None
    bins, full = 1 if args.bin is None else args.bin, 0.0 if args.uint8 is None else args.uint8
    if bins < 1 or not (args.uint8 is None or 0 < full < float("inf")):
        raise ScreenError("--bin takes a whole number from 1, --uint8 the counts that become 255, such as 4095.")
    return Reduction(bins, full)


def _channels(text: str) -> dict[str, str]:
    """Read "w1=DNA,w2" as the channels to keep and their new names."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    names = {old.strip(): new.strip() or old.strip() for old, _, new in pairs}
    if len(set(names.values())) < len(pairs):
        raise ScreenError(f"--channels {text}: a channel is named twice.")
    return names
