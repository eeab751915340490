"""Principal components: the plane of largest variance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.tasks import Task


def pca(values: NDArray[np.float32], seed: int = 0) -> Task[tuple[NDArray[np.float32], dict[str, object]]]:
    """Project (N, D) on its first two principal components; exact, so the seed does not matter.

    The sign of a component is such that its largest loading is positive.

    Returns
    -------
    points
        Shape (N, 2).
    parameters
        `explained_variance`, the share of each component.
    """
    del seed
    yield from ()
    centred = values.astype(np.float64) - values.mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(centred.T @ centred)
    axes, variances = axes[:, ::-1][:, :2], np.maximum(variances[::-1], 0)
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    points = np.zeros((len(values), 2), dtype=np.float32)
    points[:, : axes.shape[1]] = centred @ axes
    shares = variances[:2] / max(variances.sum(), np.finfo(np.float64).tiny)
    return points, {"explained_variance": shares.round(6).tolist()}
