"""Screens that decide badly: each fault is one clear line, and what can be had still comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.profiles import Profiles, write_profiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Change = Callable[[pd.DataFrame], object]


def wells(**changes: Change) -> Profiles:
    """Two plates of DMSO, "a" that acts from dose 1 on, and "b" that does not, at seven doses; columns are changed."""
    rng, rows = np.random.default_rng(0), []
    compounds, doses = ["DMSO"] * 6 + ["a"] * 7 + ["b"] * 7, [0.0] * 6 + [0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0] * 2
    for plate in ("P1", "P2"):
        for number, (compound, dose) in enumerate(zip(compounds, doses, strict=True)):
            place = {"plate": plate, "batch": plate, "well": f"{'AB'[number // 12]}{number % 12 + 1:02d}"}
            name = compound if compound == "DMSO" else f"{compound}@{dose:g}"
            rows.append({**place, "compound": compound, "concentration": dose, "treatment": name})
    table = pd.DataFrame(rows)
    table["control"] = np.where(table["compound"] == "DMSO", "negative", "")
    values = rng.normal(size=(len(table), 3)).astype(np.float32)
    effect = 8 / (1 + 1 / np.maximum(table["concentration"], 1e-9) ** 2)
    values[:, 0] += np.where(table["compound"] == "a", effect, 0)
    return Profiles(values, table.assign(**{name: change(table) for name, change in changes.items()}), "well")


def ask(tmp_path: Path, profiles: Profiles, verb: str, *words: str) -> tuple[int, Path]:
    out = tmp_path / "out.csv"
    write_profiles(profiles, tmp_path / "wells.parquet")
    return main([verb, str(tmp_path / "wells.parquet"), "-o", str(out), *words]), out


def of_a(table: pd.DataFrame, dose: float, instead: float) -> object:
    return np.where((table["compound"] == "a") & (table["concentration"] == dose), instead, table["concentration"])


@pytest.mark.parametrize("verb", ["doses", "hits"])
def test_without_controls_one_line_says_so(tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = {name: lambda t, n=name: t[n].replace("DMSO", "c") for name in ("compound", "treatment")}
    assert ask(tmp_path, wells(control=lambda t: "", **unknown), verb)[0] == 2
    err = capsys.readouterr().err.strip().splitlines()
    assert "control" in err[-1]
    assert sum("error:" in line for line in err) == 1


def test_relations_without_controls_come_with_one_line_that_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = wells(control=lambda t: "", compound=lambda t: "c", treatment=lambda t: t["well"])
    assert ask(tmp_path, unknown, "relations")[0] == 0
    assert capsys.readouterr().err.count("no negative controls on 2 of 2 plates") == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"concentration": lambda t: np.where(t["compound"] == "a", 3.0, t["concentration"])}, "1 dose: a curve needs"),
        ({"concentration_unit": lambda t: np.where(t["concentration"] > 1, "nM", "uM")}, "several units (nM, uM)"),
        ({"concentration": lambda t: np.where(t["compound"] == "a", -1.0, t["concentration"])}, "one below 0"),
    ],
)
def test_a_compound_without_a_curve_says_why_and_the_other_still_comes(
    tmp_path: Path, change: dict[str, Change], reason: str
) -> None:
    code, out = ask(tmp_path, wells(**change), "doses", "--along", "emb_0000")
    found = pd.read_csv(out, keep_default_na=False).set_index("compound")
    assert code == 0
    assert reason in found.loc["a", "reason"]
    assert set(found.index) == {"a", "b"}


def test_all_doses_equal_is_a_reason_for_each(tmp_path: Path) -> None:
    equal = wells(concentration=lambda t: np.where(t["compound"] == "DMSO", 0.0, 1.0))
    code, out = ask(tmp_path, equal, "doses", "--along", "emb_0000")
    assert code == 0
    assert pd.read_csv(out)["reason"].str.startswith("1 dose").all()


@pytest.mark.parametrize(
    ("instead", "note"),
    [(-1.0, "2 wells with a dose below 0 left out"), (0.0, "2 of its wells have dose 0 and count as controls")],
)
def test_a_dose_of_zero_or_below_is_said_and_the_curve_still_comes(tmp_path: Path, instead: float, note: str) -> None:
    changed = wells(concentration=lambda t: of_a(t, 0.1, instead))
    code, out = ask(tmp_path, changed, "doses", "--along", "emb_0000")
    row = pd.read_csv(out, keep_default_na=False).set_index("compound").loc["a"]
    assert code == 0
    assert note in row["note"]
    assert row["reason"] == ""
    assert 0.3 < float(row["ec50"]) < 3


def test_a_class_with_one_example_is_left_out_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = wells(kind=lambda t: np.where(t["treatment"] == "a@30", "lonely", np.where(t["compound"] == "a", "x", "y")))
    one = np.flatnonzero((named.table["kind"] == "lonely").to_numpy())[1:]
    named.table.loc[one, "kind"] = ""
    keep = ("--level", "site", "--keep", str(tmp_path / "c.npz"))
    code, _ = ask(tmp_path, named, "classify", "--classes", "kind", *keep)
    said = capsys.readouterr().err
    assert code == 0
    assert "left out, with a single profile: lonely" in said


def test_only_classes_of_one_example_are_refused_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = wells(kind=lambda t: np.where(t.index < 3, [f"k{n}" for n in range(len(t))], ""))
    code, _ = ask(tmp_path, names, "classify", "--classes", "kind", "--keep", str(tmp_path / "c.npz"))
    assert code == 2
    assert "two classes with 2 named profiles each" in capsys.readouterr().err
