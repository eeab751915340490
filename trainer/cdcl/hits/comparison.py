"""Which fields show a treatment, and which controls of the same plates they are to be seen beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cdcl.screen.controls import negative_controls
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def beside_controls(
    sites: pd.DataFrame, treatment: str, most: int, readable: NDArray[np.bool_] | None = None
) -> list[tuple[int, int]]:
    """Choose a field of a treatment and one of the negative controls on each of some plates that have both.

    Parameters
    ----------
    sites
        One row a field, with `treatment` and `plate`; without `control` no field is one of the controls.
    treatment
        Its name.
    most
        Plates at most: the first, the last, and others evenly between, as plates that lie far apart in the list are
        likely of different batches.
    readable
        (N,), which fields may be chosen; all by default.

    Returns
    -------
    list of (int, int)
        Row of the treated field and of the control, a pair a plate.
    """
    if not {"treatment", "plate"} <= set(sites.columns):
        return []
    usable = np.ones(len(sites), dtype=bool) if readable is None else readable
    plates = plate_keys(sites).to_numpy(dtype=str)
    own = usable & (sites["treatment"].astype(str) == treatment).to_numpy()
    controls = usable & negative_controls(sites)
    shared = [plate for plate in np.unique(plates[own]) if (controls & (plates == plate)).any()]
    if not shared or most < 1:
        return []
    chosen = [shared[at] for at in np.unique(np.linspace(0, len(shared) - 1, most).round().astype(int))]
    return [(_first(own & (plates == plate)), _first(controls & (plates == plate))) for plate in chosen]


def _first(mask: NDArray[np.bool_]) -> int:
    return int(np.argmax(mask))
