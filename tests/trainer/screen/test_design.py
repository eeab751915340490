from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.screen.design import design_sentences, on_edge
from cdcl.screen.planning import plan_layout
from cdcl.screen.plates import well_name, well_place


def plate() -> pd.DataFrame:
    """A plate of 96 wells: controls in the first column, 44 treatments in two wells each."""
    wells = [well_name(row, column) for row in range(1, 9) for column in range(1, 13)]
    control = [column == 1 for _ in range(8) for column in range(1, 13)]
    kinds = iter([f"t{number}" for number in range(44) for _ in range(2)])
    treatment = ["DMSO" if one else next(kinds) for one in control]
    return pd.DataFrame(
        {"well": wells, "treatment": treatment, "control": ["negative" if one else "" for one in control]}
    )


def screen(*, plates: int = 3) -> pd.DataFrame:
    """The same plate in several batches, and one well of each treatment."""
    single = plate().drop_duplicates("treatment")
    controls = plate().query("control == 'negative'")
    one = pd.concat([controls, single[single["control"] == ""]])
    return pd.concat(
        [one.assign(plate=f"p{number}", batch=f"b{number}") for number in range(plates)], ignore_index=True
    )


def test_a_fixed_layout_with_controls_at_the_edge_is_told() -> None:
    told = " ".join(design_sentences(screen()))
    assert "44 of 44 treatments keep one well position on all plates" in told
    assert "all negative controls lie at the edge of the wells in use" in told
    assert "in one batch" not in told


def test_treatments_nested_in_batches_and_plates_without_controls_are_told() -> None:
    one = screen(plates=1)
    twice = [one.assign(plate=name, batch=batch) for batch in ("b0", "b1") for name in ("p0", "p1")]
    table = pd.concat(twice, ignore_index=True)
    treated = table["control"] == ""
    table["treatment"] = table["treatment"].where(~treated, table["treatment"] + table["batch"])
    assert "88 of 88 treatments were made in one batch" in " ".join(design_sentences(table))
    bare = table[treated | (table["plate"] == "p0")]
    assert "2 plates have no negative control" in " ".join(design_sentences(bare))


def test_single_wells_carry_no_replicates_and_no_controls_no_activity() -> None:
    table = screen(plates=1)
    assert "44 of 44 treatments have one well" in " ".join(design_sentences(table))
    assert "no negative controls" in " ".join(design_sentences(table[table["control"] == ""]))
    assert design_sentences(table.drop(columns="treatment")) == []


def test_places_of_wells() -> None:
    assert well_place("H12") == (7, 11)
    np.testing.assert_array_equal(
        on_edge(pd.DataFrame({"well": ["A01", "B02", "C03", "?"]})), [True, False, True, False]
    )


def test_a_planned_layout_keeps_contents_and_moves_every_treatment() -> None:
    planned = plan_layout(plate(), 3)
    assert list(planned["plate"].unique()) == ["P1", "P2", "P3"]
    for _, part in planned.groupby("plate"):
        assert sorted(part["treatment"]) == sorted(plate()["treatment"])
        assert sorted(part["well"]) == sorted(plate()["well"])
        controls = part[part["control"] == "negative"]
        assert 0 < on_edge(part)[(part["control"] == "negative").to_numpy()].sum() < len(controls)
    assert design_sentences(planned) == []
    treated = planned[planned["control"] == ""]
    assert (treated.groupby("treatment")["well"].nunique() >= 4).all()


def test_the_same_seed_plans_the_same_and_another_not() -> None:
    pd.testing.assert_frame_equal(plan_layout(plate(), 2), plan_layout(plate(), 2))
    assert not plan_layout(plate(), 2).equals(plan_layout(plate(), 2, seed=1))


def test_maps_of_several_plates_keep_what_each_plate_holds() -> None:
    both = pd.concat([plate().assign(plate="x"), plate().assign(plate="y", treatment="other")])
    planned = plan_layout(both)
    assert set(planned.loc[planned["plate"] == "y", "treatment"]) == {"other"}
    with pytest.raises(ScreenError, match="--plates is for a map of one"):
        plan_layout(both, 2)


def test_what_cannot_be_planned_is_one_line() -> None:
    with pytest.raises(ScreenError, match="names no treatment"):
        plan_layout(plate().drop(columns="treatment"))
    with pytest.raises(ScreenError, match="names controls alone"):
        plan_layout(plate().query("control == 'negative'"))
    with pytest.raises(ScreenError, match="names well A01 twice"):
        plan_layout(pd.concat([plate(), plate().head(1)]), 1)
