"""Batch effects: how a batch's and a plate's microscope and staining turn light into counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.synthetic.config import SyntheticConfig

Triple: TypeAlias = tuple[float, float, float]

WELL_STAIN_SPREAD, WELL_DENSITY_SPREAD = 0.15, 0.15
"""Coefficients of variation between wells of one plate, of each stain and of the number of cells seeded."""


@dataclass(frozen=True)
class Effects:
    """What a plate's images owe to the plate rather than to its treatments; the defaults are a good microscope.

    Attributes
    ----------
    gain
        Counts per unit of light, by channel.
    background
        Counts where there is no light, by channel.
    gamma
        Exponent of the response to light, by channel.
    focus
        Sigma of the blur in pixels, by channel.
    haze
        Share of the light that is spread wide, out of focus.
    vignetting, centre
        Loss of light in a corner, and the brightest place (y, x) as shares of the field.
    bleed
        Share of the DNA stain seen in Actin, of Actin in Mito, and of Mito in Actin.
    photons, read_noise
        Photons per unit of light (fewer is noisier), and the camera's noise in counts.
    density, magnification
        Factors on the number of cells and on lengths.
    """

    gain: Triple = (4000.0, 4000.0, 4000.0)
    background: Triple = (300.0, 300.0, 300.0)
    gamma: Triple = (1.0, 1.0, 1.0)
    focus: Triple = (0.6, 0.6, 0.6)
    haze: float = 0.0
    vignetting: float = 0.0
    centre: tuple[float, float] = (0.5, 0.5)
    bleed: Triple = (0.0, 0.0, 0.0)
    photons: float = 1000.0
    read_noise: float = 5.0
    density: float = 1.0
    magnification: float = 1.0

    def at_well(self, rng: np.random.Generator) -> Effects:
        """Let a well differ from its plate as pipetting makes it: in staining and in how many cells were seeded."""
        gain = np.exp(rng.normal(0.0, WELL_STAIN_SPREAD, len(self.gain))) * self.gain
        density = self.density * float(np.exp(rng.normal(0.0, WELL_DENSITY_SPREAD)))
        return replace(self, gain=tuple(gain.tolist()), density=density)

    def acquire(self, light: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint16]:
        """Turn planes of light into the counts that a camera records.

        Parameters
        ----------
        light
            (3, Y, X), in the order of `CHANNELS`, about 1 where stain is normal.
        rng
            Of the noise.

        Returns
        -------
        counts
            (3, Y, X) uint16.
        """
        seen = self._illuminate(self._blur(self._mix(light), rng))
        seen = np.maximum(seen, 0.0) ** _planes(self.gamma)
        noise = rng.standard_normal(seen.shape, dtype=np.float32)
        seen += noise * np.sqrt(seen / self.photons)
        noise = rng.standard_normal(seen.shape, dtype=np.float32)
        counts: NDArray[np.float32] = _planes(self.background) + _planes(self.gain) * seen + self.read_noise * noise
        return counts.round().clip(0, np.iinfo(np.uint16).max).astype(np.uint16)

    def _mix(self, light: NDArray[np.float32]) -> NDArray[np.float32]:
        dna, actin, mito = light
        return np.stack([dna, actin + self.bleed[0] * dna + self.bleed[2] * mito, mito + self.bleed[1] * actin])

    def _blur(self, light: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        """Blur by the plate's focus, which wanders a little from field to field, and add the haze."""
        from scipy.ndimage import gaussian_filter  # takes a moment to import

        wander = float(np.exp(rng.normal(0.0, 0.08)))
        sharp = [gaussian_filter(p, sigma * wander, truncate=3.0) for p, sigma in zip(light, self.focus, strict=True)]
        if not self.haze:
            return np.stack(sharp).astype(np.float32)
        wide = [gaussian_filter(plane, 9.0, truncate=2.0) for plane in light]
        return ((1.0 - self.haze) * np.stack(sharp) + self.haze * np.stack(wide)).astype(np.float32)

    def _illuminate(self, light: NDArray[np.float32]) -> NDArray[np.float32]:
        height, width = light.shape[-2:]
        y = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None] - np.float32(self.centre[0])
        x = np.linspace(0.0, 1.0, width, dtype=np.float32)[None, :] - np.float32(self.centre[1])
        lost = self.vignetting * np.minimum(2.0 * (y**2 + x**2), 1.0)
        return (light * (1.0 - lost)).astype(np.float32)


RANGES: dict[str, tuple[float, float, int]] = {
    "gain": (1500.0, 7000.0, 3),
    "background": (120.0, 1500.0, 3),
    "gamma": (0.75, 1.3, 3),
    "focus": (0.55, 1.5, 1),
    "chromatic": (0.85, 1.2, 3),
    "haze": (0.04, 0.3, 1),
    "vignetting": (0.08, 0.6, 1),
    "centre": (0.3, 0.7, 2),
    "bleed": (0.01, 0.2, 3),
    "photons": (30.0, 600.0, 1),
    "read_noise": (5.0, 60.0, 1),
    "density": (0.7, 1.35, 1),
    "magnification": (0.94, 1.08, 1),
}
"""Least and largest value over batches, and how many values; all are spread evenly on a logarithmic scale."""
PLATE_SPREAD = 0.06
"""How far plates stray from their batch, as a share of the ranges (standard deviation)."""


def draw_effects(config: SyntheticConfig) -> list[list[Effects]]:
    """Draw the effects of each batch's plates, `[batch][plate]`, as a pure function of the config.

    Batches form a Latin hypercube: each effect takes one value in each of `batches` equal parts of its range, so that
    no seed gives alike batches. Plates then stray a little from their batch. With `batch_effects` below 1 all move
    towards the middle of the ranges; at 0 every plate is alike. `vignetting` is then set
    to what the config says, if it says it.

    Parameters
    ----------
    config
        Seed, numbers of batches and plates, and how far they stray.

    Returns
    -------
    list of list of Effects
        `[batch][plate]`.
    """
    rng = np.random.default_rng([config.seed, 1])
    width = sum(count for _, _, count in RANGES.values())
    strata = rng.permuted(np.tile(np.arange(config.batches)[:, None], width), axis=0)
    batches = (strata + rng.random(strata.shape)) / config.batches
    stray = rng.normal(0.0, PLATE_SPREAD, (config.batches, config.plates_per_batch, width))
    places = np.clip(batches[:, None] + stray, 0.0, 1.0)
    places += (config.batch_effects - 1.0) * (places - 0.5)  # written so that 1 leaves every bit as it is
    effects = [[_effects_at(plate) for plate in plates] for plates in places]
    if config.vignetting is None:
        return effects
    return [[replace(plate, vignetting=config.vignetting) for plate in plates] for plates in effects]


def _effects_at(place: NDArray[np.float64]) -> Effects:
    """Give the effects at a place of the unit cube whose axes are the ranges."""
    values: dict[str, list[float]] = {}
    start = 0
    for name, (low, high, count) in RANGES.items():
        values[name] = (low * (high / low) ** place[start : start + count]).tolist()
        start += count
    chromatic, focus = values.pop("chromatic"), values.pop("focus")[0]
    values["focus"] = [focus * factor for factor in chromatic]
    settings: dict[str, Any] = {name: tuple(many) if len(many) > 1 else many[0] for name, many in values.items()}
    return Effects(**settings)


def _planes(values: Triple) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)[:, None, None]
