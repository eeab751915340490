"""Which rows are trained on and which are held out."""

from __future__ import annotations

from pydantic import Field

from cdcl.config.section import Section


class SplitConfig(Section):
    """Whole groups are held out, never single images of a group."""

    by: str = Field("batch", description="Column whose groups are held out as a whole.")
    test: tuple[str, ...] = Field((), description="Groups held out for the final scores.")
    validation: tuple[str, ...] = Field((), description="Groups held out for watching the run.")
