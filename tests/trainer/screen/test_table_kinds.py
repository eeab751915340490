"""Laws over the kinds of tables that laboratories save: headings, words, doses, names, separators, encodings."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcl.errors import ScreenError
from cdcl.screen.columns import interpret, standardise
from cdcl.screen.controls import control_of_name, read_control
from cdcl.screen.doses import read_doses, read_number
from cdcl.screen.headings import ALIASES, read_heading
from cdcl.screen.identifiers import whole_number
from cdcl.screen.natural import natural
from cdcl.screen.tables import read_table

SIGNS = {"µM": ("µM", "μM", "uM", "micromolar", "umol/L"), "nM": ("nM", "NM", "nanomolar"), "mM": ("mM", "mmol/l")}
FORMS = ("{} ({})", "{} [{}]", "{}_{}", "{} {}", "{}.{}", "{} in {}", "{}, {}", "{}({})")
names = st.text(st.characters(categories=["L", "N"], include_characters=" -+/()"), min_size=1, max_size=12).map(
    str.strip
)


@given(st.sampled_from(("Concentration", "conc", "Dose", "Conc.", "Final concentration")), st.sampled_from(FORMS),
       st.sampled_from(list(SIGNS)), st.booleans(), st.data())  # fmt: skip
def test_a_dose_is_known_with_its_unit_in_the_heading(
    base: str, form: str, unit: str, marked: bool, data: st.DataObject
) -> None:
    heading = ("Metadata_" if marked else "") + form.format(base, data.draw(st.sampled_from(SIGNS[unit])))
    found = read_heading(heading)
    assert (found.name, found.unit) == ("concentration", unit)


every_alias = st.sampled_from([alias for aliases in ALIASES.values() for alias in aliases])


@given(every_alias, st.sampled_from(("", " ", "-", "_")),
       st.sampled_from((str.lower, str.upper, str.title)),
       st.sampled_from(("", "Metadata_", "Image_Metadata_")))  # fmt: skip
def test_an_alias_is_known_in_any_case_and_with_any_separator(alias: str, sign: str, case: object, prefix: str) -> None:
    ours = next(name for name, aliases in ALIASES.items() if alias in aliases)
    assert read_heading(prefix + case(alias).replace("_", sign)).name == ours  # type: ignore[operator]


@given(st.lists(st.floats(1e-6, 1e5).map(lambda value: float(f"{value:.4g}")), min_size=2, max_size=8))
def test_doses_read_alike_with_points_and_commas_and_missing_words(doses: list[float]) -> None:
    texts = [repr(dose) for dose in doses]
    expected = pytest.approx(doses)
    assert read_doses(texts).values.tolist() == expected
    with_words = read_doses(["n/a", *texts, "-", "#N/A", ""])
    assert with_words.values[1:-3].tolist() == expected
    assert not with_words.unread
    if any("." in text and "e" not in text and len(text.partition(".")[2]) != 3 for text in texts):
        assert read_doses(
            [text.replace(".", ",") for text in texts if "e" not in text]
        ).values.tolist() == pytest.approx([dose for dose, text in zip(doses, texts, strict=True) if "e" not in text])


@given(
    st.sampled_from(("M", "mM", "µM", "nM", "pM")),
    st.sampled_from(("M", "mM", "µM", "nM", "pM")),
    st.floats(0.01, 100).map(lambda dose: float(f"{dose:.4g}")),
)
def test_doses_of_two_units_become_one(first: str, second: str, dose: float) -> None:
    factors = {"M": 1e6, "mM": 1e3, "µM": 1.0, "nM": 1e-3, "pM": 1e-6}
    same = dose * factors[first] / factors[second]
    table = pd.DataFrame(
        {"compound": ["a", "a", "a"], "dose": [f"{dose!r} {first}", f"{same!r} {second}", f"{dose!r} {first}"]}
    )
    read = standardise(table)
    assert read["treatment"].nunique() == 1
    assert read["concentration"].nunique() <= 2


def test_words_that_are_no_doses_are_named_and_numbers_stay_alike() -> None:
    read = interpret(pd.DataFrame({"compound": ["a", "b"], "Dose (µM)": ["0.50", "high"]}))
    assert read.table["treatment"].tolist() == ["a@0.5", "b@high"]
    assert any("'high' (1, row 3)" in note for note in read.notes)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"dose": ["-6", "-7"]}, "2 doses are below zero, such as -6: if they are logarithms"),
        ({"dose": [-6.0, 1.0]}, "1 dose is below zero"),
        ({"dose [nM]": ["1.000", "500"]}, "dose '1.000' is read as 1: if the point parts thousands"),
        ({"dose_uM": ["1", "2"], "dose_nM": ["1000", "3"]}, "contradict each other, first with 2 µM and 3 nM"),
        ({"dose": ["1 nM", "1 uM", "5"][1:], "x": ["", ""]}, "1 dose without a unit is taken as µM"),
        ({"dose": ["10", "20"], "dose_unit": ["nM", ""]}, "1 dose without a unit is taken as nM."),
    ],
)  # fmt: skip
def test_doses_that_may_be_meant_otherwise_are_told(columns: dict[str, list[object]], said: str) -> None:
    notes = interpret(pd.DataFrame({"compound": ["a", "b"], **columns})).notes
    assert any(said in note for note in notes)


def test_a_unit_that_few_doses_say_is_asked_about_and_a_word_stops_no_conversion() -> None:
    few = interpret(pd.DataFrame({"compound": ["a", "b", "c"], "dose": ["10", "1e-6 M", "3"]}))
    assert "2 doses without a unit are taken as M, which only 1 of the column says: is that so?" in few.notes[0]
    word = interpret(pd.DataFrame({"compound": ["a", "b", "c"], "dose": ["300 nM", "1.5 µM", "<0.1"]}))
    assert word.table["treatment"].tolist() == ["a@300", "b@1500", "c@<0.1"]
    assert any("1 cell is no dose: '<0.1' (1, row 4)" in note for note in word.notes)


@given(st.lists(st.floats(0.001, 1000).map(lambda dose: float(f"{dose:.3g}")), min_size=1, max_size=6))
def test_doses_that_are_plain_are_not_doubted(doses: list[float]) -> None:
    compounds = [f"c{number}" for number in range(len(doses))]
    assert interpret(pd.DataFrame({"compound": compounds, "dose": [f"{dose:.4f}" for dose in doses]})).notes == ()
    both = pd.DataFrame({"compound": compounds, "dose_uM": doses, "dose_nM": [dose * 1000 for dose in doses]})
    assert interpret(both).notes == ()


@pytest.mark.parametrize("negative", [
    "negcon", "neg", "Negative Control", "ctl_vehicle", "Vehicle Control", "vehicle", "non-targeting", "NTC", "mock",
    "0.1% DMSO", "DMSO 0,5 %", "DMSO (0.1% v/v)", "untreated", "1.0", "1", "TRUE", "Y", "control",
    "Non_Targeting_Control", "Non-Targeting #1", "NTC_2", "control 1", "mock-treated", "untreated cells",
    "empty vector", "neg_ctrl", "no siRNA",
])  # fmt: skip
def test_words_for_negative_controls(negative: str) -> None:
    assert read_control(negative) == "negative"


@pytest.mark.parametrize(
    "treated", ["trt", "trt_cp", "treated", "Sample", "compound", "0.0", "0", "N", "FALSE", "no", ""]
)
def test_words_for_treated_wells(treated: str) -> None:
    assert read_control(treated) == ""


@pytest.mark.parametrize(("word", "kind"), [
    ("poscon", "positive"), ("pos", "positive"), ("poscon_diverse", "positive"), ("Positive control", "positive"),
    ("blank", "empty"), ("Empty well", "empty"), ("outlier", None), ("nocodazole", None), ("negotiable", None),
])  # fmt: skip
def test_other_words_of_a_control_column(word: str, kind: str | None) -> None:
    assert read_control(word) == kind


@pytest.mark.parametrize(
    "name", ["DMSO-d6 analogue", "NC-1", "nocodazole", "potassium", "negatine", "water lily", "NT-157"]
)
def test_compounds_are_no_controls(name: str) -> None:
    assert control_of_name(name) == ""


@pytest.mark.parametrize("name", ["neg_ctrl", "Non-Targeting #1", "NTC_2", "empty vector", "DMSO 0.1", "Untreated 3"])
def test_names_of_controls_may_be_numbered(name: str) -> None:
    assert control_of_name(name) == "negative"


def test_words_nobody_knows_are_listed_with_their_counts() -> None:
    notes = interpret(pd.DataFrame({"pert_type": ["weird", "weird", "trt"]})).notes
    assert len(notes) == 1
    assert "'weird' (2)" in notes[0]
    assert "which are controls?" in notes[0]


def test_a_well_without_a_sample_whose_solvent_is_dmso_is_a_vehicle_control() -> None:
    table = pd.DataFrame({"broad_sample": ["", "BRD-1"], "mmoles_per_liter": ["", "10"], "solvent": ["DMSO", "DMSO"]})
    read = standardise(table)
    assert read["control"].tolist() == ["negative", ""]
    assert read["treatment"].tolist() == ["DMSO", "BRD-1@10"]


@given(st.lists(names.filter(bool), min_size=1, max_size=5, unique=True))
def test_plates_keep_their_names_and_whole_numbers_lose_their_point(plates: list[str]) -> None:
    read = standardise(pd.DataFrame({"plate": plates}))
    assert read["plate"].tolist() == [whole_number(plate) for plate in plates]


@pytest.mark.parametrize("name", ["nan", "NA", "None", "0012", "1e5", "null"])
def test_plates_and_batches_may_be_called_so(name: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"plate,batch,compound\n{name},{name},NA\n")
    read = standardise(read_table(tmp_path / "t.csv"))
    assert read.iloc[0][["plate", "batch", "compound"]].tolist() == [name, name, ""]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(names.filter(bool), st.floats(0.001, 1000)), min_size=1, max_size=6),
    st.sampled_from((",", ";", "\t", "|")),
    st.sampled_from(("utf-8", "utf-8-sig", "utf-16")),
    st.sampled_from(("", "sep", "title", "comment")),
    st.sampled_from(("\n", "\r\n", "\r")),
)
def test_a_table_reads_the_same_however_it_was_saved(
    rows: list[tuple[str, float]], separator: str, encoding: str, above: str, end: str
) -> None:
    head = {"": [], "sep": [f"sep={separator}"], "title": ["Platemap of screen 12", ""], "comment": ["# header s,s,d"]}
    lines = [separator.join(("Well", "Compound", "Dose"))]
    lines += [separator.join(("A01", name.replace(separator, ""), f"{dose:.3f}")) for name, dose in rows]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "map.csv"
        path.write_bytes((end.join([*head[above], *lines]) + end).encode(encoding))
        table = read_table(path)
    assert list(table.columns) == ["Well", "Compound", "Dose"]
    assert table["Dose"].tolist() == [f"{dose:.3f}" for _, dose in rows]


def test_a_heading_given_twice_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("plate,treatment,treatment\n1,a,b\n")
    with pytest.raises(ScreenError, match="two columns named 'treatment'"):
        read_table(tmp_path / "t.csv")


def test_numbers_with_both_signs() -> None:
    assert read_number("1.234,5", comma=True) == 1234.5
    assert math.isnan(read_number("inf"))


@given(st.lists(st.text(max_size=12), max_size=8))
def test_the_one_natural_order_takes_any_text(texts: list[str]) -> None:
    ordered = sorted(texts, key=natural)
    assert sorted(ordered) == sorted(texts)
    backwards = list(reversed(texts))
    assert ordered == sorted(backwards, key=natural)
