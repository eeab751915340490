"""The relations of a run on disk: they come back as they were, and a file that was changed or cut off is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import RunError
from cdcl.hits.relation_files import read_relation_files, write_relation_files
from cdcl.hits.relations import Relations, known_pairs
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = ("treatment", "NA", "1", "a,b", '"x"', "µ@0.3")


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, Relations]:
    from scipy.cluster.hierarchy import linkage

    values = np.random.default_rng(0).normal(size=(len(NAMES), 4))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    cosines = np.clip(values @ values.T, -1, 1)
    one, other = np.triu_indices(len(NAMES), 1)
    pairs = pd.DataFrame(
        {
            "one": np.array(NAMES)[one],
            "other": np.array(NAMES)[other],
            "similarity": cosines[one, other],
            "p": 0.02,
            "q": 0.03,
            "related": cosines[one, other] > 0.5,
            "mechanism": "",
            "known": False,
        }
    )
    relations = Relations(NAMES, cosines, linkage(1 - cosines[one, other], "average"), pairs, ("",) * len(NAMES))
    finish(write_relation_files(tmp_path, relations))
    return tmp_path, relations


def test_they_come_back_as_they_were_whatever_treatments_are_called(written: tuple[Path, Relations]) -> None:
    folder, before = written
    after = read_relation_files(folder)
    assert after.names == NAMES
    np.testing.assert_allclose(after.cosines, before.cosines, atol=1e-4)
    np.testing.assert_allclose(after.links, before.links, atol=1e-5)
    assert after.pairs["related"].tolist() == before.pairs["related"].tolist()
    assert after.pairs["one"].tolist() == before.pairs["one"].tolist()


def test_a_run_of_before_has_no_dendrogram(written: tuple[Path, Relations]) -> None:
    (written[0] / "tree.csv").unlink()
    assert read_relation_files(written[0]).links.shape == (0, 4)


def lines(change: Callable[[list[str]], list[str]]) -> Callable[[Path], object]:
    return lambda path: path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")


def renamed(old: str, new: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("name", "harm", "reason"),
    [
        ("similarity.csv", lambda path: path.unlink(), "is missing"),
        ("similarity.csv", lines(lambda all_: all_[:-1]), "cut off"),
        ("similarity.csv", lambda path: path.write_text(path.read_text()[:-20]), "cut off"),
        ("similarity.csv", lambda path: path.write_text(""), "cut off"),
        ("similarity.csv", lambda path: path.write_bytes(b"\xff\xfe\x00"), "cut off"),
        ("similarity.csv", renamed("1.0", "1.7"), "no cosine"),
        ("similarity.csv", renamed("1.0", "nan"), "no cosine"),
        ("similarity.csv", renamed("NA", "1"), "twice"),
        ("pairs.csv", lines(lambda all_: all_[:-1]), "one for each pair"),
        ("pairs.csv", lines(lambda all_: [*all_[:-1], all_[1]]), "one for each pair"),
        ("pairs.csv", renamed("µ", "u"), "which similarity.csv does not"),
        ("pairs.csv", renamed("0.03", "3"), "between 0 and 1"),
        ("pairs.csv", renamed("True", "perhaps"), "not True or False"),
        (
            "pairs.csv",
            lambda path: pd.read_csv(path, keep_default_na=False).assign(similarity=0.5).to_csv(path),
            "not made together",
        ),
        ("tree.csv", lines(lambda all_: all_[:-1]), "cut off"),
        ("tree.csv", lines(lambda all_: [all_[0], *reversed(all_[1:])]), "no dendrogram"),
        ("tree.csv", lines(lambda all_: [all_[0], all_[1], *all_[1:-1]]), "no dendrogram"),
    ],
)
def test_a_changed_or_truncated_file_is_refused_in_a_line(
    written: tuple[Path, Relations], name: str, harm: Callable[[Path], object], reason: str
) -> None:
    path = written[0] / name
    harm(path)
    with pytest.raises(RunError, match=reason) as caught:
        read_relation_files(written[0])
    assert "\n" not in str(caught.value)
    assert "cdcl relations" in str(caught.value)


def test_known_pairs_are_those_of_treatments_and_of_compounds() -> None:
    known = known_pairs(["a@1", "a@2", "b", "c"], ["a", "a", "b", ""], [("b", "a"), ("c", "strange"), ("c", "c")])
    assert np.argwhere(known).tolist() == [[0, 2], [1, 2], [2, 0], [2, 1]]
