"""Give names to selections, keep them with the run, and hand them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.atomic import replaced_file
from cdcl.errors import ProfilesError
from cdcl.metrics.probe import linear_probe
from cdcl.profiles import Profiles
from cdcl.profiles.annotations import ANNOTATION, annotate_screen, read_annotations, write_annotations
from cdcl.screen.tables import write_screen
from napari_cdcl.models.session import NAMES
from napari_cdcl.models.written import with_formulas

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cdcl.metrics.score import Score
    from cdcl.runs import Run
    from napari_cdcl.models.items import Items
    from napari_cdcl.models.session import Session

NO_CLUSTER = "none"
"""What the column of clusters says of points between them."""
MOST_NAMES = 50
"""Different names that a column may give: more are no phenotypes but treatments, wells or numbers."""


def annotations_file(run: Run) -> Path:
    """Give the file of a run that keeps the names."""
    return run.folder / "annotations.parquet"


def annotate(session: Session, name: str) -> None:
    """Name the selected items; "" takes their names away. Where a run is open the names are kept with it.

    Raises
    ------
    CDCLError
        If nothing is selected, or the file cannot be written; the names are in the window then.
    """
    if session.items is None or not session.selection.any():
        raise ProfilesError("nothing is selected; select what the name is for.")
    name_items(session, session.selection, name)


def name_items(session: Session, mask: NDArray[np.bool_], name: str) -> None:
    """Name the marked items (N,), selected or not; "" takes their names away.

    Raises
    ------
    DiskError
        If the run's file cannot be written; the names are in the window then.
    """
    items = session.items
    assert items is not None
    _take_names(session, names_of(items).where(~mask, name.strip()))
    _tell(session, mask, name.strip())


def rename(session: Session, old: str, new: str) -> None:
    """Call all items of a name by another one; where that is in use, both become one.

    Raises
    ------
    DiskError
        If the run's file cannot be written; the names are in the window then.
    """
    if session.items is not None:
        name_items(session, (names_of(session.items) == old).to_numpy(), new)


def read_names(items: Items, path: Path, notes: list[str] | None = None) -> pd.Series:
    """Read names from a table that names profiles by plate, well, site or cell; it may run in any thread.

    Parameters
    ----------
    notes
        A line is added where names of the table are of none of these items.

    Raises
    ------
    CDCLError
        If it cannot be read, has no names, or names none of these items.
    """
    from cdcl.phenotypes.labels import names_from_file  # brings SciPy, for this only

    if items.values is None:
        raise ProfilesError("names are taken from a file for profiles; open a run that has some.")
    return names_from_file(Profiles(items.values, items.table, items.level), path, notes)


def take_names(session: Session, found: pd.Series, source: str, notes: Sequence[str] = ()) -> None:
    """Give items the names that were found for them; those without keep theirs. What was noted is told, too.

    Raises
    ------
    DiskError
        If the run's file cannot be written; the names are in the window then.
    """
    assert session.items is not None
    texts = found.to_numpy(dtype=str)
    named = (texts != "") & (texts != NO_CLUSTER)
    _take_names(session, names_of(session.items).where(~named, found.astype(str)))
    session.told.emit(" ".join([f"{int(named.sum()):,} items have the names of {source} now.", *notes]))


def annotate_by_column(session: Session, column: str) -> None:
    """Take the values of a column, such as archetypes or clusters, as names; items without a value keep theirs.

    Raises
    ------
    CDCLError
        If there is no such column, it has too many values to be classes, or the names cannot be written.
    """
    items = session.items
    if items is None:
        return
    found = items.column(column).astype("string").fillna("").astype(object)
    if found.nunique() > MOST_NAMES:
        raise ProfilesError(f"{column} has {found.nunique():,} values; at most {MOST_NAMES} can be names.")
    take_names(session, found, column)


def _take_names(session: Session, names: pd.Series) -> None:
    assert session.items is not None
    session.extend_items({ANNOTATION: names})
    _keep(session, session.items, names)


def names_of(items: Items) -> pd.Series:
    """Give the name of each item, "" where it has none."""
    if ANNOTATION in items.table:
        return items.table[ANNOTATION].fillna("").astype(str)
    return pd.Series("", index=items.table.index, name=ANNOTATION, dtype=object)


def with_annotations(items_table: pd.DataFrame, level: str, run: Run) -> pd.DataFrame:
    """Give a table the names that the run keeps, if it keeps any.

    Raises
    ------
    ProfilesError
        If the file is damaged.
    """
    path = annotations_file(run)
    if not path.is_file():
        return items_table
    return items_table.assign(**{ANNOTATION: read_annotations(path, items_table, level)})


def select_named(session: Session, name: str) -> None:
    """Select the items of a name."""
    if session.items is not None:
        session.selection = (names_of(session.items) == name).to_numpy()


def export_annotations(session: Session, path: Path) -> None:
    """Write the names: as a column of the screen's table (`screen*.csv`, to train on), or of the items' (other names).

    Raises
    ------
    CDCLError
        If nothing is open, or it cannot be written.
    """
    items, screen = session.items, session.screen
    if items is None or screen is None:
        raise ProfilesError("no screen is open.")
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise ProfilesError(f"{path}: annotations are written as .csv or .parquet.")
    names = names_of(items)
    session.unsaved.pop(NAMES, None)
    if path.name.startswith("screen"):
        labelled = annotate_screen(screen, items.table, items.level, names)
        write_screen(labelled, path)
        count = int((labelled.sites[ANNOTATION] != "").sum())
        said = f"Wrote {path.name}: {count:,} of {len(screen):,} fields have a name in the column annotation."
        session.told.emit(with_formulas(said, path))
        return
    table = items.table.assign(**{ANNOTATION: names})
    with replaced_file(path) as temporary:
        if path.suffix.lower() == ".csv":
            table.to_csv(temporary, index=False)
        else:
            table.to_parquet(temporary, index=False)
    said = f"Wrote {path.name}: {int((names != '').sum()):,} of {len(table):,} {items.level}s have a name."
    session.told.emit(with_formulas(said, path))


def probe_annotations(items: Items, groups: str = "batch") -> Score:
    """Train a plain classifier on the names in some batches and ask it in the others; it may run in any thread.

    Raises
    ------
    ProfilesError
        If there are no profiles, or fewer than two names.
    """
    names = names_of(items)
    if items.values is None:
        raise ProfilesError("there are no profiles to train on; open a run that has some.")
    if names[names != ""].nunique() < 2:
        raise ProfilesError("a classifier needs two names at least; name another selection.")
    if groups not in items.table:
        raise ProfilesError(f"the profiles have no {groups} to leave out; add the column to the screen's table.")
    table = items.table.assign(**{ANNOTATION: names})
    profiles = Profiles(items.values, table, items.level).take((names != "").to_numpy())
    return linear_probe(profiles, ANNOTATION, groups=groups)


def _keep(session: Session, items: Items, names: pd.Series) -> None:
    if session.run is None:
        session.unsaved[NAMES] = "Export… (Explore panel, Annotate) writes them."
        return
    write_annotations(annotations_file(session.run), items.table, items.level, names)


def _tell(session: Session, mask: NDArray[np.bool_], name: str) -> None:
    count = int(mask.sum())
    done = f"{count:,} items are called “{name}” now" if name else f"{count:,} items have no name now"
    kept = "kept with the run" if session.run is not None else "export them to keep them: no run is open"
    session.told.emit(f"{done}; {kept}.")
