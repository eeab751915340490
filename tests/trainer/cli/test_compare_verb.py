"""`cdcl compare`: a page that ends in a sentence, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.cli import main
from cdcl.profiles.baselines import intensity_profiles

if TYPE_CHECKING:
    from argparse import Namespace

    from cdcl.pixels.cache import PixelCache
    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def test_a_run_is_compared_with_intensities_and_floors(
    embedded: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(embedded.folder), "--chains", "centre", "--nulls", "2", "-o", str(tmp_path / "out")]
    assert main([*words, "--model", "no-such-network"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("Use ")
    assert "no-such-network takes no part" in told.err
    assert "no-such-network takes no part" in (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    found = set(pd.read_csv(tmp_path / "out" / "compare.csv")["candidate"])
    assert {"intensity statistics", embedded.folder.name, "noise"} <= found
    assert (tmp_path / "out" / "compare.html").read_text(encoding="utf-8").count("What it cannot tell") == 2


def test_one_run_by_two_paths_takes_part_once_and_a_copy_of_it_is_told(
    embedded: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, link = tmp_path / "copy.parquet", tmp_path / "link"
    shutil.copyfile(embedded.profiles("well"), copy)
    link.symlink_to(embedded.folder)
    words = ["compare", str(embedded.folder), "--run", str(link), "--profiles", str(copy), "--chains", "none"]
    assert main([*words, "--nulls", "2", "-o", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().err
    name = embedded.folder.name
    assert f"{link} is {embedded.folder}, given before: it takes part once." in told
    assert f"{name} and copy are equal in every value" in told
    found = set(pd.read_csv(tmp_path / "out" / "compare.csv")["candidate"])
    assert {one for one in found if one.startswith(name)} == {name}


def test_an_unknown_chain_is_refused_before_any_work(embedded: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(embedded.folder), "--chains", "tvm"]) == 2
    assert "Did you mean 'tvn'?" in capsys.readouterr().err


def test_what_was_measured_of_other_images_is_not_taken_for_these(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def measured(screen: Screen, cache: PixelCache, _objects: object) -> Task[Profiles]:
        asked.append(len(screen))
        return (yield from intensity_profiles(screen, cache))

    monkeypatch.setattr("cdcl.cli.compare.classical_profiles", measured)
    words = ["--classical", "--chains", "none", "--nulls", "2", "-o", str(tmp_path / "out")]
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        shutil.copytree(tiny_screen.folder, folder)
        named = tiny_screen.sites.assign(channel_names=";".join(tiny_screen.channels))
        named.to_csv(folder / "screen.csv", index=False)
    for folder in (folders[0], folders[0], folders[1]):  # the second time nothing is new; then another place
        assert main(["compare", str(folder / "screen.csv"), *words, "--cache", str(tmp_path / "cache")]) == 0
    assert len(asked) == 2


@pytest.mark.slow  # compares three times
def test_a_frozen_network_is_embedded_once_and_never_taken_for_another_file_of_its_name(
    embedded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def made(wish: Namespace, folder: Path) -> Task[None]:
        asked.append((Path(wish.network).parent.name, wish.channels))
        shutil.copytree(embedded.folder, folder)
        yield from ()

    monkeypatch.setattr("cdcl.cli.compare.into_run", made)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.safetensors").write_bytes(b"weights")
    words = ["compare", str(embedded.folder), "--chains", "none", "--nulls", "2", "-o", str(tmp_path / "out")]
    both = [word for folder in ("one", "two") for word in ("--model", str(tmp_path / folder / "net.safetensors"))]
    assert main([*words, *both]) == 0
    assert main([*words, *both]) == 0  # nothing is new
    assert main([*words, *both[:2], "--channels", "shared"]) == 0
    assert asked == [("one", ""), ("two", ""), ("one", "shared")]
    assert "net.safetensors, frozen" in set(pd.read_csv(tmp_path / "out" / "compare.csv")["candidate"])


def test_what_no_comparison_can_be_made_of_is_refused_before_any_pixel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 8), np.uint16))
    (tmp_path / "bare.csv").write_text("path_DNA,plate,well\na.tif,P1,A01\n")
    (tmp_path / "taken").write_text("mine")
    assert main(["compare", str(tmp_path / "bare.csv"), "-o", str(tmp_path / "taken")]) == 2
    assert "taken is a file, and a comparison is a folder" in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "mine"
    assert main(["compare", str(tmp_path / "bare.csv"), "-o", str(tmp_path / "out")]) == 2
    assert "has no column treatment, by which profiles are compared; join a plate map" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
