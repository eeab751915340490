from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import RunError
from cdcl.profiles import Profiles
from cdcl.quality import FLAG_COLUMNS, assess_profiles, compose, wells_of, wells_table
from cdcl.report import write_report
from cdcl.report.assay import places, reference_words
from cdcl.runs import Run
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path


def plates() -> Profiles:
    """Two batches of two plates of 96 wells, a third of them negative controls, a sixth positive ones."""
    rng = np.random.default_rng(0)
    plate, number = np.repeat(np.arange(4), 96), np.tile(np.arange(96), 4)
    kinds = np.concatenate([rng.permutation([""] * 48 + ["negative"] * 32 + ["positive"] * 16) for _ in range(4)])
    values = rng.normal(size=(len(plate), 6))
    values[kinds == "positive", 0] += 6
    table = pd.DataFrame({"batch": [f"B{n // 2}" for n in plate], "plate": [f"P{n}" for n in plate]})
    table["well"] = [f"{'ABCDEFGH'[n // 12]}{n % 12 + 1:02d}" for n in number]
    table["treatment"] = np.where(kinds == "negative", "DMSO", np.where(kinds == "positive", "taxol", "x"))
    return Profiles(values.astype(np.float32), table.assign(control=kinds, num_cells=100), "well")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "run")
    (run.folder / "quality").mkdir(parents=True)
    run.config.write_text("steps = 1\n")
    wells = wells_of(plates())
    found, made_of = finish(assess_profiles(wells.profiles)), finish(compose(wells, 2))
    tables = {"plates": found.plates, "batches": found.batches, "separation": found.separation, "layout": found.layout}
    tables |= {"wells": wells_table(wells), "archetypes": made_of.plates, "controls": made_of.controls}
    flag = ["01", "NA", "B03", "", "outlying control", "", 9.0, 5.0, "a control <unlike> the others"]
    tables["flags"] = pd.DataFrame([flag], columns=list(FLAG_COLUMNS))
    for name, table in tables.items():
        table.to_csv(run.folder / "quality" / f"{name}.csv", index=False)
    return run


def test_quality_is_shown_with_plates_as_they_lie(run: Run) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    headings = ["For the meeting", "In short", "What looks broken", "Assay quality", "Settings"]
    assert re.findall("<h2>(.*?)</h2>", page) == headings
    for text in ("held-out axis", "Robust Z", "SSMD", "Number of cells.", "Drift of the negative controls", "made of"):
        assert text in page
    assert page.count("<img ") == 5


def test_places_are_told_of_plates_with_controls_only() -> None:
    """The page said "on the controls of 6 plates" of a screen without controls, whose treated wells had been asked."""
    row = {"value": "cells", "effect": "row", "size": 0.1, "p": 0.5, "q": 0.9}
    table = pd.DataFrame([{**row, "plate": f"P{n}", "reference": "all"} for n in range(6)])
    assert places(table) == "<p>Effects of place are not told of 6 plates without negative controls.</p>"
    table.loc[0, "reference"] = "controls"
    assert "on the controls of one plate (q &lt; 0.05). Effects" in places(table)
    assert "not told of 5 plates" in places(table)


def test_names_that_look_like_numbers_or_gaps_stay_what_they_are(run: Run) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    assert "<td>01</td><td>NA</td><td>B03</td>" in page
    assert "a control &lt;unlike&gt; the others" in page


def test_a_damaged_table_names_the_verb_that_mends_it(run: Run) -> None:
    run.scores.write_text("nonsense\n1\n")
    with pytest.raises(RunError, match=r"scores\.csv is no table of scores; make it anew with `cdcl score`"):
        write_report(run)


def test_a_picture_that_is_none_is_refused(run: Run) -> None:
    (run.folder / "quality" / "flagged.png").write_bytes(b"nothing")
    with pytest.raises(RunError, match=r"flagged\.png is no picture"):
        write_report(run)


def test_of_many_plates_those_with_most_flags_are_drawn() -> None:
    from cdcl.report.assay import MOST_PLATES, _chosen_plates

    names = [f"p{number}" for number in range(60)]
    wells = pd.DataFrame({"plate": np.repeat(names, 2)})
    flags = pd.DataFrame({"batch": "", "plate": ["p59", "p7", "p59"]})
    chosen = _chosen_plates(wells, flags)
    assert len(chosen) == MOST_PLATES
    assert {"p7", "p59"} <= set(chosen)


def test_captions_name_who_stands_for_untreated_wells() -> None:
    assert reference_words(["", "negative"]) == "negative controls"
    assert reference_words(["", "positive"]) == "wells"
