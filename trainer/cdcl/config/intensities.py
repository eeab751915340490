"""How raw counts become the numbers a network sees."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from cdcl.config.section import Section


class IntensityConfig(Section):
    """Per plate and channel, x' = (x - offset) / scale; the pixels themselves are never changed."""

    method: Literal["controls", "plate", "percentiles", "dataset", "none"] = Field(
        "controls",
        description=(
            "'controls': mean and spread of the plate's negative controls; 'plate': of all its wells; "
            "'percentiles': low to high of all its wells become 0 to 1; 'dataset': mean and spread of the whole "
            "screen; 'none': raw counts over the data type's maximum."
        ),
    )
    percentiles: tuple[float, float] = Field(
        (0.1, 99.9), description="Low and high percentile, for method 'percentiles'."
    )

    @model_validator(mode="after")
    def _percentiles_are_a_range(self) -> IntensityConfig:
        low, high = self.percentiles
        if not 0.0 <= low < high <= 100.0:
            raise ValueError(f"percentiles must satisfy 0 <= low < high <= 100, got {self.percentiles}")
        return self
