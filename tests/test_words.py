"""What linters do not know: words that nobody searches for, numbers without a reason, files and functions too long."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "trainer").rglob("*.py"), *(ROOT / "src").rglob("*.py")])
PACKAGES = sorted((ROOT / "trainer" / "cdcl").glob("*/__init__.py"))
LONGEST_FILE, LONGEST_FUNCTION = 400, 50
sys.path.insert(0, str(ROOT / "docs"))
from api_pages import exports  # noqa: E402

PRIVATE = {
    "ahead": "prefetch", "celling": "cells", "companion": "attention client", "demands": "requirements",
    "errands": "background, worker", "farewell": "shutdown", "holdings": "profiles of a run", "kept": "resumable",
    "lesson": "labelled profiles", "lifetimes": "ownership", "middles": "centre tiles", "remembering": "window state",
    "signs": "diagnostics",
}  # fmt: skip
"""Words that only this house used, with those that people search for."""


def words_of(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def public_names(path: Path) -> list[str]:
    """The module, and the classes and functions that others may call."""
    kinds = (ast.ClassDef, ast.FunctionDef)
    found = [node.name for node in ast.walk(tree_of(path)) if isinstance(node, kinds)]
    return [path.stem, *(name for name in found if name[0] != "_")]


def unexplained(path: Path) -> list[str]:
    """Constants of a module that are numbers and say nothing of themselves: no text below, no comment beside."""
    lines, body = path.read_text(encoding="utf-8").splitlines(), tree_of(path).body
    found = []
    for node, following in zip(body, [*body[1:], None], strict=True):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not is_number(node.value):
            continue
        documented = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
        if not documented and "#" not in lines[node.lineno - 1] + lines[node.lineno - 2]:
            found.append(f"{path.name}:{node.lineno}")
    return found


def is_number(value: ast.expr | None) -> bool:
    """Whether an expression is made of plain numbers alone."""
    if value is None:
        return False
    skipped = (ast.operator, ast.unaryop, ast.expr_context)
    parts = [part for part in ast.walk(value) if not isinstance(part, skipped)]
    numbers = [part.value for part in parts if isinstance(part, ast.Constant)]
    plain = all(isinstance(part, ast.Constant | ast.BinOp | ast.UnaryOp | ast.Tuple) for part in parts)
    return plain and bool(numbers) and all(type(number) in (int, float) for number in numbers)


def length_of(function: ast.FunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    lines = (function.end_lineno or 0) - function.lineno + 1
    return lines - ((first.end_lineno or 0) - first.lineno + 1 if documented else 0)


@cache
def errors() -> set[str]:
    """Names of `CDCLError` and of all that derive from it, in whatever module."""
    classes = {node.name: node for path in FILES for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef)}
    known = {"CDCLError"}
    for _ in classes:
        more = {name for name, node in classes.items() if known & {ast.unparse(base) for base in node.bases}} - known
        if not more:
            break
        known |= more
    return known


def exported_functions() -> list[ast.FunctionDef]:
    """What the packages of `cdcl` list in `__all__`, as far as it is functions."""
    found = []
    for init in PACKAGES:
        for origin in exports(init.parent).values():
            module, _, name = origin.rpartition(".")
            path = ROOT / "trainer" / Path(*module.split("."))
            path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
            found += [node for node in tree_of(path).body if isinstance(node, ast.FunctionDef) and node.name == name]
    return found


def untold(function: ast.FunctionDef) -> str:
    """Name the sections that a docstring lacks: what goes in or comes out, and the errors that the body raises."""
    sections = set(re.findall(r"(?m)^(\w+)\n-+$", ast.get_docstring(function) or ""))
    arguments = function.args
    takes = bool([*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs])
    raised = {name.id for node in ast.walk(function) if isinstance(node, ast.Raise) and node.exc is not None
              for name in ast.walk(node.exc) if isinstance(name, ast.Name)}  # fmt: skip
    lacking = ["Parameters or Returns"] * (takes and not sections & {"Parameters", "Returns", "Yields"})
    lacking += ["Raises"] * (bool(raised & errors()) and "Raises" not in sections)
    return f"{function.name}: {', '.join(lacking)}" if lacking else ""


@pytest.mark.parametrize("word", sorted(PRIVATE))
def test_no_public_name_is_a_word_of_this_house_alone(word: str) -> None:
    named = ((path, name) for path in FILES for name in public_names(path))
    found = [f"{path.relative_to(ROOT)}: {name}" for path, name in named if word in words_of(name)]
    assert not found, f"say {PRIVATE[word]}"


def test_every_number_has_its_reason_beside_it() -> None:
    assert not [f"{path.relative_to(ROOT).parent}/{number}" for path in FILES for number in unexplained(path)]


def test_a_number_without_a_reason_is_found(tmp_path: Path) -> None:
    path = tmp_path / "numbers.py"
    path.write_text('A = 3\nB = -2 * 8\n"""Why."""\nC = 1.5, 2  # why\nD = "text"\nE: int = 2**4\nF = True\n')
    assert unexplained(path) == ["numbers.py:1", "numbers.py:6"]


def test_exported_functions_say_what_goes_in_and_out_and_what_they_raise() -> None:
    functions = exported_functions()
    assert len(functions) > 100
    assert not list(filter(None, map(untold, functions)))


def test_a_docstring_without_its_sections_is_found() -> None:
    text = """
def bare(table): "Count."
def told(table):
    '''Count.

    Returns
    -------
    int
        Rows.
    '''
    if table is None:
        raise ScreenError("no table")
def whole():
    '''Count.

    Raises
    ------
    ScreenError
        Always.
    '''
    raise ScreenError("no table")
def own_fault(): raise AssertionError
"""
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert list(map(untold, functions)) == ["bare: Parameters or Returns", "told: Raises", "", ""]
    assert {"CDCLError", "ScreenError", "UnknownLayoutError"} <= errors()


def test_files_and_functions_are_short() -> None:
    long = [str(path) for path in FILES if path.read_text(encoding="utf-8").count("\n") > LONGEST_FILE]
    functions = (
        (path, node) for path in FILES for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef)
    )
    long += [f"{path}: {node.name}" for path, node in functions if length_of(node) > LONGEST_FUNCTION]
    assert not long
