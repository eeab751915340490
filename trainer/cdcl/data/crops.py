"""Where each view is cut and which intensity augmentation it gets: plain numbers, drawn before any pixel is touched."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.config import CropConfig, ViewConfig


@dataclass(frozen=True, slots=True)
class Crops:
    """n crops of n images, all to become views of one size.

    Attributes
    ----------
    rows
        (n,) the image each crop is cut from.
    boxes
        (n, 4) top, left, height, width in pixels of the image.
    mirror
        (n, 3) bool: flip up-down, flip left-right, transpose. All three at random give the 8 symmetries of the square.
    gain, offset, gamma
        (n, C) factor, shift and exponent of each channel.
    shading
        (n, 2) brightness slope down and across the view.
    blur, noise
        (n,) Gaussian sigma in pixels of the view; standard deviation of added noise.
    """

    rows: NDArray[np.int64]
    boxes: NDArray[np.int64]
    mirror: NDArray[np.bool_]
    gain: NDArray[np.float32]
    offset: NDArray[np.float32]
    gamma: NDArray[np.float32]
    shading: NDArray[np.float32]
    blur: NDArray[np.float32]
    noise: NDArray[np.float32]

    def take(self, chosen: NDArray[np.int64]) -> Crops:
        """Keep only the crops at the positions `chosen`."""
        return Crops(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class CropDrawer:
    """Draws crops inside given frames.

    Parameters
    ----------
    config
        Geometry and strengths.
    frames
        (N, 4) top, left, height, width of what may be seen of every image: all of it, or one cell's crop.
    num_channels
        C.
    """

    config: ViewConfig
    frames: NDArray[np.int64]
    num_channels: int

    def draw(
        self, rows: NDArray[np.int64], windows: NDArray[np.int64], kind: CropConfig, rng: np.random.Generator
    ) -> Crops:
        """Draw one crop of a kind inside each window, with its augmentation.

        Parameters
        ----------
        rows
            (n,) of the training set.
        windows
            (n, 4) as from `draw_windows`.
        kind
            Scale and size: global or local crops.
        rng
            Of this step.

        Returns
        -------
        Crops
            n of them.
        """
        n, c, config = len(rows), self.num_channels, self.config
        active = rng.random(n) < config.probability
        return Crops(
            rows=rows,
            boxes=self._boxes(windows, kind, rng),
            mirror=self._mirror(n, rng),
            gain=_lognormal((n, c), config.gain, active, rng),
            offset=(rng.normal(0.0, 1.0, (n, c)) * config.offset * active[:, None]).astype(np.float32),
            gamma=_lognormal((n, c), config.gamma, active, rng),
            shading=(rng.uniform(-1.0, 1.0, (n, 2)) * config.shading * active[:, None]).astype(np.float32),
            blur=(rng.random(n) * config.blur * active).astype(np.float32),
            noise=(rng.random(n) * config.noise * active).astype(np.float32),
        )

    def draw_windows(self, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw the window of each image, inside its frame; all crops of the image are cut from it.

        Parameters
        ----------
        rows
            (n,) of the training set.

        Returns
        -------
        windows
            (n, 4) top, left, height, width in pixels of the field; at most `config.window` a side, or the whole frame
            where this is 0.
        """
        frames = self.frames[rows]
        side = self.config.window
        extent = np.minimum(frames[:, 2:], side) if side else frames[:, 2:]
        corner = frames[:, :2] + _uniform_int(frames[:, 2:] - extent, rng)
        return np.concatenate([corner, extent], axis=1)

    def _boxes(self, windows: NDArray[np.int64], kind: CropConfig, rng: np.random.Generator) -> NDArray[np.int64]:
        n = len(windows)
        share = rng.uniform(*kind.scale, n)
        aspect = np.exp(rng.uniform(-1.0, 1.0, n) * np.log(self.config.aspect))
        # The square of this share of the window's shorter side squared: crops stay square in oblong fields.
        side = np.sqrt(share) * windows[:, 2:].min(axis=1)  # (n,)
        extent = np.stack([side * np.sqrt(aspect), side / np.sqrt(aspect)], axis=1).round().astype(np.int64)
        extent = np.clip(extent, 1, windows[:, 2:])
        corner = windows[:, :2] + _uniform_int(windows[:, 2:] - extent, rng)
        return np.concatenate([corner, extent], axis=1)  # (n, 4)

    def _mirror(self, n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
        allowed = np.array([self.config.flip, self.config.flip, self.config.rotate])
        drawn: NDArray[np.bool_] = (rng.random((n, 3)) < 0.5) & allowed
        return drawn


def _uniform_int(high: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw whole numbers 0 .. high, both ends included."""
    drawn: NDArray[np.int64] = np.floor(rng.random(high.shape) * (high + 1)).astype(np.int64)
    return drawn


def _lognormal(
    shape: tuple[int, int], spread: float, active: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float32]:
    return np.exp(rng.normal(0.0, 1.0, shape) * spread * active[:, None]).astype(np.float32)
