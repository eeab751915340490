"""`cdcl relations`: which treatments look alike, as a heat map, a network and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import remove, replaced_file
from cdcl.cli.profile_sources import profiles_of
from cdcl.cli.progress import run_task
from cdcl.cli.streams import show
from cdcl.cli.tables import align
from cdcl.errors import ProfilesError
from cdcl.events import Warned, Wrote
from cdcl.hits.relation_files import write_relation_files
from cdcl.hits.relations import find_relations
from cdcl.metrics.relations import read_relations, strangers
from cdcl.quality import wells_of
from cdcl.report.relations import draw_heat_map, draw_network
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from cdcl.hits.relations import Relations
    from cdcl.quality import Wells
    from cdcl.tasks import Task

MOST_LINES = 20
"""A terminal's height, with room for heading and summary."""


def perform(args: Namespace) -> None:
    """Compare all treatments, print the most alike, and keep pictures and tables."""
    relations = run_task(_relations(args), args)
    if not args.events:
        show(in_words(relations))


def in_words(relations: Relations) -> str:
    """Say how many pairs are related, and list the most alike."""
    related = relations.pairs[relations.pairs["related"]]
    head = (
        f"{len(related)} of {len(relations.pairs)} pairs of {len(relations.names)} treatments are more alike than "
        "chance explains (q < 0.05)"
    )
    if not len(related):
        return head
    rows = [
        [str(row["one"]), str(row["other"]), f"{row['similarity']:.2f}", f"{row['q']:.2g}", _why(row)]
        for row in related.head(MOST_LINES).to_dict("records")
    ]
    more = f"\n... and {len(related) - MOST_LINES} more in the table" if len(related) > MOST_LINES else ""
    return f"{head}\n{align(['treatment', 'and', 'similarity', 'q', ''], rows)}{more}"


def _why(row: dict[object, object]) -> str:
    return ", ".join(filter(None, [str(row["mechanism"]), "known" if row["known"] else ""]))


def _relations(args: Namespace) -> Task[Relations]:
    known = read_relations(args.known) if args.known else []
    profiles, run = yield from profiles_of(args)
    folder: Path | None = args.out or (run.folder / "relations" if run else None)
    if folder is None:
        raise ProfilesError(f"say where the relations of {args.profiles} go with -o FOLDER.")
    wells = wells_of(profiles)
    relations = yield from find_relations(wells, known, seed=args.seed)
    if args.known and not relations.pairs["known"].any():
        first = f", such as {known[0][0]} and {known[0][1]}" if known else ""
        yield Warned(
            f"{args.known}: none of its {len(known)} pairs{first} names two treatments or compounds of these profiles; "
            f"none is marked. They are called {', '.join(relations.names[:2])}, and so on."
        )
    elif args.known:
        yield from _tell_strange(args.known, known, relations, wells)
    yield from write_relation_files(folder, relations)
    for form in ("png", "svg"):
        for name, drawn in (("heat-map", draw_heat_map(relations, form)), ("network", draw_network(relations, form))):
            path = folder / f"{name}.{form}"
            remove(path)
            if drawn is not None:
                with replaced_file(path) as temporary:
                    temporary.write_bytes(drawn)
                yield Wrote(name.replace("-", " "), str(path))
    return relations


def _tell_strange(path: Path, known: list[tuple[str, str]], relations: Relations, wells: Wells) -> Task[None]:
    """Say how many known pairs cannot be marked because one of the two is not here, and which names these are."""
    table = wells.profiles.table
    own = table[table["treatment"].isin(relations.names)]
    names = {*relations.names, *(own["compound"].astype(str) if "compound" in own else ())}
    lost = [pair for pair in known if not names.issuperset(pair)]
    if lost:
        yield Warned(
            f"{len(lost)} of {counted(len(known), 'pair', 'pairs')} of {path.name} cannot be marked: no treatment or "
            f"compound of these profiles is called {strangers(lost, names)}."
        )
