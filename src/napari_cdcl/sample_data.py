"""Sample data: fields of a simulated screen, where the same treatment looks different in every batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.screen import Screen
from cdcl.synthetic import CHANNELS, DMSO, TREATMENTS, SyntheticConfig, draw_effects, plan_sites, simulate_field
from cdcl.synthetic.screen import PIXEL_SIZE
from napari_cdcl.layers.attention import KEY
from napari_cdcl.layers.field import FIELD

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    LayerData = tuple[NDArray[np.uint16], dict[str, Any], str]

SHOWN = (DMSO.name, "arrestine@3", "stretchin@3", "vesiculan@3")
"""The treatments on display, all told apart by eye within a batch."""
COLORMAPS = {"DNA": "blue", "Actin": "green", "Mito": "red"}
"""Colours like those of the usual dyes."""
CONTRAST = (1.0, 99.8)
"""Percentiles of all fields of a channel that become black and white."""


def simulated_fields() -> list[LayerData]:
    """Simulate a field of each shown treatment in each of six batches, as one image layer a channel.

    Returns
    -------
    list of (pixels, layer settings, "image")
        Pixels are (fields, height, width) in counts, treatment by treatment, each from batch to batch. A channel has
        the same contrast limits in all fields, so that the batch effects show. Row i of the table in
        `layer.metadata["sites"]` tells what field i is.
    """
    config = SyntheticConfig()
    sites = _choose_sites(config)
    pixels = _simulate_fields(sites, config)
    screen = SimulatedScreen(sites, CHANNELS, Path("simulated screen"), PIXEL_SIZE, pixels=pixels)
    channels = zip(CHANNELS, np.moveaxis(pixels, 1, 0), strict=True)
    return [(fields, _describe(name, fields, screen), "image") for name, fields in channels]


@dataclass(frozen=True, eq=False)
class SimulatedScreen(Screen):
    """A screen whose fields (N, C, Y, X) are in memory: the panels show it like any other."""

    pixels: NDArray[np.uint16] = field(default_factory=lambda: np.zeros((0, 0, 0, 0), np.uint16))

    def image(self, row: int) -> NDArray[np.uint16]:
        """Give a field of view."""
        shown: NDArray[np.uint16] = self.pixels[row]
        return shown


def _choose_sites(config: SyntheticConfig) -> pd.DataFrame:
    """Take the first field of each shown treatment in each batch."""
    sites = plan_sites(config).query("treatment in @SHOWN", local_dict={"SHOWN": SHOWN})
    sites = sites.drop_duplicates(["treatment", "batch"]).sort_values(["treatment", "batch"], ignore_index=True)
    return sites.drop(columns=["path", "channel_names"])


def _simulate_fields(sites: pd.DataFrame, config: SyntheticConfig) -> NDArray[np.uint16]:
    """Simulate one field a row, on the first plate of its batch: (fields, channels, height, width)."""
    effects = dict(zip(sites["batch"].unique(), draw_effects(config), strict=True))
    plans = enumerate(zip(sites["treatment"], sites["batch"], strict=True))
    fields = (
        simulate_field(TREATMENTS[treatment], effects[batch][0], seed=[config.seed, row], size=config.field_size)
        for row, (treatment, batch) in plans
    )
    return np.stack([simulated.pixels for simulated in fields])


def _describe(channel: str, pixels: NDArray[np.uint16], screen: SimulatedScreen) -> dict[str, Any]:
    low, high = np.percentile(pixels, CONTRAST)
    return {
        "name": channel,
        "colormap": COLORMAPS[channel],
        "blending": "additive",
        "contrast_limits": (float(low), float(high)),
        "scale": (1.0, PIXEL_SIZE, PIXEL_SIZE),
        "units": ("pixel", "um", "um"),
        "axis_labels": ("field", "y", "x"),
        "metadata": {"sites": screen.sites, "screen": screen, "channel": channel, KEY: FIELD},
    }
