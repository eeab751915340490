"""`cdcl cells`, and training, embedding and scoring by cells from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.config import write_config
from cdcl.profiles import read_profiles
from cdcl.profiles.annotations import write_annotations
from cdcl.runs import Run
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def cell_table(cell_screen: Screen, tmp_path: Path) -> Path:
    write_screen(cell_screen, tmp_path / "screen.csv")
    return tmp_path / "screen.csv"


@pytest.fixture
def cell_config(tiny_config: Callable[..., RunConfig], tmp_path: Path) -> Path:
    write_config(tiny_config("simclr", cells={"source": "auto", "crop": 20}), tmp_path / "cells.toml")
    return tmp_path / "cells.toml"


def test_cells_are_kept_beside_the_screen(cell_table: Path, capsys: Capture) -> None:
    assert main(["cells", str(cell_table), "--crop", "10um"]) == 0
    assert "72 cells in 12 of 12 fields: 6 to 6 a field" in "".join(capsys.readouterr())
    assert len(pd.read_parquet(cell_table.with_name("cells.parquet"))) == 72


@pytest.mark.parametrize(
    ("more", "count"),
    [(["--from", "tiles", "--crop", "32"], 96), (["--from", "images"], 12), (["--most", "2", "--crop", "20"], 24)],
)
def test_cells_are_had_the_way_that_is_asked_for(more: list[str], count: int, cell_table: Path, tmp_path: Path) -> None:
    out = tmp_path / "other.csv"
    assert main(["cells", str(cell_table), *more, "-o", str(out)]) == 0
    assert len(pd.read_csv(out)) == count


def test_coordinates_of_another_tool_are_taken_over(cell_table: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "Nuclei.csv"
    theirs.write_text(
        "Metadata_Plate,Metadata_Well,Metadata_Site,Location_Center_X,Location_Center_Y\nB1P1,a1,1,52,12\nB1P1,A01,1,24,12\n"
    )
    assert main(["cells", str(cell_table), "--from", str(theirs), "--crop", "20"]) == 0
    table = pd.read_parquet(cell_table.with_name("cells.parquet"))
    assert table[["well", "y", "x"]].to_numpy().tolist() == [["A01", 12.0, 52.0], ["A01", 12.0, 24.0]]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            ["--from", "nowhere.csv"],
            "--from nowhere.csv: no such file or folder; else say auto, nuclei, tiles or images",
        ),
        (["--crop", "wide"], "--crop wide: give a number of pixels"),
        (["-o", "cells.xlsx"], "cells are written as .parquet or .csv"),
        (["--channel", "DAN", "--crop", "20"], "unknown channel 'DAN'. Did you mean 'DNA'?"),
    ],
)
def test_what_cannot_be_is_one_line(more: list[str], words: str, cell_table: Path, capsys: Capture) -> None:
    assert main(["cells", str(cell_table), *more]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_run_on_cells_is_trained_embedded_and_scored(
    cell_table: Path, cell_config: Path, tmp_path: Path, capsys: Capture
) -> None:
    run = Run(tmp_path / "run")
    assert main(["cells", str(cell_table), "--crop", "20"]) == 0
    assert main(["train", str(cell_config), "--screen", str(cell_table), "--out", str(run.folder)]) == 0
    assert "72 cells from cells.parquet (nuclei)" in "".join(capsys.readouterr())
    assert main(["embed", str(run.folder), "--level", "cell"]) == 0
    sizes = {level: len(read_profiles(run.profiles(level))) for level in ("cell", "site", "well", "treatment")}
    assert sizes["cell"] > 20
    assert f"{sizes['cell']} cells are embedded" in capsys.readouterr().err
    assert (sizes["site"], sizes["well"], sizes["treatment"]) == (12, 12, 3)
    assert main(["score", str(run.folder)]) == 0
    assert main(["project", str(run.folder), "--level", "cell", "--method", "pca"]) == 0


def test_profiles_of_images_that_are_cells_are_said_to_be_one_an_image(
    cell_table: Path, tiny_config: Callable[..., RunConfig], tmp_path: Path, capsys: Capture
) -> None:
    crops = pd.read_csv(cell_table)
    crops = crops.assign(well=crops["well"].iloc[0], site="1", image_id=range(len(crops)))
    crops.to_csv(cell_table, index=False)
    config, run = tmp_path / "images.toml", tmp_path / "images"
    write_config(tiny_config("simclr", cells={"source": "images", "crop": 20}), config)
    assert main(["train", str(config), "--screen", str(cell_table), "--out", str(run)]) == 0
    assert main(["embed", str(run)]) == 0
    said = "".join(capsys.readouterr())
    assert "wrote 12 profiles, one an image (a cell each): " in said
    assert "12 site profiles" not in said


def test_named_cells_are_trained_on_by_any_recipe(
    cell_table: Path, tiny_config: Callable[..., RunConfig], tmp_path: Path, capsys: Capture
) -> None:
    write_config(tiny_config("cdcl", views=tiny_config().views.model_dump()), tmp_path / "cdcl.toml")
    theirs = tmp_path / "points.csv"
    lines = [f"B{b}P1,A{w:02d},1,{y},50" for b in (1, 2) for w in range(1, 7) for y in (20, 30, 40)]
    theirs.write_text("plate,well,site,y,x\n" + "\n".join(lines))
    arguments = ["train", str(tmp_path / "cdcl.toml"), "--screen", str(cell_table), "--cells", str(theirs)]
    assert main([*arguments, "--out", str(tmp_path / "run"), "--set", "cells.crop=16"]) == 0
    assert "training on 36 of 36 cells" in "".join(capsys.readouterr())
    assert main(["train", "--out", str(tmp_path / "run"), "--resume", "--set", "steps=8"]) == 0
    assert main(["train", "--out", str(tmp_path / "run"), "--resume", "--cells", str(theirs)]) == 2
    assert "a run goes on with the cells it has" in capsys.readouterr().err


def test_cells_that_do_not_fit_leave_no_run_behind(
    cell_table: Path, cell_config: Path, tmp_path: Path, capsys: Capture
) -> None:
    theirs = tmp_path / "points.csv"
    theirs.write_text("plate,well,site,y,x\nP9,A01,1,3,4\n")
    arguments = ["train", str(cell_config), "--screen", str(cell_table), "--out", str(tmp_path / "run")]
    assert main([*arguments, "--cells", str(theirs)]) == 2
    assert "has no cell on any image of the screen" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_wells_of_another_screen_by_cells_leave_no_cells_behind(
    cell_table: Path, cell_config: Path, tmp_path: Path, capsys: Capture
) -> None:
    run = tmp_path / "run"
    assert main(["train", str(cell_config), "--screen", str(cell_table), "--out", str(run)]) == 0
    out = tmp_path / "out" / "wells.csv"
    assert main(["embed", str(run), "--screen", str(cell_table), "--level", "well", "-o", str(out)]) == 0
    assert len(pd.read_csv(out)) == 12
    assert [path.name for path in out.parent.iterdir()] == ["wells.csv"]
    assert main(["embed", str(run), "--level", "cell", "-o", str(out)]) == 2
    assert "profiles of cells, which may be many, are written as .parquet" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "count", "said"),
    [("bbbc021_cells", 424, "each image is taken for one cell"), ("bbbc021_fields", 369, "nuclei found in DNA of 369")],
)
def test_real_cells_from_pixels_to_scores(
    name: str, count: int, said: str, shared_data: Path, tmp_path: Path, capsys: Capture
) -> None:
    run = Run(tmp_path / "run")
    sets = ["steps=3", "batch_size=16", "cells.crop=24", "cells.most_per_field=4"]
    options = [word for setting in sets for word in ("--set", setting)]
    screen = str(shared_data / name)
    assert main(["train", "simclr-small", "--screen", screen, "--out", str(run.folder), *options]) == 0
    assert said in "".join(capsys.readouterr())
    table = pd.read_parquet(run.cells).groupby("image_id").head(3)
    table.to_csv(tmp_path / "few.csv", index=False)
    assert main(["embed", str(run.folder), "--level", "cell", "--cells", str(tmp_path / "few.csv")]) == 0
    profiles = read_profiles(run.profiles("cell"))
    assert {"y", "x"} <= set(profiles.table)
    # Of a few fields all three cells that were taken are at the edge.
    assert 0.99 * count <= len(read_profiles(run.profiles("site"))) <= count
    assert main(["score", str(run.folder)]) == 0


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_cells_are_written_back_as_labels_with_what_is_known_of_them(
    version: str, cell_table: Path, tmp_path: Path, capsys: Capture
) -> None:
    pytest.importorskip("zarr")
    known = tmp_path / "archetypes.csv"
    known.write_text("Metadata_Plate,Metadata_Well,archetype\nB1P1,a1,A2\n")
    out = tmp_path / "labels"
    arguments = ["cells", str(cell_table), "--crop", "20", "--with", str(known), "--labels", str(out)]
    assert main([*arguments, "--ome-version", version]) == 0
    shown = "".join(capsys.readouterr())
    assert "adds archetype" in shown
    assert "labels 'cells' of 12 fields" in shown
    table = pd.read_csv(out / "cells.csv", keep_default_na=False)
    assert table.groupby("archetype").size().to_dict() == {"": 66, "A2": 6}
    assert pd.read_parquet(cell_table.with_name("cells.parquet"))["archetype"].tolist()[:7] == ["A2"] * 6 + [""]
    again = tmp_path / "again.parquet"
    assert main(["cells", str(cell_table), "--from", str(out), "--crop", "20", "-o", str(again)]) == 0
    assert len(pd.read_parquet(again)) == 72
    assert main(arguments) == 2
    assert "nothing is written over" in capsys.readouterr().err


def test_archetypes_and_annotations_of_a_run_go_along(
    cell_table: Path, cell_config: Path, tmp_path: Path, capsys: Capture
) -> None:
    pytest.importorskip("zarr")
    run = Run(tmp_path / "run")
    assert main(["train", str(cell_config), "--screen", str(cell_table), "--out", str(run.folder)]) == 0
    assert main(["cells", str(cell_table), "--crop", "20", "--with", str(run.folder)]) == 2
    assert "has neither archetypes nor annotations" in capsys.readouterr().err
    assert main(["embed", str(run.folder)]) == 0
    assert main(["archetypes", str(run.folder), "--level", "site", "--num", "3", "--confident", "0.3"]) == 0
    wells = read_profiles(run.profiles("well")).table
    names = pd.Series(["dead", *[""] * (len(wells) - 1)])
    write_annotations(run.folder / "annotations.parquet", wells, "well", names)
    out = tmp_path / "labels"
    arguments = ["cells", str(cell_table), "--crop", "20", "--with", str(run.folder), "--labels", str(out)]
    assert main([*arguments, "--name", "phenotypes"]) == 0
    table = pd.read_csv(out / "phenotypes.csv", keep_default_na=False)
    assert set(table["archetype"]) <= {"", "A1", "A2", "A3"}
    assert table["confidence"].between(0.3, 1).all()
    assert (table["annotation"] == "dead").sum() == 6
