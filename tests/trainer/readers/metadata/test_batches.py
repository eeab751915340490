from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cdcl.errors import ScreenError
from cdcl.readers import assign_batches, propose_batches
from cdcl.screen import Screen


def screen(paths: list[str], plates: list[str], **columns: list[str]) -> Screen:
    table = pd.DataFrame({"plate": plates, "well": "A01", "site": "1", "path": paths, **columns})
    return Screen(table, ("DNA",), Path("nowhere"))


def test_dates_of_the_microscope_come_before_those_of_folders() -> None:
    given = screen(["2020-01-01/a", "2020-01-01/b"], ["1", "2"], acquired=["2021-05-06", "2021-05-07"])
    proposal = propose_batches(given)
    assert proposal is not None
    assert (proposal.way, proposal.plates) == ("date", {"2021-05-06": 1, "2021-05-07": 1})
    assert "`--batch-from date`" in str(proposal)


def test_folders_that_hold_several_plates_are_proposed() -> None:
    given = screen(["x/g1/p1/a", "x/g1/p2/a", "x/g2/p3/a"], ["p1", "p2", "p3"])
    proposal = propose_batches(given)
    assert proposal is not None
    assert (proposal.way, proposal.plates) == ("folder", {"g1": 2, "g2": 1})
    assert assign_batches(given, "folder").sites["batch"].tolist() == ["g1", "g1", "g2"]


def test_folders_that_are_the_plates_are_no_batches() -> None:
    assert propose_batches(screen(["p1/a", "p2/a"], ["p1", "p2"])) is None


def test_a_plate_that_lies_in_two_folders_has_no_batch_by_folder() -> None:
    with pytest.raises(ScreenError, match="a plate lies in two"):
        assign_batches(screen(["g1/a", "g2/a", "g2/b"], ["p1", "p1", "p2"]), "folder")


def test_a_column_may_be_the_batch() -> None:
    assert assign_batches(screen(["a"], ["p"], donor=["d7"]), "donor").sites["batch"].tolist() == ["d7"]


def test_an_unknown_way_names_those_there_are() -> None:
    with pytest.raises(ScreenError, match=r"unknown way to find batches 'dat'\. Did you mean 'date'"):
        assign_batches(screen(["a"], ["p"]), "dat")
    with pytest.raises(ScreenError, match="no plate name has a dash"):
        assign_batches(screen(["a"], ["p"]), "prefix")
