"""How a field becomes one profile."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cdcl.config.section import Count, Section


class EmbeddingConfig(Section):
    """The teacher's CLS token, averaged over tiles of the field."""

    mode: Literal["tiles", "field"] = Field(
        "tiles",
        description="'tiles' averages a regular grid of crops of the training scale; 'field' feeds the field whole.",
    )
    batch_size: Count = Field(128, description="Tiles per forward pass.")
