"""What stands side by side is called by what tells it apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.cli.compare import _Gathered
from cdcl.cli.titles import once, titles_of
from cdcl.events import Event, Warned
from cdcl.profiles import Profiles
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path


def test_runs_of_one_name_are_called_by_their_folders(tmp_path: Path) -> None:
    for name in ("monday/run", "tuesday/run", "v1.2"):
        (tmp_path / name).mkdir(parents=True)
    sources = [tmp_path / name for name in ("monday/run", "tuesday/run", "v1.2", "wells.csv.gz")]
    assert titles_of(sources) == ["monday/run", "tuesday/run", "v1.2", "wells"]


def test_files_of_one_stem_are_called_by_their_endings_and_taken_names_by_their_folders(tmp_path: Path) -> None:
    sources = [tmp_path / name for name in ("wells.csv", "wells.parquet", "noise", "a/x.csv", "b/x.csv")]
    titles = titles_of(sources, ("noise",))
    assert titles == ["wells.csv", "wells.parquet", f"{tmp_path.name}/noise", "a/x.csv", "b/x.csv"]


def test_what_is_given_by_two_paths_takes_part_once(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    events: list[Event] = []
    again = tmp_path / "run" / ".." / "run"
    assert finish(once([tmp_path / "run", again]), events.append) == [tmp_path / "run"]
    assert [event.message for event in events if isinstance(event, Warned)] == [
        f"{again} is {tmp_path / 'run'}, given before: it takes part once."
    ]


def test_what_is_called_alike_all_the_same_is_counted_from_two() -> None:
    profiles = Profiles(np.zeros((1, 2), np.float32), pd.DataFrame({"well": ["A01"]}), "well")
    gathered = _Gathered()
    for _ in range(3):
        gathered.add("net, frozen", profiles)
    assert list(gathered.found) == ["net, frozen", "net, frozen (2)", "net, frozen (3)"]
