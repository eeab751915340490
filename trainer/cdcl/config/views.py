"""The views that one image is cut into, and their augmentation."""

from __future__ import annotations

from pydantic import Field, model_validator

from cdcl.config.section import Fraction, NonNegative, Section


class CropConfig(Section):
    """`count` square crops of `size` pixels, each of a random share of the greatest square in the window."""

    count: int = Field(2, ge=0, le=1000, description="Crops of this kind per image.")
    size: int = Field(224, ge=8, le=10_000, description="Side of the view that the network sees, in pixels.")
    scale: tuple[float, float] = Field(
        (0.4, 1.0),
        description="Least and greatest share, by area, of the greatest square in the window.",
    )

    @model_validator(mode="after")
    def _scale_is_a_range(self) -> CropConfig:
        low, high = self.scale
        if not 0.0 < low <= high <= 1.0:
            raise ValueError(f"scale must satisfy 0 < low <= high <= 1, got {self.scale}")
        return self


class ViewConfig(Section):
    """Geometry first, then intensities; all intensity changes are drawn per view and channel."""

    window: int = Field(
        0,
        ge=0,
        description="Side in pixels of the random square that all crops of an image are cut from; 0: the whole field.",
    )
    global_crops: CropConfig = Field(
        CropConfig(count=2, size=224, scale=(0.4, 1.0)), description="Large views; the teacher sees only these."
    )
    local_crops: CropConfig = Field(
        CropConfig(count=8, size=96, scale=(0.05, 0.4)), description="Small views; only the student sees them."
    )
    aspect: float = Field(1.0, ge=1.0, description="Greatest ratio of a crop's sides; 1 keeps crops square.")
    flip: bool = Field(True, description="Mirror views at random.")
    rotate: bool = Field(True, description="Turn views by random multiples of 90 degrees.")
    probability: Fraction = Field(1.0, description="Chance that a view's intensities are augmented at all.")
    gain: NonNegative = Field(0.0, description="Spread of the random factor on each channel (log-normal).")
    offset: NonNegative = Field(
        0.0, description="Spread of the random shift of each channel, in units of normalised intensity."
    )
    gamma: NonNegative = Field(
        0.0, description="Spread of the random exponent on each channel's contrast (log-normal)."
    )
    shading: NonNegative = Field(0.0, description="Greatest brightness slope across a view, as vignetting gives.")
    blur: NonNegative = Field(0.0, description="Greatest sigma of a random Gaussian blur, in pixels of the view.")
    noise: NonNegative = Field(
        0.0, description="Greatest standard deviation of added noise, in units of normalised intensity."
    )
