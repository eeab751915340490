"""A package that cannot be loaded is a fault of the installation, told in one line; a module of ours is a defect."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from cdcl.broken_packages import broken_package
from cdcl.cli import main

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = {
    "no module": "import nowhere_at_all",
    "a symbol": "raise ImportError('undefined symbol: cudaGetDriver', name='light_torch._C')",
    "no name": "raise ImportError('libtorch_cpu.so: cannot enable executable stack')",
    "a library of C": "import ctypes; ctypes.CDLL('libcudart.so.99')",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_one_line_and_exit_2(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "site-packages" / "light_torch"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(BROKEN[kind])
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.setattr("cdcl.cli._perform", lambda _arguments: import_module("light_torch"))
    assert main(["embed", "run"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        f"cdcl: error: {'nowhere_at_all' if kind == 'no module' else 'light_torch'} cannot be loaded"
    )
    assert "cdcl doctor" in line


def test_a_module_of_ours_that_is_missing_stays_a_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cdcl.cli._perform", lambda _arguments: import_module("cdcl.nowhere"))
    assert main(["embed", "run"]) == 1
    assert "this is a defect of cdcl" in capsys.readouterr().err


def caught(code: str) -> BaseException:
    try:
        exec(code)
    except Exception as error:
        return error
    raise AssertionError(code)


def test_a_missing_module_of_ours_or_file_of_a_user_is_none() -> None:
    assert broken_package(caught("import cdcl.nowhere")) == ""
    assert broken_package(caught("from cdcl.errors import NothingError")) == ""
    assert broken_package(caught("open('/nowhere/at/all')")) == ""
    assert broken_package(caught("raise OSError(28, 'No space left on device')")) == ""
    assert broken_package(caught("1 / 0")) == ""
