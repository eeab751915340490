"""Which rows are trained on and which are held out."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cdcl.config.section import Section


class SplitConfig(Section):
    """Whole groups are held out, never single images of a group."""

    by: str = Field("batch", description="Column whose groups are held out as a whole.")
    test: tuple[str, ...] = Field((), description="Groups held out for the final scores.")
    validation: tuple[str, ...] = Field((), description="Groups held out for watching the run.")
    subset: Literal["", "only_controls", "only_treatments", "half", "half_treatments"] = Field(
        "",
        description=(
            "Train on less: negative controls alone; all else alone; every other image of each treatment and plate, "
            "with all controls ('half') or with none."
        ),
    )
