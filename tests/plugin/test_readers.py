"""What napari is given when a run, a screen or something else is dropped on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_cdcl.layers.field import fields_of
from napari_cdcl.models.session import session_of
from napari_cdcl.readers import get_reader

if TYPE_CHECKING:
    from pathlib import Path

    from napari.components import ViewerModel

    from cdcl.runs import Run
    from cdcl.screen import Screen


def test_runs_screens_and_their_tables_are_taken_and_nothing_else(
    small_run: Run, small_screen: Screen, tmp_path: Path
) -> None:
    for known in (small_run.folder, small_run.config, small_screen.folder, small_screen.folder / "screen.csv"):
        assert get_reader(str(known)) is not None
    other = tmp_path / "points.csv"
    other.write_text("axis-0,axis-1\n1,2\n", encoding="utf-8")
    for unknown in (other, tmp_path, small_run.profiles("site"), tmp_path / "gone.csv"):
        assert get_reader(str(unknown)) is None
    assert get_reader([str(small_run.folder), str(small_screen.folder)]) is None


def test_a_run_that_was_dropped_is_taken_up_by_the_panels(small_run: Run, viewer: ViewerModel) -> None:
    fields = fields_of(viewer)
    reader = get_reader(str(small_run.folder))
    assert reader is not None
    for data, settings, _ in reader(str(small_run.folder)):
        viewer.add_image(data, **settings)
    session = session_of(viewer)
    assert session.run == small_run
    assert session.items is not None
    assert list(session.items.points) == ["umap"]
    assert len(fields.layers) == len(viewer.layers) == 2
    viewer.dims.set_current_step(0, 7)
    assert session.row == 7
    assert np.asarray(viewer.layers[0].data[7])[0, 0] == 7
