from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.errors import ProfilesError
from cdcl.hits import find_hits
from cdcl.hits.reasons import count_of_hits, explain
from cdcl.hits.references import nearest_references
from cdcl.profiles import Profiles, write_profiles
from cdcl.quality.wells import wells_of
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

EFFECTS = {"strong-a": (6.0, 0), "strong-b": (6.0, 0), "other": (6.0, 1), "toxic": (4.0, 2), "nothing": (0.0, 0)}
MECHANISMS = {"strong-a": "one", "strong-b": "one", "other": "two"}


def make_screen(*, batches: int = 2, controls: int = 16) -> Profiles:
    """Two batches of a plate; two treatments of one mechanism, one of another, a toxic one and one without effect."""
    rng, rows, values = np.random.default_rng(0), [], []
    for batch in range(batches):
        names = ["DMSO"] * controls + [name for name in EFFECTS for _ in range(2)]
        for number, name in enumerate(names):
            size, axis = EFFECTS.get(name, (0.0, 0))
            value = rng.normal(size=10)
            value[axis] += size
            place = {
                "batch": f"B{batch}",
                "plate": f"P{batch}",
                "well": f"{'ABCDEFGH'[number // 12]}{number % 12 + 1:02d}",
            }
            label = {"treatment": name, "compound": name, "mechanism": MECHANISMS.get(name, "")}
            cells = 20 if name == "toxic" else 100
            rows.append({**place, **label, "control": "negative" if name == "DMSO" else "", "num_cells": cells})
            values.append(value)
    return Profiles(np.array(values, dtype=np.float32), pd.DataFrame(rows), "well")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return finish(find_hits(wells_of(make_screen()))).set_index("treatment")


def test_those_that_do_something_are_hits_and_come_first(table: pd.DataFrame) -> None:
    assert set(table.index[:4]) == {"strong-a", "strong-b", "other", "toxic"}
    assert table["hit"].tolist() == [True] * 4 + [False]
    assert table.loc["strong-a", "effect"] > 1.5
    assert table.loc["strong-a", "across_batches"] > 0.7
    assert (table["wells"] == 4).all()


def test_every_row_says_why(table: pd.DataFrame) -> None:
    assert table.loc["strong-a", "reasons"].startswith("active (q = ")
    assert "the same direction in 2 batches" in table.loc["strong-a", "reasons"]
    assert table.loc["nothing", "reasons"].startswith("not active (q = ")


def test_few_cells_are_called_toxic(table: pd.DataFrame) -> None:
    assert table.loc["toxic", "cells"] == pytest.approx(0.2)
    assert "toxic: 20% of the controls' cells" in table.loc["toxic", "reasons"]
    assert table.loc["other", "cells"] == pytest.approx(1.0)


def test_the_nearest_reference_is_another_compound_of_the_same_mechanism(table: pd.DataFrame) -> None:
    assert table.loc["strong-a", ["nearest", "like"]].tolist() == ["strong-b", "one"]
    assert table.loc["strong-a", "similarity"] > 0.8


def test_confidence_is_how_often_such_a_neighbour_is_right() -> None:
    rng = np.random.default_rng(0)
    mechanisms = np.repeat([f"m{n}" for n in range(10)], 2)
    compounds = np.array([f"c{n}" for n in range(20)])
    centres = rng.normal(size=(10, 30))
    near = np.repeat(centres, 2, axis=0) + 0.2 * rng.normal(size=(20, 30))
    near[10:] = rng.normal(size=(10, 30))  # five mechanisms that nothing tells
    found = nearest_references(near, compounds, mechanisms)
    right = found["like"].to_numpy() == mechanisms
    assert right[:10].all()
    assert found["confidence"][:10].min() > 0.8
    assert found["confidence"][10:].max() < 0.5


def test_too_few_references_have_no_confidence() -> None:
    found = nearest_references(np.eye(4), np.array(list("abcd")), np.array(["m", "m", "", ""]))
    assert found["confidence"].isna().all()
    assert found["like"].tolist() == ["m"] * 4


def test_phenotypes_that_controls_show_less_of_are_named_with_both_shares() -> None:
    screen = make_screen()
    strong = screen.table["treatment"] == "strong-a"
    shares = {"share_round": np.where(strong, 0.45, 0.03), "share_flat": np.where(strong, 0.3, 0.25)}
    table = finish(find_hits(wells_of(replace(screen, table=screen.table.assign(**shares))))).set_index("treatment")
    assert table.loc["strong-a", "phenotypes"] == "round 45% (controls 3%)"  # 5 % more of flat is no difference
    assert "shows round 45% (controls 3%)" in table.loc["strong-a", "reasons"]
    assert table.loc["nothing", "phenotypes"] == ""


def test_without_a_classifier_there_are_no_phenotypes(table: pd.DataFrame) -> None:
    assert set(table["phenotypes"]) == {""}
    assert not table["reasons"].str.contains("shows").any()


