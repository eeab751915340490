from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.errors import ProfilesError
from cdcl.phenotypes import NONE, predict, read_classifier, suggest, train_classifier, well_shares, write_classifier
from cdcl.phenotypes.labels import names_from_file
from cdcl.profiles import write_profiles
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.phenotypes import Classifier
    from cdcl.profiles import Profiles


@pytest.fixture
def taught(make_named: Callable) -> tuple[Classifier, Profiles, pd.Series]:
    profiles, names = make_named()
    return finish(train_classifier(profiles, names))[0], profiles, names


@pytest.mark.parametrize("kind", ["logistic", "knn"])
def test_a_classifier_comes_back_from_its_file(make_named: Callable, tmp_path: Path, kind: str) -> None:
    profiles, names = make_named()
    classifier, _ = finish(train_classifier(profiles, names, kind=kind))
    write_classifier(classifier, tmp_path / "c.npz")
    again = read_classifier(tmp_path / "c.npz")
    pd.testing.assert_frame_equal(predict(again, profiles), predict(classifier, profiles))
    assert again.card == json.loads(json.dumps(dict(classifier.card)))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"not a zip"])
def test_a_damaged_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.npz").write_bytes(content)
    with pytest.raises(ProfilesError, match="holds no classifier"):
        read_classifier(tmp_path / "c.npz")


def test_a_pickle_in_a_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "c.npz", card=np.array([{"classes": ()}], dtype=object))
    with pytest.raises(ProfilesError, match="holds no classifier"):
        read_classifier(tmp_path / "c.npz")


def test_shares_of_a_well_count_its_profiles(taught: tuple) -> None:
    classifier, profiles, _ = taught
    predicted = predict(classifier, profiles)
    wells = well_shares(profiles, predicted)
    assert wells["profiles"].sum() == len(profiles)
    shares = wells.filter(like="share_")
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    place = (profiles.table["plate"] == wells["plate"][7]) & (profiles.table["well"] == wells["well"][7])
    assert wells["share_small"][7] == (predicted["phenotype"][place] == "small").mean()


def test_strange_profiles_are_called_none_of_them(taught: tuple) -> None:
    classifier, profiles, _ = taught
    assert (predict(classifier, profiles.with_values(profiles.values + 30))["phenotype"] == NONE).all()


def test_suggestions_bring_the_doubtful_the_typical_of_each_class_and_the_strange(taught: tuple) -> None:
    classifier, profiles, _ = taught
    predicted = predict(classifier, profiles)
    margins = np.sort(predicted.filter(like="p_").to_numpy(), axis=1)
    margin = margins[:, -1] - margins[:, -2]
    assert margin[suggest(classifier, profiles, "uncertain", 5)].max() <= np.sort(margin)[4]
    typical = suggest(classifier, profiles, "typical", 6)
    assert predicted["phenotype"].to_numpy()[typical[:3]].tolist() == ["large", "round", "small"]
    novel = suggest(classifier, profiles, "novel", 4)
    assert predicted["novelty"][novel].max() <= predicted["novelty"].sort_values().iloc[3]


def test_profiles_of_another_network_are_refused(taught: tuple) -> None:
    classifier, profiles, _ = taught
    other = type(profiles)(profiles.values[:, :5], profiles.table, "site")
    with pytest.raises(ProfilesError, match="knows 12 features and these profiles have 5: 7 are missing"):
        predict(classifier, other)


def test_a_file_names_wells_in_the_headings_of_its_tool(taught: tuple, tmp_path: Path) -> None:
    _, profiles, _ = taught
    (tmp_path / "l.csv").write_text("Metadata_Plate,Metadata_Well,class\nP0,a1,odd\nP1,B-02,even\n")
    names = names_from_file(profiles, tmp_path / "l.csv")
    found = profiles.table[names != ""]
    assert set(zip(found["plate"], found["well"], strict=True)) == {("P0", "A01"), ("P1", "B02")}


@pytest.mark.parametrize(
    ("strange", "said"),
    [
        ("", []),
        ("P0,H13,odd\n", ["1 of 3 names of l.csv fits no profile by plate, well and is left out: P0/H13."]),
        (
            "P0,H13,odd\nP0,H14,even\nP7,A01,odd\nP8,A01,odd\nP8,A02,\n",
            ["4 of 6 names of l.csv fit no profile by plate, well and are left out: P0/H13, P0/H14, P7/A01, ...."],
        ),
    ],
)
def test_names_that_fit_no_profile_are_counted_and_named(
    taught: tuple, tmp_path: Path, strange: str, said: list[str]
) -> None:
    (tmp_path / "l.csv").write_text(f"plate,well,class\nP0,A01,odd\nP1,B02,even\n{strange}")
    notes: list[str] = []
    names = names_from_file(taught[1], tmp_path / "l.csv", notes)
    assert int((names != "").sum()) == 2
    assert notes == said


def test_the_verb_says_which_of_the_names_fit_no_profile(
    taught: tuple, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, profiles, names = taught
    write_profiles(profiles, tmp_path / "a.parquet")
    rows = profiles.table.assign(**{"class": names})[["plate", "well", "site", "class"]]
    lost = pd.DataFrame({"plate": ["P0"], "well": ["H12"], "site": ["9"], "class": ["odd"]})
    pd.concat([rows, lost]).to_csv(tmp_path / "l.csv", index=False)
    out = ["-o", str(tmp_path / "w.csv")]
    assert main(["classify", str(tmp_path / "a.parquet"), "--classes", str(tmp_path / "l.csv"), *out]) == 0
    printed = capsys.readouterr()
    assert "1 of 181 names of l.csv fits no profile by plate, well, site" in printed.out + printed.err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("plate,well\nP0,A01\n", "has no column of names"),
        ("gene,class\nx,odd\n", "share none of the columns"),
        ("plate,well,class\nP9,A01,odd\n", "names none of these profiles"),
        ("plate,well,class\nP0,A01,odd\nP0,A01,even\n", "P0, A01 two names"),
    ],
)
def test_a_file_that_does_not_fit_is_told_why(taught: tuple, tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "l.csv").write_text(text)
    with pytest.raises(ProfilesError, match=complaint):
        names_from_file(taught[1], tmp_path / "l.csv")


def test_the_verb_trains_keeps_and_applies_to_other_profiles(
    taught: tuple, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, profiles, names = taught
    named = type(profiles)(profiles.values, profiles.table.assign(annotation=names), "site")
    write_profiles(named, tmp_path / "a.parquet")
    assert (
        main(["classify", str(tmp_path / "a.parquet"), "--classes", "annotation", "-o", str(tmp_path / "w.csv")]) == 0
    )
    assert "in batches that it was not trained on" in capsys.readouterr().err
    applied = ["classify", str(tmp_path / "a.parquet"), "--classifier", str(tmp_path / "classifier.npz")]
    assert main([*applied, "-o", str(tmp_path / "again.csv")]) == 0
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "w.csv"), pd.read_csv(tmp_path / "again.csv"))
    assert main(["classify", str(tmp_path / "a.parquet")]) == 2
    assert "--classes COLUMN_OR_FILE" in capsys.readouterr().err
