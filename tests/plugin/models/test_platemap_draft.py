"""A draft says what is in the wells; what it puts on the screen is what `cdcl scan` reads from the saved map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.errors import CDCLError, ScreenError
from cdcl.readers import Request, scan_source
from napari_cdcl import actions
from napari_cdcl.models.platemap_draft import History, PlateMapDraft
from napari_cdcl.models.platemap_pasting import read_clipboard
from napari_cdcl.models.plates import PlateLayout
from napari_cdcl.models.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen


@pytest.fixture
def session(small_screen: Screen) -> Session:
    session = Session()
    session.screen = small_screen
    return session


@pytest.fixture
def draft(small_screen: Screen) -> PlateMapDraft:
    return PlateMapDraft.of(small_screen, PlateLayout.of(small_screen))


def test_a_draft_begins_with_what_the_screen_says(draft: PlateMapDraft) -> None:
    assert draft.values("treatment").tolist() == ["A", "B", "C"] * 4
    assert draft.values("batch").tolist() == ["B1"] * 6 + ["B2"] * 6
    assert draft.values("concentration").tolist() == [""] * 12
    assert draft.plates.tolist() == ["P1"] * 6 + ["P2"] * 6


def test_an_unchanged_draft_changes_nothing(draft: PlateMapDraft, small_screen: Screen) -> None:
    screen, columns = draft.onto(small_screen, draft)
    assert columns == ()
    assert screen.sites.equals(small_screen.sites)


def test_what_is_put_reaches_both_fields_of_a_well(draft: PlateMapDraft, small_screen: Screen) -> None:
    screen, columns = draft.put("treatment", {1: " taxol ", 2: "taxol"}).onto(small_screen, draft)
    assert columns == ("treatment",)
    assert screen.sites["treatment"].tolist()[:8] == ["A", "A", "taxol", "taxol", "taxol", "taxol", "A", "A"]


def test_controls_and_concentrations_are_spelled_as_a_scan_spells_them(
    draft: PlateMapDraft, small_screen: Screen
) -> None:
    edited = draft.put("control", {0: "negcon", 1: "positive"}).put("concentration", {0: "0.30"})
    sites = edited.onto(small_screen, draft)[0].sites
    assert sites["control"].tolist()[:5] == ["negative", "negative", "positive", "positive", ""]
    assert sites["concentration"].iloc[0] == 0.3
    assert np.isnan(sites["concentration"].iloc[2])


def test_a_treatment_follows_the_compound_it_was_named_after(draft: PlateMapDraft) -> None:
    cleared = draft.put("treatment", dict.fromkeys(range(12), ""))
    edited = cleared.put("compound", {0: "taxol"}).put("concentration", {0: "3"})
    assert edited.values("treatment")[0] == "taxol@3"
    assert edited.put("treatment", {0: "own"}).put("concentration", {0: "9"}).values("treatment")[0] == "own"


def test_a_batch_is_given_to_the_whole_plate(draft: PlateMapDraft) -> None:
    assert draft.put("batch", {7: "Monday"}).values("batch").tolist() == ["B1"] * 6 + ["Monday"] * 6


@pytest.mark.parametrize("column", ["", "well", "path_DNA", "image_id"])
def test_what_names_wells_and_images_cannot_be_set(draft: PlateMapDraft, column: str) -> None:
    with pytest.raises(ScreenError, match="cannot set"):
        draft.put(column, {0: "x"})


def test_history_goes_back_and_forth_and_forgets_what_was_undone(draft: PlateMapDraft) -> None:
    history = History(draft)
    one, two = draft.put("treatment", {0: "one"}), draft.put("treatment", {0: "two"})
    history.push(one)
    assert history.step(-1) is draft
    assert history.step(-1) is draft
    assert history.step(1) is one
    history.step(-1)
    history.push(two)
    assert history.step(1) is two
    assert history.can == (True, False)


def test_the_saved_map_gives_the_same_screen_when_it_is_scanned(session: Session, tmp_path: Path) -> None:
    assert session.screen is not None
    folder, begun = session.screen.folder, actions.begin_draft(session)
    edited = begun.put("compound", {0: "0123", 7: "taxol, 99 %"}).put("concentration", {0: "1", 7: "0.123456789"})
    edited = edited.put("control", {1: "negative"}).put("clone", {11: "k7"})
    actions.take_draft(session, edited, begun)
    actions.save_platemap(session, edited, begun, tmp_path / "map.csv")
    read = scan_source(folder / "screen.csv", Request(metadata=tmp_path / "map.csv")).screen.sites
    shown = session.screen.sites
    assert set(read) == set(shown)
    for name in shown:
        assert read[name].astype(str).tolist() == shown[name].astype(str).tolist(), name


def test_nothing_is_written_over_but_what_was_written_here(session: Session, tmp_path: Path) -> None:
    begun = actions.begin_draft(session)
    theirs = tmp_path / "platemap.csv"
    theirs.write_text("precious", encoding="utf-8")
    with pytest.raises(CDCLError, match="exists already"):
        actions.save_platemap(session, begun, begun, theirs)
    assert theirs.read_text(encoding="utf-8") == "precious"
    for _ in range(2):
        actions.save_platemap(session, begun, begun, tmp_path / "mine.csv")


def test_names_that_a_spreadsheet_computes_are_told_of_a_map(session: Session, tmp_path: Path) -> None:
    begun, told = actions.begin_draft(session), []
    session.told.connect(told.append)
    actions.save_platemap(session, begun.put("treatment", {0: "-2,5-DNP"}), begun, tmp_path / "map.csv")
    assert "map.csv: a spreadsheet that opens it computes '-2,5-DNP' (column treatment) as formulas" in str(told[-1])
    actions.save_platemap(session, begun, begun, tmp_path / "plain.csv")
    assert "formulas" not in str(told[-1])


def test_plates_of_one_name_in_two_batches_cannot_be_told_apart_by_a_map(small_screen: Screen) -> None:
    from dataclasses import replace

    twins = replace(small_screen, sites=small_screen.sites.assign(plate="P"))
    draft = PlateMapDraft.of(twins, PlateLayout.of(twins))
    assert len(draft.platemap(draft)) == 6
    with pytest.raises(ScreenError, match="several batches"):
        draft.put("treatment", {0: "other"}).platemap(draft)


def test_a_loaded_map_says_what_found_no_partner(draft: PlateMapDraft, tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("well,treatment,concentration\nb2,new,0.5\nH12,far,1\n", encoding="utf-8")
    loaded, notes = actions.load_platemap(draft, tmp_path / "map.csv")
    assert loaded.values("treatment")[[0, 6]].tolist() == ["new", "new"]
    assert loaded.values("concentration")[0] == "0.5"
    assert loaded.without("treatment").sum() == 10
    assert any("H12" in note for note in notes)
    assert any("10 imaged wells" in note for note in notes)


def test_a_block_begins_at_the_corner_and_a_whole_plate_at_a01() -> None:
    (block,) = read_clipboard("a\tb\r\nc\td\r\n", "treatment", (8, 12), (1, 2))
    assert block.values == {(1, 2): "a", (1, 3): "b", (2, 2): "c", (2, 3): "d"}
    whole = "\n".join("\t".join(f"{r}-{c}" for c in range(12)) for r in range(8))
    (plate,) = read_clipboard(whole, "treatment", (8, 12), (3, 3))
    assert plate.values[7, 11] == "7-11"


def test_named_grids_tell_their_columns() -> None:
    text = "drug\t1\t2\nA\tx\ty\nB\tz\t\n\t\t\nMoA\t1\t2\nA\tm\tn\nB\t\t\n"
    first, second = read_clipboard(text, "treatment", (8, 12), (5, 5))
    assert (first.column, second.column) == ("compound", "mechanism")
    assert first.values[1, 0] == "z"
    (bare,) = read_clipboard("\t1\t2\nA\tx\ty\n", "clone", (8, 12), (0, 0))
    assert bare.column == "clone"


def test_a_block_beyond_the_plate_is_refused() -> None:
    with pytest.raises(ScreenError, match="reaches to I01, the plate ends at H12"):
        read_clipboard("a\nb", "treatment", (8, 12), (7, 0))
    with pytest.raises(ScreenError, match="no cells"):
        read_clipboard(" \n", "treatment", (8, 12), (0, 0))
    block = "\t1\t2\nA\tx\ty\n"
    (one,) = read_clipboard(f"Plate: 7\n{block}", "clone", (8, 12), (0, 0))
    assert one.column == "clone"
    with pytest.raises(ScreenError, match="grids of several plates"):
        read_clipboard(f"Plate: 7\n{block}\nPlate: 8\n{block}", "clone", (8, 12), (0, 0))
