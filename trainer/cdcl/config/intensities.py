"""How raw counts become the numbers a network sees."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from cdcl.config.section import Section


class IntensityConfig(Section):
    """Per plate and channel, x' = (x - offset) / scale; the pixels themselves are never changed.

    The methods `image...` also normalise each view, after its augmentation.
    """

    method: Literal[
        "controls",
        "plate",
        "percentiles",
        "dataset",
        "none",
        "image",
        "image_minmax",
        "image_saturated",
        "imagenet",
        "symmetric",
    ] = Field(
        "controls",
        description=(
            "'controls': mean and spread of the plate's negative controls; 'plate': of all its wells; "
            "'percentiles': low to high of all its wells become 0 to 1; 'dataset': mean and spread of the whole "
            "screen; 'none': raw counts over the data type's maximum; 'image': each view and channel to mean 0 and "
            "spread 1; 'image_minmax': each to 0 to 1; 'image_saturated': as 'image', saturated pixels made noise "
            "(MorphEm); 'imagenet': 8 bit or percentiles to 0 to 1, then ImageNet's mean and spread in grey; "
            "'symmetric': 8 bit or percentiles to -1 to 1."
        ),
    )
    percentiles: tuple[float, float] = Field(
        (0.1, 99.9), description="Low and high percentile, for method 'percentiles'."
    )

    illumination: Literal["none", "auto", "screen"] = Field(
        "none",
        description=(
            "Uneven light over the field, taken out of every view: 'none'; 'auto': by the illumination functions that "
            "the screen's table names, else as estimated from the fields of each plate and channel; 'screen': always "
            "estimated."
        ),
    )

    @property
    def per_view(self) -> str:
        """What is done to each view by itself, beyond the plate's numbers; "" where nothing is."""
        return self.method if self.method.startswith("image_") or self.method == "image" else ""

    @model_validator(mode="after")
    def _percentiles_are_a_range(self) -> IntensityConfig:
        low, high = self.percentiles
        if not 0.0 <= low < high <= 100.0:
            raise ValueError(f"percentiles must satisfy 0 <= low < high <= 100, got {self.percentiles}")
        return self
