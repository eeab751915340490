"""Files of a run that a crash, an editor or a stranger changed."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdcl.attention import read_question
from cdcl.bounded import check_archive, check_gzip
from cdcl.config import load_config
from cdcl.errors import ConfigError, ModelError, RunError
from cdcl.events import Said
from cdcl.runs import Run, read_events, summarise
from cdcl.runs.log_table import read_log
from cdcl.runs.settings import read_settings, settings_if_any
from cdcl.training.logbook import Logbook

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = st.one_of(
    st.binary(max_size=300),
    st.sampled_from(
        [
            b"[" * 50_000,
            b"step,seconds,loss\n1,2,inf\n2,x,1e400\n3,3,\xb2\n",
            b"step,step\n1,2\n",
            '"step,seconds\n1,"'.encode("utf-16"),
            b"\x00" * 100,
            b"steps = 1" + b"0" * 5000,
            b"step\n" + b"9" * 3_000_000,
        ]
    ),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=HOSTILE, name=st.sampled_from(["config.toml", "log.csv", "events.jsonl", "RUNNING", "screen.parquet"]))
def test_whatever_a_file_of_a_run_holds_the_run_can_be_listed(tmp_path: Path, content: bytes, name: str) -> None:
    run = Run(tmp_path)
    (tmp_path / name).write_bytes(content)
    summarise(run)
    list(read_events(run))
    assert np.isfinite(read_log(run).to_numpy(dtype=float)[:, :1]).all()
    Logbook(run.log).cut_back(3)
    assert isinstance(settings_if_any(run), dict)
    (tmp_path / name).unlink()


def test_events_that_end_in_a_giant_of_zeros_are_read_up_to_there(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.events.write_text('{"time": 1, "event": "said", "message": "first"}\n')
    os.truncate(run.events, 50 * 2**30)
    began = time.monotonic()
    assert [event for _, event in read_events(run)] == [Said("first")]
    assert time.monotonic() - began < 10


def test_log_of_words_and_infinities_is_numbers_and_gaps(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(b"step,seconds,loss\n0,1,3.5\n1,2,inf\n2,3,1e400\n3,4,word\nx,5,1\n4,6")
    table = read_log(Run(tmp_path))
    assert table["step"].tolist() == [0, 1, 2, 3]
    assert table["loss"].isna().tolist() == [False, True, True, True]


@pytest.mark.parametrize(
    "setting",
    ["steps=1000000000000000000", "model.width=10000000", "model.depth=100000", "method.prototypes=1000000000000"],
)
def test_config_that_claims_what_no_machine_has_is_refused_before_anything_is_built(setting: str) -> None:
    with pytest.raises(ConfigError, match=setting.partition("=")[0].rpartition(".")[2]):
        load_config("demo-dino", [setting])


def test_settings_that_are_no_toml_are_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes("steps = 'ü'".encode("latin-1"))
    with pytest.raises(RunError, match=r"config\.toml is not a readable TOML file .*utf-8"):
        read_settings(Run(tmp_path))


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        "[1]",
        "null",
        "\udcff",
        '{"request": 1e400, "row": 0}',
        '{"request": 1, "row": Infinity}',
        '{"request": 1, "row": 1' + "0" * 400 + "}",
        '{"request": 1, "row": 0, "patch": 3}',
        '{"request": 1, "row": 0, "patch": []}',
        '{"request": 1, "row": 0, "kind": []}',
    ],
)
def test_question_that_is_none_is_refused_with_its_reason(line: str) -> None:
    with pytest.raises(ModelError):
        read_question(line)


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    import gzip

    with (tmp_path / "bomb.npz").open("wb") as file:
        np.savez_compressed(file, a=np.zeros(600 * 2**20, np.uint8))
    with pytest.raises(RunError, match="claims to unpack to"):
        check_archive(tmp_path / "bomb.npz", RunError)
    with gzip.open(tmp_path / "bomb.csv.gz", "wb", compresslevel=1) as file:
        for _ in range(600):
            file.write(bytes(2**20))
    with pytest.raises(RunError, match="unpacks to more than"):
        check_gzip(tmp_path / "bomb.csv.gz", RunError)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), float("-inf")])
def test_runs_are_listed_as_json_whatever_their_loss_is(
    tmp_path: Path, loss: float, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cdcl.cli import main
    from cdcl.cli import runs as verb

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_text("steps = 3\n")
    monkeypatch.setattr(verb, "summarise", lambda run: replace(summarise(run), loss=loss))
    assert main(["runs", str(tmp_path), "--events"]) == 0
    line = capsys.readouterr().out
    assert json.loads(line, parse_constant=pytest.fail)["loss"] is None
