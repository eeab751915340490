"""What a dose-response curve is drawn of: one number a well, by name."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.errors import ProfilesError
from cdcl.profiles.corrections.whitening import whitener
from cdcl.quality.choices import unknown_value
from cdcl.quality.separation import discriminant
from cdcl.quality.wells import reference_wells, standard_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells

    Array = NDArray[np.float64]

FOLDS = 5
"""Parts of the controls of a single plate: four fifths teach the whitening of the last."""
FEWEST = 3
"""Two of them tell a spread to the third."""
DISTANCE = "distance"
AXIS = "control-axis"
SHRINKAGE = 0.05
"""Ridge of the whitening in mean eigenvalues: what evaluation on few controls found safe (0.01 to 0.1)."""


def response(wells: Wells, name: str) -> Array:
    """Give one number a well, (N,).

    `distance` is the distance from the plate's negative controls in whitened space, in units of their own spread: the
    root mean square over all controls is 1. `control-axis` is the place between negative controls (0) and positive
    controls (1) of the plate. Else `name` is a feature, or a column of numbers such as `num_cells`.

    Parameters
    ----------
    wells
        N wells; both measures by controls ask for negative controls, the second for positive ones too.
    name
        `distance`, `control-axis`, a feature, or a column.

    Returns
    -------
    values
        (N,) float64, finite.

    Raises
    ------
    ProfilesError
        If there is no such number, or no control that it needs.
    """
    if name == DISTANCE:
        return control_distance(wells)
    if name == AXIS:
        return control_axis(wells)
    profiles = wells.profiles
    if name in profiles.names:
        return profiles.values[:, profiles.names.index(name)].astype(np.float64)
    if name in profiles.table:
        numbers = pd.to_numeric(profiles.table[name], errors="coerce").to_numpy(dtype=np.float64)
        if np.isfinite(numbers).all():
            return np.asarray(numbers)
        raise ProfilesError(f"the column {name} is not a number in {int((~np.isfinite(numbers)).sum())} wells.")
    raise ProfilesError(unknown_value("response", name, profiles, _by_controls(wells)))


def _by_controls(wells: Wells) -> list[str]:
    """Name the responses that the controls of these wells allow."""
    found = []
    for name, find in ((DISTANCE, control_distance), (AXIS, control_axis)):
        with suppress(ProfilesError):
            find(wells)
            found.append(name)
    return found


def control_distance(wells: Wells) -> Array:
    """Give the distance of each well from its plate's controls in whitened space, in units of the controls' spread.

    Each plate is centred on its own controls and whitened by what the controls of the *other* plates vary in: by a
    whitening that has seen them, controls would always lie nearer than wells that do nothing. A single plate is
    whitened by fifths of its controls in the same way.

    Raises
    ------
    ProfilesError
        If there are no negative controls, too few of them, or they do not vary.
    """
    if not wells.negative().any():
        raise ProfilesError("no well is a negative control, so no distance from controls; fill the column `control`.")
    if wells.negative().sum() < FEWEST:
        count = int(wells.negative().sum())
        raise ProfilesError(f"a distance from controls needs {FEWEST} or more negative controls; there are {count}.")
    values, reference = wells.profiles.values.astype(np.float64), reference_wells(wells)
    _check_spread(wells, reference)
    centred, factor = _centred(values, wells, reference)
    folds = wells.plates.copy()
    if len(np.unique(folds[reference])) < 2:
        folds[:] = -1
        folds[reference] = np.arange(reference.sum()) % min(FOLDS, reference.sum())
    squares = np.zeros(len(values))
    for fold in np.unique(folds[reference]):
        axes, gains, _ = whitener(centred[reference & (folds != fold)], SHRINKAGE)
        whitened = (centred @ (axes * gains)) ** 2
        squares[folds == fold] = whitened[folds == fold].sum(axis=1)
        squares[folds == -1] += whitened[folds == -1].sum(axis=1) / len(np.unique(folds[reference]))
    squares *= factor
    result: Array = np.sqrt(squares / squares[reference].mean())
    return result


def _check_spread(wells: Wells, reference: NDArray[np.bool_]) -> None:
    """Refuse plates of one control each: it lies in its own centre, so how controls vary is not known."""
    counts = np.bincount(wells.plates[reference], minlength=len(wells.names))
    telling = np.flatnonzero(counts >= 2)
    if not len(telling):
        raise ProfilesError(
            "no plate has two wells of negative controls, so how controls vary is not known; name them in a column "
            "control, or as DMSO."
        )
    if len(telling) == 1 and (counts > 0).sum() > 1:
        raise ProfilesError(
            f"plate {wells.names[telling[0]]} alone has two wells of negative controls, and how far its own lie is "
            "told by those of other plates; name more controls, in a column control, or as DMSO."
        )


def _centred(values: Array, wells: Wells, reference: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Centre each plate on its controls; a factor (N,) makes squares of controls and others comparable.

    About a mean of n controls one of them has (n - 1) / n of its variance, any other well (n + 1) / n.
    """
    centred, factor = np.empty_like(values), np.ones(len(values))
    for plate in range(len(wells.names)):
        own = wells.plates == plate
        controls = own & reference
        count = max(2, int(controls.sum()))
        centred[own] = values[own] - values[controls].mean(axis=0)
        factor[own], factor[controls] = count / (count + 1), count / (count - 1)
    return centred, factor


def control_axis(wells: Wells) -> Array:
    """Give the place of each well between its plate's negative controls, 0, and positive controls, 1.

    The axis is Fisher's discriminant over all plates, with a shrunk covariance; each plate is scaled by its controls.

    Raises
    ------
    ProfilesError
        If a plate lacks negative or positive controls.
    """
    positive, negative = wells.control == "positive", wells.negative()
    for kind, found in (("positive", positive), ("negative", negative)):
        missing = [name for number, name in enumerate(wells.names) if not found[wells.plates == number].any()]
        if missing:
            raise ProfilesError(
                f"the control axis needs {kind} controls on every plate; {len(missing)} have none ({missing[0]} ...)."
            )
    scores = standard_scores(wells)
    places = scores @ discriminant(scores[positive], scores[negative])
    for plate in range(len(wells.names)):
        own = wells.plates == plate
        zero, one = places[own & negative].mean(), places[own & positive].mean()
        places[own] = (places[own] - zero) / (one - zero)
    return np.asarray(places)
