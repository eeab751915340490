"""A scatter lives in napari's docks: docked, floated, docked again, closed."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QApplication

from napari_cdcl.ui.scatter import ScatterView
from napari_cdcl.ui.scatter.theme import Theme


@pytest.mark.gl
def test_a_docked_scatter_floats_comes_back_and_closes(make_napari_viewer, positions, classes):
    viewer = make_napari_viewer(show=True, strict_qt="raise")
    view = ScatterView()
    dock = viewer.window.add_dock_widget(view, name="scatter")
    view.set_points(positions, ("UMAP 1", "UMAP 2"))
    view.set_colours(classes, "corner")
    for floats in (True, False):
        dock.setFloating(floats)
        QApplication.processEvents()
        assert not view.canvas.grab().isNull()
    viewer.window.remove_dock_widget(dock)


@pytest.mark.gl
def test_a_scatter_follows_naparis_theme(make_napari_viewer, positions):
    viewer = make_napari_viewer(show=True, strict_qt="raise")
    view = ScatterView()
    viewer.window.add_dock_widget(view, name="scatter")
    view.set_points(positions, ("UMAP 1", "UMAP 2"))
    for theme, dark in [("light", False), ("dark", True)]:
        viewer.theme = theme
        QApplication.processEvents()
        assert (Theme.of(view.canvas).ground.lightness() < 99) == dark
        assert (view.canvas.grab().toImage().pixelColor(3, 3).lightness() < 99) == dark
