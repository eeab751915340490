"""`cdcl score --relations`, from files to scores.csv; and recall of known biology on published profiles."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.__main__ import main
from cdcl.metrics.relations import relations_recalled
from cdcl.profiles import Profiles, read_profiles, write_profiles

if TYPE_CHECKING:
    from pathlib import Path


def genes_in_pairs(count: int = 30) -> tuple[Profiles, list[tuple[str, str]]]:
    """Three wells a gene; genes 0 and 1, 2 and 3, ... do the same."""
    rng = np.random.default_rng(0)
    effects = np.repeat(rng.normal(size=(count // 2, 16)), 2, axis=0)
    values = np.repeat(effects, 3, axis=0) + 0.5 * rng.normal(size=(3 * count, 16))
    gene = np.repeat([f"G{number}" for number in range(count)], 3)
    wells = [f"A{number + 1:02d}" for number in range(3 * count)]
    table = pd.DataFrame({"plate": "p", "well": wells, "treatment": gene, "gene": gene})
    pairs = [(f"G{number}", f"G{number + 1}") for number in range(0, count, 2)]
    return Profiles(values.astype(np.float32), table, "well"), pairs


def test_relations_from_a_file_stand_in_the_scores_with_their_null(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profiles, pairs = genes_in_pairs()
    write_profiles(profiles, tmp_path / "wells.parquet")
    pd.DataFrame([*pairs, ("G0", "unknown")], columns=["one", "other"]).to_csv(tmp_path / "pairs.csv", index=False)
    words = ["score", str(tmp_path / "wells.parquet"), "--relations", str(tmp_path / "pairs.csv"), "--nulls", "0"]
    assert main([*words, "-o", str(tmp_path / "scores.csv")]) == 0
    found = pd.read_csv(tmp_path / "scores.csv").set_index("name")
    for score in relations_recalled(profiles, pairs):
        row = found.loc[score.name]
        assert row["value"] == pytest.approx(score.value)
        assert row["null"] == pytest.approx(score.null)
        assert row["count"] == len(pairs)
        # Of 15 pairs that are no relations 0 to 6 lie in the ends of 10 % on each side, by the binomial distribution.
        assert row["value"] > 0.9 > 6 / 15 >= row["null_high"]
    assert "Known relations recalled" in capsys.readouterr().out


def test_a_file_of_relations_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write_profiles(genes_in_pairs()[0], tmp_path / "wells.parquet")
    assert main(["score", str(tmp_path / "wells.parquet"), "--relations", str(tmp_path / "none.csv")]) == 2


@pytest.mark.slow
def test_genes_that_drugs_hit_together_are_recalled_on_cpjump1(shared_data: Path, tmp_path: Path) -> None:
    """160 genes, 204 pairs that one drug of the JUMP-Target-1 plate is listed to hit: measured 2026-11-28."""
    folder = shared_data / "profiles" / "cpjump1"
    plates = [pd.read_csv(path, dtype={"Metadata_Plate": str}) for path in sorted(folder.glob("BR*.csv.gz"))]
    pd.concat(plates).to_csv(tmp_path / "plates.csv", index=False)
    (table,) = folder.glob("JUMP-Target-1_compound_metadata*.tsv")
    lists = pd.read_csv(table, sep="\t")["target_list"].dropna().str.split("|")
    pairs = sorted({pair for genes in lists for pair in combinations(sorted(set(genes)), 2)})
    near, wide = relations_recalled(read_profiles(tmp_path / "plates.csv"), pairs)
    assert (near.count, wide.count) == (204, 204)
    assert (near.value, wide.value) == (pytest.approx(0.157, abs=0.01), pytest.approx(0.294, abs=0.01))
    # Shuffled genes recall what the ends hold by definition.
    assert (near.null, wide.null) == (pytest.approx(0.1, abs=0.02), pytest.approx(0.2, abs=0.02))
    assert wide.value > wide.null_high
