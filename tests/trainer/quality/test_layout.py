from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.quality import layout_effects, wells_of
from cdcl.quality.layout import cohens_d, eta_squared, plate_format

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from cdcl.quality import Wells


def effects_of(wells: Wells, plate: str, effect: str) -> pd.DataFrame:
    table = layout_effects(wells)
    return table[(table["plate"] == plate) & (table["effect"] == effect)].set_index("value")


@pytest.mark.parametrize(("effect", "axis"), [("row", 0), ("column", 1)])
def test_a_gradient_is_found_where_it_is_and_nowhere_else(
    effect: str, axis: int, make_wells: Callable[..., Wells]
) -> None:
    wells = make_wells()
    on_one = wells.plates == 1
    wells.profiles.values[on_one] += 1.5 * wells.positions[on_one, axis][:, None]
    found = effects_of(wells, "B0/P1", effect)
    assert found.loc["pc1", "size"] > 0.6
    assert found.loc["pc1", "q"] < 0.05
    assert (effects_of(wells, "B0/P0", effect)["q"].dropna() > 0.05).all()


def test_an_edge_effect_is_cohens_d_of_the_outermost_wells(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells()
    edge = ((wells.positions == 0) | (wells.positions == [7, 11])).any(axis=1)
    wells.profiles.values[edge] += 3
    found = effects_of(wells, "B0/P0", "edge")
    assert abs(found.loc["pc1", "size"]) > 1.5
    assert found.loc["pc1", "q"] < 0.05


def test_wells_at_the_rim_of_what_is_used_are_the_edge(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells()
    inner = wells_of(wells.profiles.take(((wells.positions > 0) & (wells.positions < [7, 11])).all(axis=1)))
    rim = ((inner.positions == 1) | (inner.positions == [6, 10])).any(axis=1)
    inner.profiles.values[rim] += 4
    assert abs(effects_of(inner, "B0/P0", "edge").loc["pc1", "size"]) > 2


def test_p_is_right_where_there_is_no_effect(make_wells: Callable[..., Wells]) -> None:
    p = layout_effects(make_wells(num_plates=40, dim=1))
    p = p[p["value"] == "distance"]["p"].dropna()
    assert 0.01 <= (p < 0.05).mean() <= 0.11
    assert p.mean() == pytest.approx(0.5, abs=0.08)


def test_treated_wells_do_not_count_where_there_are_controls(make_wells: Callable[..., Wells]) -> None:
    one, two = make_wells(), make_wells()
    two.profiles.values[~two.negative()] += 100 * two.positions[~two.negative(), :1]
    distance = [layout_effects(wells).query("value == 'distance'")["size"].to_numpy() for wells in (one, two)]
    np.testing.assert_allclose(distance[0], distance[1], rtol=1e-5)


def test_controls_in_one_column_tell_nothing_of_columns(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(1)
    table = wells.profiles.table
    table["control"] = np.where(wells.positions[:, 1] == 3, "negative", "")
    found = effects_of(wells_of(wells.profiles), "B0/P0", "column")
    assert found["size"].isna().all()
    assert found["note"].iloc[0] == "the wells lie all in one column"


def test_few_wells_are_not_asked(make_wells: Callable[..., Wells]) -> None:
    wells = make_wells(1)
    few = wells_of(wells.profiles.take(np.flatnonzero(wells.negative())[:6]))
    assert set(layout_effects(few)["note"]) == {"6 wells, 8 are needed"}


def test_sizes_are_those_of_the_textbook() -> None:
    values, groups = np.array([[1.0, 2, 3, 5, 6, 7]]), np.array([0, 0, 0, 1, 1, 1])
    assert eta_squared(values, groups) == pytest.approx(24 / 28)
    assert cohens_d(values, groups) == pytest.approx(4)
    assert cohens_d(-values, groups) == pytest.approx(-4)


def test_sizes_of_many_draws_are_those_of_each() -> None:
    rng = np.random.default_rng(0)
    values, groups = rng.normal(size=(3, 20)), rng.integers(0, 2, size=(5, 20))
    for measure in (eta_squared, cohens_d):
        at_once = measure(values, groups)
        for draw in range(5):
            np.testing.assert_allclose(at_once[draw], measure(values, groups[draw]))
    one, other = values[0, groups[0] == 1], values[0, groups[0] == 0]
    pooled = np.sqrt((one.var() * len(one) + other.var() * len(other)) / 18)
    assert cohens_d(values, groups[0])[0] == pytest.approx((one.mean() - other.mean()) / pooled)


@pytest.mark.parametrize(
    ("last", "shape"), [((1, 2), (2, 3)), ((6, 10), (8, 12)), ((15, 23), (16, 24)), ((31, 0), (32, 48))]
)
def test_the_smallest_plate_that_holds_the_wells_is_meant(last: tuple[int, int], shape: tuple[int, int]) -> None:
    assert plate_format(np.array([[0, 0], last])) == shape
