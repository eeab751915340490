"""What a run, a file of profiles or any table knows of cells, put into columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cdcl.cells import add_columns
from cdcl.errors import ProfilesError
from cdcl.events import Said
from cdcl.profiles.annotations import ANNOTATION, KEYS, read_annotations
from cdcl.profiles.files import read_profiles
from cdcl.runs import find_run
from cdcl.screen.columns import standardise
from cdcl.screen.tables import read_table
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.cells import Cells
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def join_cell_columns(cells: Cells, screen: Screen, source: Path) -> Task[Cells]:
    """Add the columns that `source` has of the cells, or of their fields, wells or treatments.

    Raises
    ------
    CDCLError
        If it cannot be read, knows nothing, or knows none of the cells.
    """
    before = set(cells.table)
    run = find_run(source)
    cells = _from_run(cells, screen, run) if run is not None else add_columns(cells, screen, _read(source), str(source))
    new = [str(name) for name in cells.table if name not in before]
    yield Said(f"{source} adds {', '.join(new) or 'nothing new'}")
    return cells


def _from_run(cells: Cells, screen: Screen, run: Run) -> Cells:
    """Add a run's archetypes, of the finest level there are, and annotations of all levels, the finest first."""
    files = [run.folder / "archetypes" / f"{level}.parquet" for level in KEYS]
    found = next((file for file in files if file.is_file()), None)
    notes = run.folder / "annotations.parquet"
    if found is None and not notes.is_file():
        raise ProfilesError(
            f"{run.folder} has neither archetypes nor annotations; {verb('archetypes')} finds the former."
        )
    if found is not None:
        known = read_profiles(found).table
        kept = [name for name in known if name in (*KEYS["cell"], "treatment", "archetype", "confidence")]
        cells = add_columns(cells, screen, known[kept], str(found))
    return _annotated(cells, screen, notes) if notes.is_file() else cells


def _annotated(cells: Cells, screen: Screen, path: Path) -> Cells:
    table = cells.with_sites(screen)
    names = pd.Series("", index=table.index, dtype=object)
    for level in KEYS:
        names = names.where(names != "", read_annotations(path, table, level))
    return type(cells)(cells.table.assign(**{ANNOTATION: names}), cells.origin)


def _read(source: Path) -> pd.DataFrame:
    """Read a file of profiles without its features, or any other table."""
    if source.suffix.lower() == ".parquet":
        try:
            return read_profiles(source).table
        except ProfilesError:
            pass
    return standardise(read_table(source))
