"""What panels ask for: functions that change the session, and what they need computed in a thread. No Qt.

A module of this package is imported when something of it is used first: a panel opens without all that reads files.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_cdcl.actions.annotations import (
        annotate,
        annotate_by_column,
        export_annotations,
        name_items,
        names_of,
        probe_annotations,
        read_names,
        rename,
        select_named,
        take_names,
    )
    from napari_cdcl.actions.cells import (
        cell_items,
        cells_beside,
        cells_file,
        check_cells_path,
        count_cells,
        keep_cells,
        note_cells,
        prepare_ome,
        read_own,
        show_counts,
        write_labels,
    )
    from napari_cdcl.actions.comparison import Comparison, ask_comparison
    from napari_cdcl.actions.labels import name_item, sort_items
    from napari_cdcl.actions.map_clusters import STABLE, cluster_job, read_clusters, show_clusters
    from napari_cdcl.actions.navigation import Within, show_item, show_row, show_well, step, step_well
    from napari_cdcl.actions.opening import Opened, open_source, read_items, read_source, show_opened
    from napari_cdcl.actions.phenotypes import (
        count_phenotypes,
        phenotype_job,
        show_phenotypes,
        suggest_phenotypes,
    )
    from napari_cdcl.actions.platemap import (
        begin_draft,
        draft_wells,
        load_platemap,
        save_platemap,
        shown_wells,
        take_draft,
    )
    from napari_cdcl.actions.projections import (
        borrow_projections,
        map_faithfulness,
        projection_job,
        quick_projection,
        show_faithfulness,
        show_projection,
    )
    from napari_cdcl.actions.relocation import lost_folder, relocate, with_images_in
    from napari_cdcl.actions.run_columns import CLUSTER
    from napari_cdcl.actions.run_profiles import RunProfiles, list_run_profiles
    from napari_cdcl.actions.saved_selections import forget_saved, save_selection, use_saved
    from napari_cdcl.actions.selection import (
        Mode,
        combine,
        invert,
        select_field,
        select_same,
        select_wells,
        selected_wells,
        set_aside,
    )
    from napari_cdcl.actions.similar import ELSEWHERE, Question, ask_similar, find_like_selection, show_similar
    from napari_cdcl.actions.table_changes import redo_table, undo_table
    from napari_cdcl.actions.window_state import save_state

HOMES = {
    "annotations": (
        "annotate",
        "annotate_by_column",
        "export_annotations",
        "name_items",
        "names_of",
        "probe_annotations",
        "read_names",
        "rename",
        "select_named",
        "take_names",
    ),
    "cells": (
        "cell_items",
        "cells_beside",
        "cells_file",
        "check_cells_path",
        "count_cells",
        "keep_cells",
        "note_cells",
        "prepare_ome",
        "read_own",
        "show_counts",
        "write_labels",
    ),
    "comparison": (
        "Comparison",
        "ask_comparison",
    ),
    "labels": (
        "name_item",
        "sort_items",
    ),
    "saved_selections": ("forget_saved", "save_selection", "use_saved"),
    "map_clusters": ("STABLE", "cluster_job", "read_clusters", "show_clusters"),
    "navigation": (
        "Within",
        "show_item",
        "show_row",
        "show_well",
        "step",
        "step_well",
    ),
    "opening": (
        "Opened",
        "open_source",
        "read_items",
        "read_source",
        "show_opened",
    ),
    "phenotypes": ("count_phenotypes", "phenotype_job", "show_phenotypes", "suggest_phenotypes"),
    "platemap": (
        "begin_draft",
        "draft_wells",
        "load_platemap",
        "save_platemap",
        "shown_wells",
        "take_draft",
    ),
    "projections": (
        "borrow_projections",
        "map_faithfulness",
        "projection_job",
        "quick_projection",
        "show_faithfulness",
        "show_projection",
    ),
    "relocation": (
        "lost_folder",
        "relocate",
        "with_images_in",
    ),
    "run_columns": ("CLUSTER",),
    "run_profiles": (
        "RunProfiles",
        "list_run_profiles",
    ),
    "selection": (
        "Mode",
        "combine",
        "invert",
        "select_field",
        "select_same",
        "select_wells",
        "selected_wells",
        "set_aside",
    ),
    "similar": (
        "ELSEWHERE",
        "Question",
        "ask_similar",
        "find_like_selection",
        "show_similar",
    ),
    "table_changes": ("redo_table", "undo_table"),
    "window_state": ("save_state",),
}
"""In which module each name lies; the same as above, for when the program runs."""


def __getattr__(name: str) -> Any:
    """Give what is asked for by name, once its module is there (PEP 562)."""
    home = next((module for module, names in HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return found


__all__ = [
    "CLUSTER",
    "ELSEWHERE",
    "STABLE",
    "Comparison",
    "Mode",
    "Opened",
    "Question",
    "RunProfiles",
    "Within",
    "annotate",
    "annotate_by_column",
    "ask_comparison",
    "ask_similar",
    "begin_draft",
    "borrow_projections",
    "cell_items",
    "cells_beside",
    "cells_file",
    "check_cells_path",
    "cluster_job",
    "combine",
    "count_cells",
    "count_phenotypes",
    "draft_wells",
    "export_annotations",
    "find_like_selection",
    "forget_saved",
    "invert",
    "keep_cells",
    "list_run_profiles",
    "load_platemap",
    "lost_folder",
    "map_faithfulness",
    "name_item",
    "name_items",
    "names_of",
    "note_cells",
    "open_source",
    "phenotype_job",
    "prepare_ome",
    "probe_annotations",
    "projection_job",
    "quick_projection",
    "read_clusters",
    "read_items",
    "read_names",
    "read_own",
    "read_source",
    "redo_table",
    "relocate",
    "rename",
    "save_platemap",
    "save_selection",
    "save_state",
    "select_field",
    "select_named",
    "select_same",
    "select_wells",
    "selected_wells",
    "set_aside",
    "show_clusters",
    "show_counts",
    "show_faithfulness",
    "show_item",
    "show_opened",
    "show_phenotypes",
    "show_projection",
    "show_row",
    "show_similar",
    "show_well",
    "shown_wells",
    "sort_items",
    "step",
    "step_well",
    "suggest_phenotypes",
    "take_draft",
    "take_names",
    "undo_table",
    "use_saved",
    "with_images_in",
    "write_labels",
]
