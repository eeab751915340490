"""A name that is not there is answered before anything is judged or written, and never passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cdcl.cli import main

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "accept S --protocol P --why because",
            "--why does nothing without --decide; give that too, or leave --why out",
        ),
        ("accept S --protocol P --wells A01", "--wells does nothing without --decide"),
        ("score R --correct z --relations F", "--relations is asked of profiles as they are"),
        ("classify R --classifier C --kind knn", "--kind does nothing without --classes"),
        ("archetypes R --screen S", "--screen does nothing without --labelled"),
        ("compare R --channels DNA", "--channels does nothing without --model"),
        ("export R --to csv --best", "--best is of a network, and csv is a form of profiles"),
        ("export R --to onnx --level well", "--level is of profiles, and onnx is a form of the network"),
        ("correct R --fitted C --shrinkage 1", "--shrinkage says how to fit, and C is fitted"),
        ("correct R --fitted C --method z --reference all", "--method and --reference says how to fit"),
        ("correct R", "morphohelm), or a fitted one with --fitted"),
    ],
)
def test_an_option_that_would_be_passed_over_is_refused(words: str, told: str, capsys: Capture) -> None:
    assert main(words.split()) == 2
    assert told in capsys.readouterr().err


def test_a_file_of_profiles_has_no_network_to_export(embedded: Run, capsys: Capture) -> None:
    assert main(["export", str(embedded.profiles("well")), "--to", "onnx"]) == 2
    assert "is a file, and a network is exported of a run, or of a folder of weights" in capsys.readouterr().err


def test_a_folder_that_is_no_plate_map_is_said_to_be_one(embedded: Run, capsys: Capture) -> None:
    assert main(["plan-layout", str(embedded.folder)]) == 2
    assert "is a folder without barcode_platemap.csv; name the file of the plate map." in capsys.readouterr().err


def test_a_correction_of_another_level_is_warned_of(embedded: Run, tmp_path: Path, capsys: Capture) -> None:
    assert (
        main(["correct", str(embedded.folder), "--method", "z", "--level", "well", "-o", str(tmp_path / "w.csv")]) == 0
    )
    assert "do not vary alike" not in capsys.readouterr().err
    fitted = ["--fitted", str(tmp_path / "w.npz"), "-o", str(tmp_path / "s.csv")]
    assert main(["correct", str(embedded.profiles("site")), *fitted]) == 0
    told = capsys.readouterr().err
    assert "warning: it was fitted on wells and these are sites, which do not vary alike" in told
    assert main(["correct", str(embedded.profiles("well")), *fitted]) == 0
    assert "do not vary alike" not in capsys.readouterr().err


def test_cells_of_a_run_can_be_exported_where_it_has_some(embedded: Run, capsys: Capture) -> None:
    assert main(["export", str(embedded.folder), "--to", "csv", "--level", "cell"]) == 2
    assert "there are no cell profiles to export, but those of site, well, treatment." in capsys.readouterr().err
