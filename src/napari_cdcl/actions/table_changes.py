"""Take back what has changed the table of items or the labels of the screen, and do it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.profiles.annotations import ANNOTATION, write_annotations
from napari_cdcl.actions.annotations import annotations_file, names_of

if TYPE_CHECKING:
    from napari_cdcl.models.session import Session
    from napari_cdcl.models.table_history import TableChange


def undo_table(session: Session) -> None:
    """Take back the last change of the table: names, phenotypes, clusters, labels of the plate map, ...

    Names are kept with the run as they are then; what a job has written into the run's folder stays there.

    Raises
    ------
    CDCLError
        If names cannot be written; they are in the window then.
    """
    change = session.table_history.last
    if change is None:
        session.told.emit("Nothing has changed the table that could be taken back.")
        return
    session.table_history.took_back(session.put_back(change))
    _keep(session, change)
    session.told.emit(f"Taken back: {change.title}.")


def redo_table(session: Session) -> None:
    """Do again what was taken back last.

    Raises
    ------
    CDCLError
        If names cannot be written; they are in the window then.
    """
    change = session.table_history.next
    if change is None:
        session.told.emit("Nothing was taken back that could be done again.")
        return
    session.table_history.did_again(session.put_back(change))
    _keep(session, change)
    session.told.emit(f"Done again: {change.title}.")


def _keep(session: Session, change: TableChange) -> None:
    items, run = session.items, session.run
    if ANNOTATION in change.columns and items is not None and run is not None:
        write_annotations(annotations_file(run), items.table, items.level, names_of(items))
