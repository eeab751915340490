"""What a screen's metadata lets a recipe pair, counted and said in words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.config import PairingConfig
from cdcl.errors import ConfigError
from cdcl.pairing.contingency import ContingencyTable
from cdcl.pairing.ladder import Ladder, describe_ladder, doubt_pairing, name_rung

if TYPE_CHECKING:
    from cdcl.screen import Screen

CROSS_BATCH = PairingConfig(sameby=("treatment",), diffby=("batch",))


def sites(*rows: str) -> pd.DataFrame:
    """Make rows from "batch plate treatment"."""
    table = pd.DataFrame([row.split(" ") for row in rows], columns=["batch", "plate", "treatment"])
    return table.assign(well=[f"A{number + 1:02d}" for number in range(len(table))], site="1")


def test_every_image_finds_a_partner_where_treatments_are_in_all_batches(tiny_screen: Screen) -> None:
    ladder = Ladder.of(tiny_screen.sites, CROSS_BATCH)
    assert ladder.counts()["batch"] == len(tiny_screen)
    assert list(doubt_pairing(Ladder.of(tiny_screen.sites, CROSS_BATCH), CROSS_BATCH)) == []


def test_the_ladder_says_who_falls_back_to_what() -> None:
    table = sites("b1 p1 t", "b2 p2 t", "b1 p1 u", "b1 p2 u", "b1 p1 lonely")
    counts = Ladder.of(table, CROSS_BATCH).counts()
    assert counts == {"batch": 2, "plate": 2, "well": 0, "site": 0, "itself": 1}
    assert describe_ladder({"batch": 2, "itself": 1}) == "another batch 2, the image itself 1"
    assert name_rung("plate") == "another plate"


def test_one_batch_alone_cannot_carry_cdcl_and_that_is_said() -> None:
    (doubt,) = doubt_pairing(Ladder.of(sites("b1 p1 t", "b1 p2 t", "b1 p1 u"), CROSS_BATCH), CROSS_BATCH)
    assert "No image has a partner" in doubt
    assert "cannot unlearn the batch" in doubt


def test_few_partners_and_missing_treatments_are_doubts() -> None:
    table = sites("b1 p1 t", "b2 p2 t", "b1 p1 u", "b1 p1 u", "b1 p1 u", "b1 p1 ")
    doubts = list(doubt_pairing(Ladder.of(table, CROSS_BATCH), CROSS_BATCH))
    assert doubts[0].startswith("1 of 6 images have no treatment")
    assert doubts[1].startswith("Only 2 of 5 images")


def test_pairing_by_mechanism_is_an_upper_bound() -> None:
    table = sites("b1 p1 t", "b2 p2 t").assign(mechanism="m")
    by_mechanism = PairingConfig(sameby=("mechanism",))
    (doubt,) = doubt_pairing(Ladder.of(table, by_mechanism), by_mechanism)
    assert "upper bound" in doubt


def test_without_pairing_there_is_nothing_to_doubt() -> None:
    assert list(doubt_pairing(Ladder.of(sites("b1 p1 t"), PairingConfig()), PairingConfig())) == []
    assert Ladder.of(sites("b1 p1 t"), PairingConfig()).num_grouped() == 0


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="unknown column 'donor'"):
        Ladder.of(sites("b1 p1 t"), PairingConfig(sameby=("donor",)))


def test_the_ladder_needs_no_torch() -> None:
    code = "import sys, cdcl.pairing.ladder, cdcl.pairing.contingency; sys.exit('torch' in sys.modules)"
    import subprocess

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_treatments_in_most_batches_come_first() -> None:
    table = sites("b1 p1 often", "b1 p1 often", "b1 p1 often", "b1 p1 wide", "b2 p2 wide", "b2 p2 ")
    crossing = ContingencyTable.of(table, "treatment", "batch")
    assert crossing.rows == ("wide", "often")
    assert crossing.columns == ("b1", "b2")
    np.testing.assert_array_equal(crossing.counts, [[1, 1], [3, 0]])
    assert crossing.num_in_several == 1


def test_crossing_of_absent_columns_is_empty() -> None:
    assert ContingencyTable.of(sites("b1 p1 t"), "mechanism", "batch").rows == ()
