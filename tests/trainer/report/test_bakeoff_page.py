from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.metrics.bakeoff import FLOORS, bake_off
from cdcl.metrics.halves import compounds_of
from cdcl.metrics.resampling import interval
from cdcl.profiles import Profiles
from cdcl.report.bakeoff import bakeoff_table, sections, write_bakeoff
from cdcl.report.bakeoff_words import called, conclude
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.metrics.bakeoff import BakeOff


def screen(effect: float, seed: int) -> Profiles:
    """Twelve compounds of three mechanisms, one well each on two plates of two batches, and three controls."""
    rng = np.random.default_rng(0)
    rows = [
        (f"b{batch}", f"p{plate}", kind)
        for batch in range(2)
        for plate in range(2)
        for kind in [*range(12), -1, -1, -1]
    ]
    table = pd.DataFrame(rows, columns=["batch", "plate", "kind"])
    table["well"] = [f"A{number + 1:02d}" for number in table.groupby(["batch", "plate"])["kind"].cumcount()]
    treated = table["kind"] >= 0
    table["treatment"] = np.where(treated, "c" + table["kind"].astype(str), "DMSO")
    table["compound"] = table["treatment"]
    table["mechanism"] = np.where(treated, "m" + (table["kind"] // 4).astype(str), "")
    table["control"] = np.where(treated, "", "negative")
    axes = rng.normal(size=(4, 8))[table["kind"].to_numpy() // 4] + rng.normal(size=(13, 8))[table["kind"]]
    axes[~treated] = 0
    values = effect * axes + np.random.default_rng(seed).normal(size=axes.shape)
    return Profiles(values.astype(np.float32), table.drop(columns="kind"), "well")


def compare(**candidates: Profiles) -> BakeOff:
    first = next(iter(candidates.values()))
    return finish(bake_off(candidates, ["centre"], compounds_of(first) >= 0, nulls=3))


@pytest.fixture(scope="module")
def clear() -> BakeOff:
    return compare(strong=screen(2.0, 1), weak=screen(0.3, 2), noise=screen(0.0, 3))


def test_a_clear_winner_is_named_with_its_figures_and_by_how_much_it_is_ahead(clear: BakeOff) -> None:
    end = conclude(clear, ["One seed each."])
    assert end.use.startswith("Use strong")
    value = clear.value(clear.pipelines[0].answers, clear.deciding[0])[0]
    assert f"{value:.2f} (" in end.use
    assert "It is ahead of weak" in end.sure
    assert "Noise alone, without any picture, is worse by" in end.sure
    assert "no column source" in end.cannot
    assert "hardly any treatment stands at two well positions" in end.cannot
    assert end.cannot.endswith("One seed each.")


def test_two_that_do_as_well_are_not_settled() -> None:
    end = conclude(compare(one=screen(1.0, 1), other=screen(1.0, 1)))
    assert "It is not settled" in end.sure


def test_a_floor_that_does_better_has_an_interval_of_what_is_said() -> None:
    """The page said "is better by 0.20 (95 % interval -0.31 to -0.08)"."""
    found = compare(**{"batch and position": screen(2.0, 1), "pixels": screen(0.3, 2)})
    told = re.search(r"is better by (\S+) \(95 % interval (\S+) to (\S+)\)", conclude(found).sure)
    assert told is not None
    value, low, high = map(float, told.groups())
    assert 0 < low <= value <= high
    best, floor = sorted(found.pipelines, key=lambda one: one.candidate in FLOORS)
    difference = found.decisions(floor.answers) - found.decisions(best.answers)
    assert (value, low, high) == pytest.approx((difference[0], *interval(difference[1:])), abs=0.005)


def test_names_of_many_and_of_one_thing_are_called_alike(clear: BakeOff) -> None:
    many = replace(clear.pipelines[0], candidate="intensity statistics", overall="none")
    assert called(many) == "intensity statistics, uncorrected"


def test_where_nothing_is_known_nothing_is_recommended() -> None:
    end = conclude(compare(one=screen(0.0, 1)))
    assert end.use.startswith("Use none of these")


def test_the_page_holds_the_sentence_first_and_last_and_the_tables_lie_beside(clear: BakeOff, tmp_path: Path) -> None:
    page = write_bakeoff(clear, tmp_path, "Which?", {"strong": 3.0}, []).read_text(encoding="utf-8")
    assert page.count("Use strong") == 2
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    table = pd.read_csv(tmp_path / "compare.csv")
    assert set(table["candidate"]) == {"strong", "weak", "noise"}
    pd.testing.assert_frame_equal(table[["value"]], bakeoff_table(clear)[["value"]])
    assert pd.read_csv(tmp_path / "pipelines.csv")["deciding"].sum() == len(clear.deciding) * 3
    assert [one.title for one in sections(clear, {}, [])][-1] == "The end of it"
