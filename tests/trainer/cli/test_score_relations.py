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
from cdcl.profiles.corrections import fit_correction

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
    told = capsys.readouterr()
    assert "Known relations recalled" in told.out
    assert "15 of 16 related pairs lie in the column gene; not there: unknown" in told.err


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


# Reactome's pairs (CC0) of the genes that JUMP-Target-1's compounds hit first, as efaar_benchmarking 1.0 has them.
REACTOME = """
ABL1-ATM ABL1-MAPK14 ADORA2A-NTRK1 AKT1-HSP90AA1 AKT1-PDPK1 ATM-CDK2 ATM-CHEK2 ATM-MAPK8 BRAF-KRAS BRAF-NTRK1 BTK-LCK
CCND1-CDK4 CCND1-CDK7 CDC25A-CDK2 CDC25A-CHEK2 CDK2-CDK7 CDK4-CDK7 CSK-FLT3 CSK-LCK DNMT3A-EZH2 ERBB2-HSP90AA1
ERBB2-KRAS FLT3-HCK FLT3-LCK FOXM1-PLK1 HBB-HDAC6 HBB-HSP90AA1 HBB-HSP90AB1 HBB-RNASE1 HDAC6-HSP90AA1 HDAC6-HSP90AB1
HDAC6-RNASE1 HSP90AA1-HSP90AB1 HSP90AA1-KDR HSP90AA1-KRAS HSP90AA1-PTK2B HSP90AA1-RNASE1 HSP90AA1-VEGFA
HSP90AB1-RNASE1 KDR-PTK2B KDR-VEGFA KRAS-MET KRAS-PAK1 KRAS-PDPK1 LYN-PIK3CG MAPK8-PAK1 MET-PTPN2 PDPK1-PRKCB
PTK2B-VEGFA
"""


@pytest.mark.slow
def test_reactome_is_recalled_as_efaar_does_once_plates_are_centred_on_their_controls(
    shared_data: Path, tmp_path: Path
) -> None:
    """efaar_benchmarking's own function gives 8 of 49 on these plates, and 9 of 49 less each plate's DMSO."""
    files = sorted((shared_data / "profiles" / "cpjump1").glob("BR*.csv.gz"))
    plates = [pd.read_csv(path, dtype={"Metadata_Plate": str}) for path in files]
    pd.concat(plates).to_csv(tmp_path / "plates.csv", index=False)
    profiles = read_profiles(tmp_path / "plates.csv")
    pairs = [(one, other) for one, _, other in (pair.partition("-") for pair in REACTOME.split())]
    plain, wide = relations_recalled(profiles, pairs)
    assert (plain.count, plain.value, wide.value) == (49, pytest.approx(8 / 49), pytest.approx(14 / 49))
    centred, wide = relations_recalled(fit_correction(profiles, "centre").apply(profiles), pairs)
    assert (centred.count, centred.value, wide.value) == (49, pytest.approx(9 / 49), pytest.approx(16 / 49))
