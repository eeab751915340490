"""The relations of a run as files: written by the verb `relations`, held against each other when read again."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.atomic import replaced_file
from cdcl.bounded import check_regular
from cdcl.errors import RunError
from cdcl.events import Wrote
from cdcl.hits.relations import Relations
from cdcl.runs.own_tables import MOST_BYTES, PAIRS, TREE
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.tasks import Task

    Array = NDArray[np.float64]

PAIRS_FILE, SIMILARITY_FILE, TREE_FILE = "pairs.csv", "similarity.csv", "tree.csv"
DIGITS = 4
"""Of a similarity as written: with 100 wells a cosine is known to the second."""
OFF = 2 * 10.0**-DIGITS
"""What two readings of one similarity may differ by: both ends of a rounding, twice."""
LINKS = ("one", "other", "height", "size")


def write_relation_files(folder: Path, relations: Relations) -> Task[None]:
    """Write pairs, similarities and dendrogram of treatments into a folder.

    Raises
    ------
    DiskError
        If they cannot be written.
    """
    names = relations.names
    similarity = pd.DataFrame(relations.cosines.round(DIGITS), names, names).rename_axis("treatment")
    tree = pd.DataFrame(relations.links, columns=list(LINKS)).astype({"one": int, "other": int, "size": int})
    tables = {
        PAIRS_FILE: (relations.pairs, False),
        SIMILARITY_FILE: (similarity, True),
        TREE_FILE: (tree.round({"height": DIGITS + 2}), False),
    }
    for name, (table, named) in tables.items():
        with replaced_file(folder / name) as temporary:
            table.to_csv(temporary, index=named)
        yield Wrote(name.removesuffix(".csv"), str(folder / name))


def read_pairs(path: Path) -> pd.DataFrame:
    """Read a table of pairs, `related` and `known` true or false.

    Raises
    ------
    RunError
        If it is no such table; the message says why.
    """
    pairs = PAIRS.read(path)
    pairs = pairs if "known" in pairs else pairs.assign(known="False")
    for name in ("related", "known"):
        odd = sorted(set(pairs[name]) - {"True", "False"})
        if odd:
            raise _refuse(path, f"has {odd[0][:40]!r} in the column {name}, not True or False")
    return pairs.assign(related=pairs["related"] == "True", known=pairs["known"] == "True")


def read_relation_files(folder: Path) -> Relations:
    """Read what `write_relation_files` wrote; mechanisms are not in it, and are "".

    Returns
    -------
    Relations
        `links` has no rows where a run of before has no dendrogram.

    Raises
    ------
    RunError
        If a file is damaged or missing, or is not of the same treatments as the others.
    """
    pairs = read_pairs(folder / PAIRS_FILE)
    names, cosines = _read_similarities(folder / SIMILARITY_FILE)
    _hold_together(folder / PAIRS_FILE, pairs, names, cosines)
    return Relations(names, cosines, _read_links(folder / TREE_FILE, len(names)), pairs, ("",) * len(names))


def _read_similarities(path: Path) -> tuple[tuple[str, ...], Array]:
    """Read names and a symmetric matrix of cosines; a treatment may be called as anything, "treatment" or "NA" too."""
    if not path.exists():
        raise _refuse(path, "is missing")
    if check_regular(path, RunError) > MOST_BYTES:
        raise _refuse(path, "is larger than any table of this kind")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            heading, *rows = csv.reader(file)
        values = np.array([row[1:] for row in rows], dtype=np.float64)
    except (ValueError, csv.Error) as error:
        raise _refuse(path, "is no square of numbers, or is cut off") from error
    names = tuple(row[0] for row in rows if row)
    if not names or tuple(heading[1:]) != names or values.shape != (len(names), len(names)):
        raise _refuse(path, "does not name the same treatments in its rows and columns, or is cut off")
    if len(set(names)) < len(names):
        raise _refuse(path, f"names {max(names, key=names.count)[:40]!r} twice")
    if not np.isfinite(values).all() or np.abs(values).max() > 1 + OFF or np.abs(values - values.T).max() > OFF:
        raise _refuse(path, "has a number that is no cosine, or differs from its counterpart")
    return names, np.clip(values, -1, 1)


def _hold_together(path: Path, pairs: pd.DataFrame, names: tuple[str, ...], cosines: Array) -> None:
    """Refuse pairs that are not those of a matrix."""
    places = pd.Index(names)
    one, other = (places.get_indexer(pd.Index(pairs[name])) for name in ("one", "other"))
    strange = np.flatnonzero((one < 0) | (other < 0))
    if len(strange):
        row = pairs.iloc[int(strange[0])]
        name = row["one" if one[strange[0]] < 0 else "other"]
        raise _refuse(path, f"names {str(name)[:40]!r}, which {SIMILARITY_FILE} does not")
    seen = np.zeros(cosines.shape, dtype=bool)
    seen[np.minimum(one, other), np.maximum(one, other)] = True
    if len(pairs) != len(names) * (len(names) - 1) // 2 or seen[np.triu_indices(len(names), 1)].sum() != len(pairs):
        raise _refuse(path, f"has {len(pairs):,} lines, not one for each pair of {len(names):,} treatments: cut off?")
    off = np.abs(cosines[one, other] - pairs["similarity"].to_numpy())
    if len(off) and not off.max() <= OFF:
        raise _refuse(path, f"and {SIMILARITY_FILE} were not made together: their similarities differ")
    if not pairs["q"].between(0, 1).all():
        raise _refuse(path, "has a q that is not between 0 and 1")


def _read_links(path: Path, num: int) -> Array:
    """Read a dendrogram as SciPy has it, (num - 1, 4): row i joins two of the leaves and joints before, as num + i."""
    if not path.exists():
        return np.zeros((0, len(LINKS)))
    links = TREE.read(path)[list(LINKS)].to_numpy(dtype=np.float64)
    if links.shape != (num - 1, len(LINKS)) or not np.isfinite(links).all():
        raise _refuse(path, f"has {len(links)} joints, not {num - 1}: cut off, or made for other treatments")
    ends, latest = links[:, :2], num + np.arange(num - 1)
    whole = (ends == np.round(ends)).all() and (ends >= 0).all() and (ends < latest[:, None]).all()
    if not whole or len(np.unique(ends)) != ends.size or not 0 <= links[:, 2].min() <= links[:, 2].max() <= 2 + OFF:
        raise _refuse(path, "is no dendrogram: each branch is joined once, to what is there already")
    return links


def _refuse(path: Path, what: str) -> RunError:
    return RunError(f"{path} {what}; make it anew with {verb('relations')}.")
