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
    assert main(["accept", str(other), "--protocol", str(protocol)]) == 1
    assert "Actin missing" in capsys.readouterr().out


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
