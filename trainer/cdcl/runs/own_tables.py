"""The tables that verbs leave in a run's folder, held against what they are when they are read again.

An editor, a crash or a stranger may have changed them: a word in the place of a number is refused here, with the verb
that makes the table anew, and not in the middle of a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.bounded import check_regular, read_bytes
from cdcl.errors import RunError
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path


MOST_BYTES = 256 * 2**20
"""About a million rows with a sentence each."""


@dataclass(frozen=True, slots=True)
class OwnTable:
    """What a table of ours holds.

    Attributes
    ----------
    maker
        The verb that makes it.
    texts, numbers
        Columns that it must have.
    further_texts, further_numbers
        Columns that it may have; others are left as they are found.
    """

    maker: str
    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    further_texts: tuple[str, ...] = ()
    further_numbers: tuple[str, ...] = ()

    def read(self, path: Path) -> pd.DataFrame:
        """Read a table; texts stay texts ("01", "NA"), only what is empty is missing, and numbers are numbers.

        Returns
        -------
        DataFrame
            Its columns alone where there is no file.

        Raises
        ------
        RunError
            If it cannot be read, lacks a column, or has a word where a number belongs.
        """
        if not path.exists():
            return pd.DataFrame(columns=[*self.texts, *self.numbers])
        if check_regular(path, RunError) > MOST_BYTES:
            raise self._refuse(path, "is larger than any table of this kind")
        table = self._parse(path)
        missing = [name for name in (*self.texts, *self.numbers) if name not in table]
        if missing:
            what = "no table of scores" if "value" in self.numbers else "no table of this kind"
            refusal = self._refuse(path, f"is {what}")
            raise RunError(f"{refusal} It lacks the column {missing[0]}.")
        texts = {name: table[name].fillna("").astype(str) for name in self._all_texts() if name in table}
        numbers = {
            name: self._as_numbers(table[name], path)
            for name in (*self.numbers, *self.further_numbers)
            if name in table
        }
        return table.assign(**texts, **numbers)

    def _all_texts(self) -> tuple[str, ...]:
        return (*self.texts, *self.further_texts)

    def _parse(self, path: Path) -> pd.DataFrame:
        kinds = dict.fromkeys(self._all_texts(), "str")
        try:
            if path.suffix == ".parquet":
                return pd.read_parquet(path)
            return pd.read_csv(path, dtype=kinds, keep_default_na=False, na_values=[""])
        except (ValueError, OSError) as error:
            raise self._refuse(path, "cannot be read") from error

    def _as_numbers(self, column: pd.Series, path: Path) -> pd.Series:
        """Give float64, NaN where nothing stands, infinite only what is a ratio."""
        numbers = pd.to_numeric(column, errors="coerce").astype(np.float64)
        odd = numbers.isna() & column.notna()
        if column.name not in _RATIOS:
            odd |= np.isinf(numbers)
        if odd.any():
            raise self._refuse(path, f"has {str(column[odd].iloc[0])[:40]!r} in the column {column.name}, no number")
        return numbers

    def _refuse(self, path: Path, what: str) -> RunError:
        return RunError(f"{path} {what}; make it anew with {verb(self.maker)}.")


_RATIOS = ("z_prime", "robust_z_prime", "ssmd", "size", "effect", "ec50", "ec50_low", "ec50_high")
"""Numbers that may be infinite: nothing lies between the means, or nothing around them."""
_INTERVAL = ("low", "high", "chance")
_OF_SCORES = ("count", "null", "null_low", "null_high", "mcc", "macro_f1", "can_be_right", "can_be_wrong", "p", "q")

SCORES = OwnTable("score", ("name", "level", "note"), ("value", *_INTERVAL), (), _OF_SCORES)
"""scores.csv: one row a metric and level."""
BY_LABEL = OwnTable("score", ("name", "label"), ("value",), ("level", "note"), (*_INTERVAL, *_OF_SCORES, "least_p"))
"""scores-by-label.csv: the same of each treatment, batch and mechanism."""
COMPARED = OwnTable(
    "score", ("run", "correction", "name", "level"), ("value", "low", "high"), ("note",), ("chance", *_OF_SCORES)
)
"""corrections/scores.parquet and beside.parquet."""
HITS = OwnTable(
    "hits",
    ("treatment", "hit", "reasons"),
    ("q", "effect"),
    ("compound", "concentration", "mechanism", "like", "nearest", "phenotypes", "flags"),
    ("across_batches", "cells", "confidence", "similarity", "wells", "plates", "batches", "p", "assignments"),
)
"""hits.csv: one row a treatment; `hit` is the word True or False."""
PAIRS = OwnTable(
    "relations",
    ("one", "other", "related"),
    ("similarity", "q"),
    ("mechanism", "known"),
    ("p",),
)
"""relations/pairs.csv: one row a pair of treatments; `related` is the word True or False."""
TREE = OwnTable("relations", (), ("one", "other", "height", "size"))
"""relations/tree.csv: one row a joint of the dendrogram, as SciPy has them."""
CURVES = OwnTable(
    "doses",
    ("compound", "response", "reason", "note"),
    ("ec50", "ec50_low", "ec50_high", "bottom", "top", "slope"),
    ("unit",),  # since 2026-11-28
    ("doses", "wells", "plates", "monotonicity", "p", "q"),
)
"""doses/<along>.csv: one row a compound."""
DOSE_POINTS = OwnTable(
    "doses",
    ("compound", "treatment", "plate", "batch", "well", "control", "concentration_unit"),
    ("response",),
    (),
    ("concentration",),
)
"""doses/<along>-wells.csv: one row a well."""
SHARES = OwnTable("classify", ("plate", "well"), (), ("batch",))
"""phenotypes/wells.csv: one row a well, with a column share_<phenotype> for each."""
CLUSTERS = OwnTable("cluster", ("cluster",), ("profiles", "wells", "stability"), ("over_represented", "batches"))
"""clusters/<level>.csv: one row a cluster."""
CHECKS = OwnTable("accept", ("plate", "verdict", "check", "reason"), ("value", "limit"))
"""What the verb `accept` writes: one row a check; `plate` is empty where it is asked of all plates."""
_PLACE = ("batch", "plate", "well", "site")
FLAGS = OwnTable("quality", (*_PLACE, "flag", "channel", "reason"))
"""quality/flags.csv: what is worth a look."""
QUALITY = {
    "flags": FLAGS,
    "layout": OwnTable("quality", ("plate", "value", "effect", "reference"), ("p", "q", "size"), ("batch",)),
    "plates": OwnTable("quality", ("plate",), ("order", "drift"), ("batch", "reference")),
    "batches": OwnTable("quality", ("batch",), (), ("reference",), ("order", "drift")),
    "separation": OwnTable(
        "quality", ("positive", "value", "plate", "note"), ("z_prime", "robust_z_prime", "ssmd", "auc"), ("batch",)
    ),
    "wells": OwnTable(
        "quality", (), (), (*_PLACE, "control", "treatment"), ("row", "column", "distance", "num_cells", "pc1")
    ),
    "archetypes": OwnTable("quality", ("plate",), ("drift",), ("batch", "reference"), ("control_drift",)),
    "controls": OwnTable(
        "quality", ("control", "expected", "found"), ("found_weight",), (*_PLACE, "treatment"), ("expected_weight",)
    ),
}
"""The tables of quality/, by name."""


def read_png(path: Path, maker: str) -> bytes:
    """Read a picture that a verb left.

    Parameters
    ----------
    maker
        The verb.

    Returns
    -------
    bytes
        Of a PNG.

    Raises
    ------
    RunError
        If it is none.
    """
    content = read_bytes(path, RunError)
    if not content.startswith(b"\x89PNG"):
        raise RunError(f"{path} is no picture; make it anew with {verb(maker)}.")
    return content
