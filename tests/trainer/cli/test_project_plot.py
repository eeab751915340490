"""`cdcl project --plot` draws the scatter of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs import Run

Capture = pytest.CaptureFixture[str]


def test_a_plot_is_coloured_by_the_column_that_is_asked_for(embedded: Run, tmp_path: Path) -> None:
    out = tmp_path / "map.svg"
    assert main(["project", str(embedded.folder), "--method", "pca", "--plot", str(out), "--colour", "plate"]) == 0
    assert all(word in out.read_text() for word in ("plate", "B1P1 (8)", "B3P1 (8)", "PC 1 ("))
    assert embedded.projection("pca").exists(), "a run keeps its points all the same"


def test_without_a_colour_the_batch_is_shown(embedded: Run, tmp_path: Path) -> None:
    out = tmp_path / "map.svg"
    assert main(["project", str(embedded.folder), "--method", "pca", "--plot", str(out)]) == 0
    assert ">batch<" in out.read_text()


def test_a_file_of_profiles_can_be_plotted_without_keeping_its_points(embedded: Run, tmp_path: Path) -> None:
    out = tmp_path / "only" / "map.png"
    assert main(["project", str(embedded.profiles("well")), "--method", "pca", "--plot", str(out)]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in out.parent.iterdir()] == ["map.png"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--plot", "map.tif"], "a plot is written as .png, .svg, .pdf"),
        (["--colour", "batch"], "--colour says how --plot FILE is coloured"),
        (["--plot", "map.png", "--colour", "colour"], "colour"),
    ],
)
def test_a_plot_that_cannot_be_made_is_refused_before_any_work(
    more: list[str], words: str, embedded: Run, capsys: Capture
) -> None:
    assert main(["project", str(embedded.folder), "--method", "pca", *more]) == 2
    shown = capsys.readouterr().err
    assert words in shown
    assert shown.count("\n") == 1
    assert not embedded.projection("pca").exists()
