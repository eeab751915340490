"""`cdcl compare`: a page that ends in a sentence, and what is refused."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pandas as pd

from cdcl.cli import main
from cdcl.profiles.baselines import intensity_profiles

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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
    found = set(pd.read_csv(tmp_path / "out" / "compare.csv")["candidate"])
    assert {"intensity statistics", embedded.folder.name, "noise"} <= found
    assert (tmp_path / "out" / "compare.html").read_text(encoding="utf-8").count("What it cannot tell") == 2


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
