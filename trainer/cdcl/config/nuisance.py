"""What the encoder is pushed to forget: the older and shorter way to write a guide that hides one column."""

from __future__ import annotations

from pydantic import Field

from cdcl.config.guides import NuisanceGuide
from cdcl.config.section import Count, NonNegative, Section


class NuisanceConfig(Section):
    """A nuisance head on top of any method: gradients are reversed (Ganin et al., 2016). Off by default."""

    weight: NonNegative = Field(0.0, description="Strength of the reversed gradient at the end of the run; 0: none.")
    column: str = Field("batch", description="Column that must not be readable from the features.")
    hidden: Count = Field(256, description="Width of the adversary's hidden layer.")

    def as_guide(self) -> NuisanceGuide:
        """Write it as the guide that it is."""
        return NuisanceGuide.model_construct(
            column=self.column, keep=False, weight=self.weight, balance=False, hidden=self.hidden
        )
