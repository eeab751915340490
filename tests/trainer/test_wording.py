"""What messages name is what can be typed: every option and every verb, below the command line."""

from __future__ import annotations

import argparse
import ast
import re
from pathlib import Path

import cdcl
from cdcl.cli.parser import make_parser
from cdcl.wording import option, verb

ROOT = Path(cdcl.__file__).parent
BELOW = [path for path in sorted(ROOT.rglob("*.py")) if path.relative_to(ROOT).parts[0] != "cli"]


def _verbs() -> dict[str, argparse.ArgumentParser]:
    actions = make_parser()._actions
    return dict(next(one for one in actions if isinstance(one, argparse._SubParsersAction)).choices)


def _options() -> set[str]:
    named = [text for parser in _verbs().values() for action in parser._actions for text in action.option_strings]
    return {text.removeprefix("--") for text in named if text.startswith("--")}


def _calls(name: str) -> list[tuple[str, ast.expr]]:
    return [
        (path.name, node.args[0])
        for path in BELOW
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def test_messages_name_options_that_there_are() -> None:
    named = [(file, arg.value) for file, arg in _calls("option") if isinstance(arg, ast.Constant)]
    assert len(named) > 40
    assert [(file, name) for file, name in named if name not in _options()] == []


def test_messages_name_verbs_that_there_are() -> None:
    texts = [(file, ast.unparse(arg).lstrip("f'\"")) for file, arg in _calls("verb")]
    named = [(file, re.match(r"[\w-]*", text)[0]) for file, text in texts if re.match(r"[a-z]", text)]  # type: ignore[index]
    assert len(named) > 10
    assert [(file, name) for file, name in named if name not in {*_verbs(), "maker", "self"}] == []


def _texts(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docs]
    return [text for text in found if isinstance(text, str)]


def test_nothing_below_the_command_line_writes_out_what_is_typed() -> None:
    known = _options()
    typed = {
        (path.name, found)
        for path in BELOW
        if "clusters" not in path.parts  # writes scripts for a shell
        for text in _texts(path)
        for found in re.findall(r"(?<![\w-])--([a-z][a-z-]+)|(`cdcl )", text)
        if found[1] or found[0] in known
    }
    assert typed == set()


def test_no_line_that_looks_like_a_message_does() -> None:
    """Docstrings, too: who looks for messages that name a command finds them by their quotes."""
    looks_so = re.compile(r"\"[^\"]*(--[a-z-]+|`cdcl )")
    lines = [(path.name, line.strip()) for path in BELOW for line in path.read_text().splitlines()]
    assert [(name, line) for name, line in lines if line.startswith('"') and looks_so.search(line)] == []


def test_they_are_written_as_they_are_typed() -> None:
    assert option("batch-from") == "--batch-from"
    assert verb("embed RUN") == "`cdcl embed RUN`"