def test_flags_name_one_batch_and_what_quality_found() -> None:
    profiles = make_screen()
    table = profiles.table.assign(treatment=profiles.table["treatment"].where(profiles.table["batch"] == "B0", "late"))
    table.loc[table["control"] == "negative", "treatment"] = "DMSO"
    flags = pd.DataFrame({"plate": ["P0"], "well": ["B05"], "flag": ["saturated"]})
    found = finish(find_hits(wells_of(Profiles(profiles.values, table, "well")), flags=flags)).set_index("treatment")
    assert "one batch only" in found.loc["late", "flags"]
    assert "saturated in 1 of 2 wells" in found.loc["strong-a", "flags"]


def test_a_plate_that_allows_too_few_assignments_is_told_so() -> None:
    found = finish(find_hits(wells_of(make_screen(batches=1, controls=3)))).set_index("treatment")
    assert not found["hit"].any()
    assert "cannot be significant: its plates allow 10 assignments" in found.loc["strong-a", "reasons"]


def test_where_none_can_be_a_hit_no_count_is_given() -> None:
    found = finish(find_hits(wells_of(make_screen(batches=1, controls=3))))
    assert count_of_hits(found).startswith(f"none of {len(found)} treatments can be a hit")
    able = finish(find_hits(wells_of(make_screen())))
    assert count_of_hits(able) == f"{int(able['hit'].sum())} of {len(able)} treatments are hits"


def test_twenty_assignments_are_too_few() -> None:
    """p is 1/20 or more then, and never below 0.05."""
    row = {"p": 0.05, "q": 0.05, "assignments": 20, "hit": False, "effect": 2.0}
    assert explain({**ROW, **row}).startswith("cannot be significant: its plates allow 20 assignments")


@pytest.mark.parametrize(("effect", "told"), [(0.97, "0.97"), (0.9996, "1.0"), (0.41, "0.4")])
def test_what_is_significant_and_no_hit_is_told_why(effect: float, told: str) -> None:
    """It read "not active (q = 0.00028); 1.0 times as far from the controls as they are themselves"."""
    row = {"p": 0.0001, "q": 0.00028, "assignments": 343, "hit": False, "effect": effect}
    assert explain({**ROW, **row}) == (
        "no hit: significant (q = 0.00028), but no further from the controls than they lie themselves; "
        f"{told} times as far from the controls as they are themselves"
    )


ROW = {"across_batches": float("nan"), "cells": float("nan"), "phenotypes": "", "like": "", "flags": ""}


def test_without_controls_or_treatments_there_is_one_clear_line() -> None:
    profiles = make_screen()
    with pytest.raises(ProfilesError, match="no well is a negative control"):
        finish(find_hits(wells_of(profiles.take(profiles.table["control"] == ""))))
    with pytest.raises(ProfilesError, match="no well is treated"):
        finish(find_hits(wells_of(profiles.take(profiles.table["control"] == "negative"))))


def test_the_verb_writes_csv_and_xlsx(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_profiles(make_screen(), tmp_path / "w.parquet")
    for name in ("h.csv", "h.xlsx"):
        assert main(["hits", str(tmp_path / "w.parquet"), "-o", str(tmp_path / name)]) == 0
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "h.csv"), pd.read_excel(tmp_path / "h.xlsx"), check_dtype=False, rtol=1e-9
    )
    assert "4 of 5 treatments are hits" in capsys.readouterr().out
    assert main(["hits", str(tmp_path / "w.parquet")]) == 2
    assert main(["hits", str(tmp_path / "w.parquet"), "-o", "h.txt"]) == 2


@pytest.mark.slow
def test_a_run_gets_a_montage_and_a_section_of_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "-o", str(tmp_path / "s"), "--batches", "1"]) == 0
    train = ["train", "demo-dino", "--screen", str(tmp_path / "s" / "screen.csv"), "--out", str(tmp_path / "run")]
    cache = ["--cache", str(tmp_path / "cache")]
    assert main([*train, *cache, "--set", "steps=1", "--set", "batch_size=8", "--set", "split.test=[]"]) == 0
    assert main(["embed", str(tmp_path / "run"), *cache]) == 0
    named = ["--treatment", "vacuolib@1", "--treatment", "arrestine@3"]
    assert main(["hits", str(tmp_path / "run"), *named, *cache]) == 0
    assert (tmp_path / "run" / "hits.png").read_bytes().startswith(b"\x89PNG")
    assert main(["report", str(tmp_path / "run")]) == 0
    assert "Which treatments do something" in (tmp_path / "run" / "report.html").read_text()
    assert main(["hits", str(tmp_path / "run"), "--treatment", "vacuolin", *cache]) == 2
    assert "unknown treatment 'vacuolin'" in capsys.readouterr().err


def test_a_dose_stands_beside_its_unit() -> None:
    screen = make_screen()
    dosed = screen.table.assign(concentration=1000.0, concentration_unit="nM")
    found = finish(find_hits(wells_of(replace(screen, table=dosed))))
    assert set(zip(found["concentration"], found["concentration_unit"], strict=True)) == {(1000.0, "nM")}
