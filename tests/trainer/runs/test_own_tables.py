"""Tables of our own, changed by an editor or a stranger: a word for a number is refused where the table is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import RunError
from cdcl.runs.own_tables import (
    BY_LABEL,
    CLUSTERS,
    COMPARED,
    CURVES,
    DOSE_POINTS,
    HITS,
    QUALITY,
    SCORES,
    SHARES,
    TREE,
    OwnTable,
    read_png,
)

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {
    "scores": SCORES,
    "by label": BY_LABEL,
    "compared": COMPARED,
    "hits": HITS,
    "curves": CURVES,
    "dose points": DOSE_POINTS,
    "shares": SHARES,
    "clusters": CLUSTERS,
    "tree": TREE,
    **QUALITY,
}


def rows(kind: OwnTable) -> pd.DataFrame:
    texts = {key: ["01", "NA"] for key in (*kind.texts, *kind.further_texts)}
    numbers = {key: [0.5, np.nan] for key in (*kind.numbers, *kind.further_numbers)}
    return pd.DataFrame({**texts, **numbers})


@pytest.mark.parametrize("name", KINDS)
def test_a_table_comes_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    written = rows(KINDS[name])
    written.to_csv(tmp_path / "table.csv", index=False)
    pd.testing.assert_frame_equal(KINDS[name].read(tmp_path / "table.csv"), written, check_dtype=False)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.numbers])
@pytest.mark.parametrize("word", ["high", "inf", "1e400"])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_word_where_a_number_belongs_is_refused_and_the_mend_named(
    suffix: str, word: str, name: str, tmp_path: Path
) -> None:
    kind, path = KINDS[name], tmp_path / f"table.{suffix}"
    if word != "high" and kind.numbers[0] in ("z_prime", "ec50"):
        pytest.skip("a ratio may be infinite")
    changed = rows(kind).astype({kind.numbers[0]: str})
    changed.loc[0, kind.numbers[0]] = word
    changed.to_csv(path, index=False) if suffix == "csv" else changed.to_parquet(path)
    with pytest.raises(
        RunError, match=rf"in the column {kind.numbers[0]}, no number; make it anew with `cdcl {kind.maker}"
    ):
        kind.read(path)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.texts])
def test_a_column_that_is_missing_is_named(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    rows(kind).drop(columns=kind.texts[0]).to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(RunError, match=f"make it anew with .* It lacks the column {kind.texts[0]}"):
        kind.read(tmp_path / "table.csv")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,"b\n1', bytes(100), b"a,b\n1,2,3\n4\n"])
def test_whatever_a_file_holds_is_a_table_or_a_refusal(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"table\.csv"):
        SCORES.read(path)


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hits.png").write_bytes(b"GIF89a")
    with pytest.raises(RunError, match=r"hits\.png is no picture; make it anew with `cdcl hits"):
        read_png(tmp_path / "hits.png", "hits")
