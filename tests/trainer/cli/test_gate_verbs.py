"""`cdcl protocol` and `cdcl accept`, from a trained run to a decision that is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run
    from cdcl.screen import Screen


@pytest.fixture
def protocol(embedded: Run, tmp_path: Path) -> Path:
    assert main(["protocol", str(embedded.folder), "-o", str(tmp_path / "protocol")]) == 0
    return tmp_path / "protocol"


def test_plates_are_held_against_a_protocol_and_decisions_kept(
    protocol: Path, table: Path, tiny_screen: Screen, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (protocol / "network" / "weights.safetensors").is_file()
    other, out = table.with_name("other.csv"), table.with_name("checks.csv")
    write_screen(replace(tiny_screen, channels=("DNA", "ER")), other)
    decided = ["--why", "I looked", "--who", "Ada", "--wells", "A01,A02"]
    words = ["--protocol", str(protocol), *decided]
    assert main(["accept", str(table), "-o", str(out), "--decide", "approved", *words]) == 0
    checks = pd.read_csv(out)
    assert set(checks["check"]) == {"channels", "pixel size", "drift", "places", "treatments", "focus"}
    assert not (checks["verdict"] == "stop").any()  # they are the plates that it was made of
    assert main(["accept", str(other), "--decide", "rejected", *words]) == 0
    first, second = map(json.loads, (protocol / "decisions.jsonl").read_text().splitlines())
    assert (first["decision"], first["who"], first["wells"]) == ("approved", "Ada", ["A01", "A02"])
    assert (second["decision"], second["verdict"]) == ("rejected", "stop")
    capsys.readouterr()
    assert main(["accept", str(table), "--decide", "approved", *words, "--plates", "nowhere"]) == 2
    assert "'nowhere' is no plate of this screen" in capsys.readouterr().err
    assert main(["accept", str(other), "--protocol", str(protocol)]) == 1
    assert "Actin missing" in capsys.readouterr().out


def test_a_protocol_that_was_refused_leaves_nothing_that_a_later_one_would_apply(
    embedded: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["protocol", str(embedded.folder), "-o", str(tmp_path / "gate"), "--no-fields"]
    assert main([*words, "--correction", "z", "--classifier", str(tmp_path / "nothing.npz")]) == 2
    assert not (tmp_path / "gate").exists()
    assert main(words) == 0
    assert not (tmp_path / "gate" / "correction.npz").exists()
    assert main(["protocol", str(embedded.folder), "-o", str(embedded.folder)]) == 2
    assert "is there already and is no protocol; name a new folder." in capsys.readouterr().err


def test_correction_and_classifier_are_frozen_and_new_plates_held_against_both(
    embedded: Run, tmp_path: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "classifier.npz"
    words = ["--classes", "treatment", "--keep", str(kept), "-o", str(tmp_path / "shares.csv")]
    assert main(["classify", str(embedded.folder), *words]) == 0
    folder, out = tmp_path / "frozen", tmp_path / "checks.csv"
    parts = ["--correction", "z", "--classifier", str(kept), "--no-fields"]
    assert main(["protocol", str(embedded.folder), "-o", str(folder), *parts]) == 0
    assert {"correction.npz", "classifier.npz", "network", "protocol.json"} <= {path.name for path in folder.iterdir()}
    assert len(json.loads((folder / "protocol.json").read_text())["novel"]) == 3
    capsys.readouterr()
    assert main(["accept", str(table), "--protocol", str(folder), "-o", str(out)]) == 0
    checks = pd.read_csv(out)
    told = checks[checks["check"] == "phenotypes"]
    assert len(told) == 3
    assert set(told["verdict"]) == {"joins"}  # they are the plates that it was made of
    assert (checks.loc[checks["check"] == "drift", "value"].abs() < 1).all()
    assert "share_T1" in pd.read_csv(tmp_path / "checks-phenotypes.csv")
    (folder / "correction.npz").write_bytes(b"nothing")
    assert main(["accept", str(table), "--protocol", str(folder)]) == 2
    assert "holds no fitted correction" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--decide", "approved"], "a decision needs its reason"),
        (["-o", "checks.txt"], "written as .csv"),
        ([], "no protocol in"),
    ],
)
def test_bad_questions_are_refused(
    table: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["accept", str(table), "--protocol", str(table.parent / "none"), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_protocol_is_not_written_over(protocol: Path, embedded: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocol", str(embedded.folder), "-o", str(protocol)]) == 2
    assert "holds a protocol already" in capsys.readouterr().err
