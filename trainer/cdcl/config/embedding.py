"""How a field becomes one profile, and how the cells of a well become one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cdcl.config.section import Count, Section

CellPooling = Literal["mean", "median", "trimmed"]


class EmbeddingConfig(Section):
    """The teacher's CLS token, averaged over tiles of the field."""

    mode: Literal["tiles", "field"] = Field(
        "tiles",
        description="'tiles' averages a regular grid of crops of the training scale; 'field' feeds the field whole.",
    )
    batch_size: Count = Field(128, description="Tiles per forward pass.")
    block: int = Field(-1, description="Block of a Vision Transformer that features are taken from; -1: the last.")
    token: Literal["cls", "patches", "both"] = Field(
        "cls",
        description="'cls': the class token, or the network's own pooling; 'patches': the mean over patches; 'both': "
        "one after the other.",
    )
    cells: CellPooling = Field(
        "mean",
        description=(
            "How cells become sites and wells: 'mean'; 'median'; 'trimmed': the mean without the outer tenths. Dead "
            "cells and debris move the last two little."
        ),
    )
