"""A name that is not there is answered before anything is judged or written, and never passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.cli import main

if TYPE_CHECKING:
    from cdcl.runs import Run

Capture = pytest.CaptureFixture[str]


def test_a_value_that_no_well_has_is_refused_before_quality_is_judged(embedded: Run, capsys: Capture) -> None:
    assert main(["quality", str(embedded.folder), "--map", "nothing"]) == 2
    told = capsys.readouterr().err
    assert "unknown value 'nothing'. Known: distance, pc1, pc2, pc3, and the 16 features emb_0000" in told
    assert "mechanism" not in told  # it holds no numbers
    assert not (embedded.folder / "quality").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--treatment", "nothing"], "unknown treatment 'nothing'"),
        (["--treatment", "nothing", "--no-montage"], "--treatment names what the montage shows"),
    ],
)
def test_a_treatment_that_cannot_be_shown_is_refused_before_hits_are_kept(
    more: list[str], words: str, embedded: Run, capsys: Capture
) -> None:
    assert main(["hits", str(embedded.folder), *more]) == 2
    assert words in capsys.readouterr().err
    assert not embedded.hits.exists()


def test_a_file_of_profiles_shows_no_treatment(embedded: Run, capsys: Capture) -> None:
    table = str(embedded.profiles("well"))
    assert main(["hits", table, "-o", str(embedded.folder / "h.csv"), "--treatment", "nothing"]) == 2
    assert "it needs a run with its screen" in capsys.readouterr().err


def test_who_lacks_profiles_of_cells_is_told_the_command_that_makes_them(embedded: Run, capsys: Capture) -> None:
    assert main(["classify", str(embedded.folder), "--classes", "treatment", "--level", "cell"]) == 2
    assert f"run `cdcl embed {embedded.folder} --level cell` first" in capsys.readouterr().err
