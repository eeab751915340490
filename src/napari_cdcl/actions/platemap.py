"""Edit what is in the wells of the session's screen, and keep it as a plate map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.atomic import replaced_file
from cdcl.errors import ScreenError
from cdcl.readers.metadata.platemap import join_wells
from cdcl.readers.metadata.platemap_files import read_noted_platemap
from napari_cdcl.models.counting import counted
from napari_cdcl.models.owned_files import check_own, note_own
from napari_cdcl.models.platemap_draft import OF_WELLS, PlateMapDraft
from napari_cdcl.models.written import with_formulas

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_cdcl.models.plates import PlateLayout
    from napari_cdcl.models.session import Session


def begin_draft(session: Session) -> PlateMapDraft:
    """Begin to edit the plate map of the screen that is open."""
    assert session.screen is not None
    assert session.plate_layout is not None
    return PlateMapDraft.of(session.screen, session.plate_layout)


def take_draft(session: Session, draft: PlateMapDraft, before: PlateMapDraft) -> None:
    """Let the screen say what a draft says, in place of what another one said."""
    assert session.screen is not None
    screen, columns = draft.onto(session.screen, before)
    if columns:
        session.relabel(screen, columns)


def load_platemap(draft: PlateMapDraft, path: Path) -> tuple[PlateMapDraft, tuple[str, ...]]:
    """Give a draft with what a plate map on disk says, and remarks on its cells and on wells without partner.

    Raises
    ------
    ScreenError
        If it cannot be read, lists a well twice, or none of its wells has an image.
    """
    read = read_noted_platemap(path)
    joined = join_wells(draft.labels, read.table, path)
    new = draft
    for name in (str(name) for name in joined.sites if name not in OF_WELLS):
        values = joined.sites[name]
        texts = [f"{value:.12g}" if isinstance(value, float) else str(value) for value in values.tolist()]
        new = new.put(name, {well: "" if text == "nan" else text for well, text in enumerate(texts)})
    return new, (*read.notes, *joined.notes)


def save_platemap(session: Session, draft: PlateMapDraft, begun: PlateMapDraft, path: Path) -> None:
    """Write a tidy plate map that `cdcl scan --metadata` reads back; never over somebody else's file.

    Raises
    ------
    CDCLError
        If there is such a file, it is to be no .csv, or cannot be written.
    """
    if path.suffix.lower() != ".csv":
        raise ScreenError(f"{path.name}: a plate map is written as .csv.")
    check_own(session, path)
    table = draft.platemap(begun)
    with replaced_file(path) as temporary:
        table.to_csv(temporary, index=False)
    note_own(session, path)
    said = f"Wrote {path.name}: {counted(len(table), 'wells')}. It can be joined to any screen with these plates."
    session.told.emit(with_formulas(said, path))


def draft_wells(draft: PlateMapDraft, layout: PlateLayout, wells: list[int]) -> NDArray[np.int64]:
    """Give the numbers that wells of the screen have in a draft: plates sort anew when batches are set."""
    return np.unique(draft.layout.well_of[layout.rows_of(np.array(wells, dtype=np.int64))])


def shown_wells(draft: PlateMapDraft, layout: PlateLayout, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the wells of the screen (W,) that are marked wells of a draft."""
    marked = np.zeros(len(layout), dtype=np.bool_)
    marked[layout.well_of[chosen[draft.layout.well_of]]] = True
    return marked
