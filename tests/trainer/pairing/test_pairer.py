"""The laws of pairing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.config import PairingConfig
from cdcl.errors import ConfigError
from cdcl.pairing.ladder import describe_ladder
from cdcl.pairing.pairer import Pairer

CROSS_BATCH = PairingConfig(sameby=("treatment",), diffby=("batch",))


@st.composite
def screens(draw: st.DrawFn) -> pd.DataFrame:
    """Any small screen: several sites a well, plates of one batch, some batches and treatments unknown."""
    num_rows = draw(st.integers(1, 40))
    rows = []
    for row in range(num_rows):
        batch = draw(st.sampled_from(["", "b1", "b2", "b3"]))
        plate = draw(st.sampled_from(["p1", "p2"]))
        well = draw(st.sampled_from(["A01", "A02"]))
        treatment = draw(st.sampled_from(["", "t1", "t2", "t3"]))
        rows.append({"batch": batch, "plate": plate, "well": well, "site": str(row), "treatment": treatment})
    return pd.DataFrame(rows)


def allowed(sites: pd.DataFrame, row: int, rung: str) -> set[int]:
    """List a row's partners on a rung, by looking at every other row: the law in its plainest form."""
    me = sites.iloc[row]
    if not me.treatment or (rung == "batch" and not me.batch):
        return set()
    keys = {
        "batch": lambda s: s.batch,
        "plate": lambda s: (s.batch, s.plate),
        "well": lambda s: (s.batch, s.plate, s.well),
        "site": lambda s: s.name,
    }
    key = keys[rung]
    return {
        int(other)  # type: ignore[call-overload]
        for other, you in sites.iterrows()
        if you.treatment == me.treatment and key(you) != key(me) and not (rung == "batch" and not you.batch)
    }


@settings(max_examples=60, deadline=None)
@given(screens(), st.integers(0, 1000))
def test_partner_comes_from_the_first_rung_that_has_one(sites: pd.DataFrame, seed: int) -> None:
    pairer = Pairer(sites, CROSS_BATCH)
    partners = pairer.draw(np.arange(len(sites)), np.random.default_rng(seed))
    for row, partner in enumerate(partners):
        candidates = next((found for rung in CROSS_BATCH.ladder if (found := allowed(sites, row, rung))), {row})
        assert partner in candidates


@settings(max_examples=40, deadline=None)
@given(screens())
def test_ladder_counts_every_row_once(sites: pd.DataFrame) -> None:
    ladder = Pairer(sites, CROSS_BATCH).ladder.counts()
    assert sum(ladder.values()) == len(sites)
    firsts = [next((r for r in CROSS_BATCH.ladder if allowed(sites, row, r)), "itself") for row in range(len(sites))]
    for name in CROSS_BATCH.ladder:
        assert ladder[name] == firsts.count(name)


def test_every_partner_is_reached_equally_often() -> None:
    sites = pd.DataFrame({"batch": list("aaabbccc"), "plate": "p", "well": "A01", "site": "1", "treatment": "t"})
    pairer = Pairer(sites, CROSS_BATCH)
    rows = np.zeros(50_000, dtype=np.int64)
    counts = np.bincount(pairer.draw(rows, np.random.default_rng(0)), minlength=len(sites))
    assert (counts[:3] == 0).all()
    # 5 candidates, 10 000 expected each; 5 standard deviations of a binomial are 450.
    assert np.abs(counts[3:] - 10_000).max() < 450


def test_two_columns_must_both_differ() -> None:
    sites = pd.DataFrame(
        {"batch": list("aabbb"), "donor": list("xyxyy"), "plate": "p", "well": "A01", "site": "1", "treatment": "t"}
    )
    pairer = Pairer(sites, PairingConfig(sameby=("treatment",), diffby=("batch", "donor")))
    drawn = pairer.draw(np.repeat([0, 1], 200), np.random.default_rng(0)).reshape(2, 200)
    assert set(drawn[0]) == {3, 4}
    assert set(drawn[1]) == {2}


def test_without_diffby_the_whole_group_is_drawn_the_row_itself_included() -> None:
    sites = pd.DataFrame({"plate": "p", "well": "A01", "site": "1", "treatment": list("aaab")})
    pairer = Pairer(sites, PairingConfig(sameby=("treatment",)))
    drawn = pairer.draw(np.zeros(500, dtype=np.int64), np.random.default_rng(0))
    assert set(drawn) == {0, 1, 2}
    assert pairer.ladder.counts() == {"any": 4, "itself": 0}


def test_without_sameby_every_image_is_its_own_partner() -> None:
    sites = pd.DataFrame({"plate": "p", "well": "A01", "site": "1", "treatment": list("aaab")})
    pairer = Pairer(sites, PairingConfig())
    assert list(pairer.draw(np.arange(4), np.random.default_rng(0))) == [0, 1, 2, 3]


def test_a_plate_name_used_in_two_batches_means_two_plates() -> None:
    sites = pd.DataFrame({"batch": ["a", "b"], "plate": "p1", "well": "A01", "site": "1", "treatment": "t"})
    pairer = Pairer(sites, PairingConfig(sameby=("treatment",), diffby=("plate",)))
    assert list(pairer.draw(np.arange(2), np.random.default_rng(0))) == [1, 0]


def test_a_screen_without_batches_starts_at_plates() -> None:
    sites = pd.DataFrame({"plate": ["p1", "p2"], "well": "A01", "site": "1", "treatment": "t"})
    with pytest.raises(ConfigError, match=r"unknown column 'batch'"):
        Pairer(sites, CROSS_BATCH)


def test_real_screen_falls_back_to_other_plates(shared_data) -> None:  # type: ignore[no-untyped-def]
    sites = pd.read_csv(shared_data / "bbbc021_fields" / "metadata.csv", dtype=str)
    ladder = Pairer(sites, CROSS_BATCH).ladder.counts()
    assert ladder == {"batch": 0, "plate": 369, "well": 0, "site": 0, "itself": 0}
    assert describe_ladder(ladder).startswith("another batch 0, another plate 369")
