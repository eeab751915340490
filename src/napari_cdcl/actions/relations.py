"""The relations of a run's treatments in the window: found by a child, read, marked, saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.errors import CDCLError, ProfilesError, RunError
from napari_cdcl.models.relation_map import RelationMap, ends_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.hits.relations import Relations
    from cdcl.runs import Run

FORMS = (".csv", ".png", ".svg")
FROM_HITS = ("hit", "effect", "cells")
"""Columns of hits.csv that a strip can show beside those of the screen."""
HEAT_MAP, NETWORK, LIST = "heat map", "network", "list"
"""Views of the relations."""


@dataclass(frozen=True, eq=False)
class RunRelations:
    """What is known of the relations of a run's treatments.

    Attributes
    ----------
    run
        Whose.
    map
        None where they were not found yet.
    stale
        The profiles have changed since.
    told
        Pairs of the user's file, and how many of the pairs here they are; None where no file was chosen.
    """

    run: Run
    map: RelationMap | None
    stale: bool = False
    told: tuple[int, int] | None = None


@dataclass(frozen=True)
class Wish:
    """What is to be saved of the relations.

    Attributes
    ----------
    view
        `HEAT_MAP`, `NETWORK` or `LIST`.
    column
        What colours say.
    lines
        Pairs of the network, or of the list, from the most alike on.
    """

    view: str
    column: str
    lines: int


def relation_steps(run: Run, known: Path | None = None) -> list[list[str]]:
    """Give the arguments of the child that finds the relations of a run, and marks the pairs of a file.

    Raises
    ------
    RunError
        If the run has no profiles yet.
    """
    if not run.profiles("site").is_file():
        raise RunError(f"{run.folder.name} has no profiles yet; embed it first (Runs panel, Embed).")
    return [["relations", str(run.folder), *([] if known is None else ["--known", str(known)])]]


def stamp_of_relations(run: Run) -> tuple[int, ...]:
    """Give what changes when the relations, their profiles or the hits do; cheap, to be asked often."""
    folder = run.folder / "relations"
    paths = (folder / "pairs.csv", folder / "similarity.csv", folder / "tree.csv", run.profiles("site"), run.hits)
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)


def count_treatments(sites: pd.DataFrame) -> int:
    """Count the treatments of a screen that relations are asked of: no negative controls, no empty wells."""
    if "treatment" not in sites:
        return 0
    control = sites["control"].astype("string").fillna("") if "control" in sites else sites["treatment"].isna()
    names = sites["treatment"].astype("string").fillna("")
    return int(names[~control.isin(["negative", "empty"]) & (names != "")].nunique())


def read_run_relations(run: Run, sites: pd.DataFrame | None, known: Path | None = None) -> RunRelations:
    """Read the relations of a run; it may run in any thread.

    Parameters
    ----------
    sites
        The table of the screen that is open, for mechanisms and all else that treatments have one value of.
    known
        A file of pairs that are to be marked; without one, those that the child has marked are.

    Raises
    ------
    CDCLError
        If a file is damaged; the message says which.
    """
    from cdcl.hits.relation_files import read_relation_files
    from cdcl.hits.springs import spring_layout
    from cdcl.metrics.relations import read_relations

    path, source = run.folder / "relations" / "pairs.csv", run.profiles("site")
    pairs = None if known is None else read_relations(known)
    if not path.is_file():
        return RunRelations(run, None)
    relations = read_relation_files(path.parent)
    table = _with_hits(treatment_table(sites, relations.names), relations.names, run)
    marked = _marked(relations, table, pairs)
    drawn = RelationMap(relations, marked, table, np.zeros(0, dtype=np.int64), np.zeros((0, 2)))
    ends = ends_of(drawn.related, drawn.places)
    nodes, lines = np.unique(ends, return_inverse=True)
    if len(nodes):
        drawn = replace(drawn, nodes=nodes, points=spring_layout(len(nodes), lines.reshape(ends.shape)))
    stale = source.is_file() and source.stat().st_mtime_ns > path.stat().st_mtime_ns
    told = None if pairs is None else (len(pairs), int(np.triu(marked).sum()))
    return RunRelations(run, drawn, stale, told)


def treatment_table(sites: pd.DataFrame | None, names: tuple[str, ...]) -> pd.DataFrame:
    """Give the columns of which each treatment has one value, a row for each of `names`."""
    import pandas as pd

    if sites is None or "treatment" not in sites:
        return pd.DataFrame(index=range(len(names)))
    groups = sites.groupby(sites["treatment"].astype("string").fillna("").to_numpy(dtype=str), sort=False)
    firsts, kinds = groups.first(), groups.nunique()
    kept = [name for name in firsts if name != "treatment" and (kinds[name] <= 1).all() and kinds[name].any()]
    return firsts[kept].reindex(list(names)).reset_index(drop=True)


def save_relations(relations: RelationMap, wish: Wish, path: Path) -> None:
    """Write a view: as a table (.csv), or drawn (.png, .svg) with the colours of the window.

    Raises
    ------
    CDCLError
        If it cannot be written, the name ends otherwise, or nothing is there to be drawn.
    """
    form = path.suffix.lower()
    forms = FORMS[:1] if wish.view == LIST else FORMS
    if form not in forms:
        raise ProfilesError(f"{path}: the {wish.view} is written as {', '.join(forms)}.")
    if form == ".csv":
        with replaced_file(path) as temporary:
            _table(relations, wish).to_csv(temporary, index=False)
        return
    drawn = _drawn(relations, wish, form[1:])
    if drawn is None:
        raise ProfilesError("no pair is more alike than chance explains: there is no network to write.")
    with replaced_file(path) as temporary:
        temporary.write_bytes(drawn)


def pairs_shown(relations: RelationMap, lines: int) -> pd.DataFrame:
    """Give the most alike related pairs, and whether they are known."""
    shown = relations.related.head(lines)
    one, other = (shown[name].map(relations.places).to_numpy(dtype=np.int64) for name in ("one", "other"))
    return shown.assign(known=relations.known[one, other])


def _table(relations: RelationMap, wish: Wish) -> pd.DataFrame:
    import pandas as pd

    if wish.view != HEAT_MAP:
        return pairs_shown(relations, wish.lines)
    names = list(relations.names)
    matrix = pd.DataFrame(relations.relations.cosines, columns=names)
    head = pd.DataFrame({"treatment": names})
    if wish.column in relations.table:
        head[wish.column] = relations.table[wish.column]
    return pd.concat([head, matrix], axis=1)


def _drawn(relations: RelationMap, wish: Wish, form: str) -> bytes | None:
    from cdcl.report.relations import Kinds, draw_heat_map, draw_network  # brings matplotlib

    own = relations.relations
    places = [own.pairs[name].map(relations.places).to_numpy(dtype=np.int64) for name in ("one", "other")]
    pairs = own.pairs.assign(known=relations.known[places[0], places[1]])
    if wish.view == NETWORK:
        pairs["related"] = pairs.index.isin(pairs.index[pairs["related"]][: wish.lines])
    kinds = Kinds.of_colouring(relations.colouring(wish.column))
    drawn = replace(own, pairs=pairs)
    return draw_network(drawn, form, kinds) if wish.view == NETWORK else draw_heat_map(drawn, form, kinds)


def _with_hits(table: pd.DataFrame, names: tuple[str, ...], run: Run) -> pd.DataFrame:
    """Add what the hits say of each treatment, where they are there and whole."""
    from cdcl.hits import read_hits

    if not run.hits.is_file():
        return table
    try:
        hits = read_hits(run.hits).drop_duplicates("treatment").set_index("treatment").reindex(list(names))
    except CDCLError:
        return table  # the tab of the hits says what is wrong with them
    return table.assign(**{name: hits[name].to_numpy() for name in FROM_HITS if name in hits})


def _marked(relations: Relations, table: pd.DataFrame, told: list[tuple[str, str]] | None) -> NDArray[np.bool_]:
    """Give the known pairs, (T, T): of a file that the user chose, else those that the child has marked."""
    from cdcl.hits.relations import known_pairs

    names, unknown = relations.names, [""] * len(relations.names)
    if told is None:
        known = relations.pairs[relations.pairs["known"]]
        return known_pairs(names, unknown, zip(known["one"], known["other"], strict=True))
    compounds = table["compound"].astype("string").fillna("").tolist() if "compound" in table else unknown
    return known_pairs(names, compounds, told)
