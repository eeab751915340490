"""The command line as such: help, usage, and how a process ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cdcl_process import TRAINER, call, start

from cdcl import __version__
from cdcl.cli import main
from cdcl.cli.parser import UsageError, make_parser, without_auto

if TYPE_CHECKING:
    from pathlib import Path

VERBS = ("demo", "scan", "train", "embed", "score", "project", "attend", "report", "runs")


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    for verb in VERBS:
        assert re.search(rf"^    {verb} ", shown, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["measure", "s.csv", "-o", "m.csv", "--diameter", "nan"], "'nan' is no finite number"),
        (["measure", "s.csv", "-o", "m.csv", "--diameter", "1e999"], "'1e999' is no finite number"),
        (["cells", "s.csv", "-o", "c.csv", "--diameter=-inf"], "'-inf' is no finite number"),
        (["archetypes", "r", "--confident", "high"], "invalid float value: 'high'"),
        (["simulate", "s", "--vignetting", "NaN"], "'NaN' is no finite number"),
        (["compare", "s.csv", "--nulls", "-1"], "'-1' is not a whole number, 0 or more"),
        (["score", "s.csv", "--nulls", "2.5"], "invalid int value: '2.5'"),
        (["project", "s.csv", "--seed", "-1"], "'-1' is not a whole number from 0 to 4294967295"),
        (["relations", "s.csv", "--seed", "4294967296"], "'4294967296' is not a whole number from 0 to"),
    ],
)
def test_numbers_that_no_computation_takes_are_refused_before_anything_is_read(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_has_a_sentence_and_an_example_that_parses(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([verb, "--help"])
    shown = capsys.readouterr().out
    assert re.search(r"^[A-Z].*\.$", shown, re.MULTILINE)
    examples = re.findall(rf"^  cdcl ({verb}.*)$", shown, re.MULTILINE)
    assert examples
    for example in examples:
        assert make_parser().parse_args(without_auto(example.replace('"', "").split())).verb == verb


def test_help_imports_nothing_but_the_standard_library() -> None:
    script = (
        "import sys\nfrom cdcl.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "ours = {'cdcl', '__main__', '__mp_main__'}\n"
        "names = {name.split('.')[0] for name in sys.modules} - ours - set(sys.stdlib_module_names)\n"
        "print('FOREIGN', sorted(name for name in names if not name.startswith('_')))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(TRAINER)}
    # -S: what the environment itself imports at start (.pth files) is not ours.
    found = subprocess.run([sys.executable, "-S", "-c", script], env=environment, capture_output=True, text=True)
    assert found.stdout.splitlines()[-1] == "FOREIGN []", found.stderr


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"cdcl {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trian"], "unknown verb 'trian'. Did you mean 'train'?"),
        (["embed", "run", "--level", "wel"], "unknown level 'wel'. Did you mean 'well'?"),
        ([], "the following arguments are required: VERB"),
        (["train"], "the following arguments are required: --out"),
        (["demo", "--seed", "three"], "argument --seed: invalid int value: 'three'. See `cdcl demo --help`."),
        (["report", "run", "--loud"], "unrecognized arguments: --loud. See `cdcl report --help`"),
        (["scan", "x", "--meta-data", "m.csv"], "unrecognized arguments: --meta-data m.csv (did you mean --metadata?)"),
        (["scan", "x", "--meta-data=m.csv"], "(did you mean --metadata?). See `cdcl scan --help`"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("cdcl: error: ")
    assert words in shown.err
    assert shown.err.count("\n") == 1


def test_parser_itself_never_exits_on_wrong_usage() -> None:
    with pytest.raises(UsageError):
        make_parser().parse_args(["nothing"])


def test_defect_is_told_apart_from_what_a_user_can_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("cdcl.cli.runs.list_runs", lambda folder: 1 / 0)
    assert main(["runs", str(tmp_path)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-1].startswith("cdcl: this is a defect of cdcl (ZeroDivisionError: division by zero); please report")


def test_interrupt_is_status_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cdcl.cli.runs.list_runs", interrupt)
    assert main(["runs"]) == 130
    assert capsys.readouterr().err == "cdcl: interrupted\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows closes pipes otherwise")
def test_reader_who_leaves_early_hears_no_complaint(tmp_path: Path) -> None:
    process = start("scan", tmp_path, stdout=subprocess.PIPE)
    process.stdout.close()
    assert process.wait(timeout=60) == 2  # nothing to scan here, but no traceback either
    assert process.stderr.read().count("\n") == 1
    process = start("runs", tmp_path)
    process.stdout.close()
    process.wait(timeout=60)
    assert process.stderr.read() == ""


def test_module_and_command_are_the_same() -> None:
    status, output, _ = call("--version")
    assert (status, output) == (0, f"cdcl {__version__}\n")
