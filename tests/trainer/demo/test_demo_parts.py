"""The demo's folder, its table, and what it dares to say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.demo import Comparison, Demo, narrate, open_demo, write_comparison
from cdcl.demo.baselines import NOISE, STATISTICS
from cdcl.demo.page import choose_fields
from cdcl.demo.plan import RECIPES, UNTRAINED
from cdcl.demo.table import COLUMNS, Z_SCORED, score_row
from cdcl.demo.verdict import beats, versus
from cdcl.errors import RunError
from cdcl.metrics import METRICS, Score
from cdcl.profiles import Profiles

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen

ROWS = [NOISE, UNTRAINED, STATISTICS, STATISTICS + Z_SCORED, *RECIPES, *(name + Z_SCORED for name in RECIPES)]


def score(value: float, name: str = "treatment_unseen_batch", level: str = "site") -> Score:
    better = METRICS[name].higher_is_better
    return Score(name, value, value - 0.05, value + 0.05, 100, 0.08, better, level=level)


def comparison(**values: float) -> Comparison:
    """Make a table of equal rows but for the treatment recognition of those that are named."""
    return Comparison(
        {
            row: [score(values.get(row, 0.4) if "treatment" in name else 0.3, name, level) for name, level in COLUMNS]
            for row in ROWS
        }
    )


def test_second_call_finds_the_same_demo(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "demo", seed=3, steps=10)
    assert open_demo(demo) == demo == open_demo(demo)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"seed": 4}, "holds a demo of seed 3, not 4"), ({"steps": None}, "holds a demo of steps 10, not None")],
)
def test_folder_of_another_demo_is_refused(change: dict[str, int], words: str, tmp_path: Path) -> None:
    demo = open_demo(Demo(tmp_path / "demo", seed=3, steps=10))
    with pytest.raises(RunError, match=f"{words}; choose another folder with --out"):
        open_demo(replace(demo, **change))


def test_demo_of_another_screen_is_refused(tmp_path: Path) -> None:
    demo = open_demo(Demo(tmp_path / "demo"))
    with pytest.raises(RunError, match="another screen"):
        open_demo(replace(demo, screen_size=demo.screen_size.model_copy(update={"field_size": 64})))


def test_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(RunError, match="already exists and is no demo"):
        open_demo(Demo(tmp_path))


def test_all_methods_train_equally_long_on_the_same_batches() -> None:
    demo = Demo(folder=None, seed=5, steps=77)  # type: ignore[arg-type]
    configs = [demo.config(method) for method in RECIPES]
    assert {config.method.name for config in configs} == {"dino", "cdcl", "supervised"}
    for setting in ("steps", "seed", "batch_size", "split", "model", "embedding"):
        assert len({str(getattr(config, setting)) for config in configs}) == 1, setting
    assert (configs[0].steps, configs[0].seed) == (77, 5)
    # Each method is shown what it does best with: benchmarks/results/views-standardised-2026-11-28.md.
    assert [config.intensities.method for config in configs] == ["image", "controls", "controls"]
    assert demo.config(UNTRAINED) == demo.config("CDCL")


def test_held_out_batches_exist_in_the_simulated_screen() -> None:
    demo = Demo(folder=None)  # type: ignore[arg-type]
    held_out = demo.config("CDCL").split.test
    assert held_out
    assert set(held_out) < {f"B{number + 1}" for number in range(demo.screen_config.batches)}


def test_row_of_perfect_profiles_scores_perfectly() -> None:
    rng = np.random.default_rng(0)
    batches, treatments, sites = 4, 5, 4
    index = pd.MultiIndex.from_product([range(batches), range(treatments), range(sites)], names=["b", "t", "s"])
    table = index.to_frame(index=False)
    table = pd.DataFrame(
        {
            "batch": "B" + table["b"].astype(str),
            "plate": "P" + table["b"].astype(str),
            "well": "A" + (table["t"] * 2 + table["s"] // 2 + 1).astype(str).str.zfill(2),
            "site": table["s"].astype(str),
            "treatment": "T" + table["t"].astype(str),
            "control": np.where(table["t"] == 0, "negative", ""),
            "split": np.where(table["b"] == 3, "test", "train"),
        }
    )
    values = np.eye(treatments)[index.get_level_values("t")] + rng.normal(0, 0.01, (len(table), treatments))
    scores = score_row(Profiles(values.astype(np.float32), table, "site"))
    assert [(score.name, score.level) for score in scores] == list(COLUMNS)
    assert [scores[0].value, scores[1].value] == [1.0, 1.0]
    # 4 treatments of the held-out batch, 2 wells each; the control asks nothing but may answer.
    assert (scores[0].count, scores[1].count) == (16, 8)
    assert scores[0].chance == pytest.approx(1 / 5)


@pytest.mark.parametrize(
    ("name", "one", "other", "wins"),
    [
        ("treatment_unseen_batch", 0.6, 0.4, True),
        ("treatment_unseen_batch", 0.45, 0.4, False),
        ("treatment_unseen_batch", 0.4, 0.6, False),
        ("batch_recognised", 0.2, 0.5, True),
        ("batch_recognised", 0.5, 0.2, False),
    ],
)
def test_a_win_is_a_gap_between_intervals(name: str, one: float, other: float, wins: bool) -> None:
    assert beats(score(one, name), score(other, name)) is wins


def test_a_score_without_interval_wins_nothing() -> None:
    alone = Score("treatment_unseen_batch", 1.0)
    assert not beats(alone, score(0.1))
    assert not beats(score(0.1), alone)


def test_words_follow_the_numbers() -> None:
    assert versus("A", score(0.6), "B", score(0.4)) == "A is ahead of B beyond the intervals"
    assert versus("A", score(0.4), "B", score(0.6)) == "A is behind B beyond the intervals"
    assert "shows no difference" in versus("A", score(0.42), "B", score(0.4))


def test_reading_claims_a_win_only_where_there_is_one() -> None:
    rows = ("CDCL", "CDCL + plate z-score")
    equal, ahead, behind = (narrate(comparison(**dict.fromkeys(rows, value))) for value in (0.42, 0.6, 0.2))
    assert "the intervals of CDCL and DINO overlap" in equal
    assert "ahead" not in equal
    assert "CDCL is ahead of DINO beyond the intervals" in ahead
    assert "CDCL is ahead of intensity statistics beyond the intervals" in ahead
    assert "CDCL is behind DINO beyond the intervals" in behind
    assert len(equal.split("\n\n")) == 2


def test_table_has_a_row_for_chance_and_a_cell_with_its_interval() -> None:
    header, rows = comparison(CDCL=0.5).cells()
    assert len(header) == 1 + len(COLUMNS)
    assert [row[0] for row in rows] == [*ROWS, "chance"]
    assert {row[0]: row[1] for row in rows}["CDCL"] == "0.50 (0.45-0.55)"


def test_written_table_has_every_score(tmp_path: Path) -> None:
    write_comparison(comparison(), tmp_path / "scores.csv")
    table = pd.read_csv(tmp_path / "scores.csv")
    assert list(table.columns[:3]) == ["profiles", "name", "level"]
    assert len(table) == len(ROWS) * len(COLUMNS)


def test_shown_fields_are_held_out_and_of_different_treatments(tiny_screen: Screen) -> None:
    split = np.where(tiny_screen.sites["batch"] == "B3", "test", "train")
    rows = choose_fields(replace(tiny_screen, sites=tiny_screen.sites.assign(split=split)))
    sites = tiny_screen.sites.iloc[rows]
    assert set(sites["batch"]) == {"B3"}
    assert sites["treatment"].nunique() == len(rows) == 3
    assert sites["control"].iloc[0] == "negative"
