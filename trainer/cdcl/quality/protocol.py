"""What a new plate is held against: controls, separation, cells and focus of the plates that a network was made for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cdcl.atomic import replaced_file
from cdcl.bounded import check_archive, read_json
from cdcl.errors import ProfilesError
from cdcl.quality.drift import distance
from cdcl.quality.fields import FOCUS_DEVIATIONS, LEAST_FOCUS_LOSS
from cdcl.quality.separation import discriminant, held_out_separation
from cdcl.quality.wells import control_scale
from cdcl.screen.plates import plate_keys
from cdcl.wording import verb

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.quality.wells import Wells
    from cdcl.screen import Screen

    Values = NDArray[np.float64]

CARD, ARRAYS = "protocol.json", "reference.npz"


@dataclass(frozen=True, eq=False)
class Protocol:
    """Frozen limits, and the reference that they are measured against.

    Attributes
    ----------
    channels, pixel_size
        Of the screen; micrometres a pixel, or None.
    scale, centre
        Deviation of controls within plates, and the median centre of the plates' controls, (D,) each.
    axes
        The axis (D,) along which a positive control lies furthest from the negative ones, by its name.
    drift
        Of each reference plate from the others.
    z_prime
        Held-out Z' of each reference plate, by positive control.
    cells
        Median number of cells in controls, by plate; empty where they were not counted.
    focus
        The slope below which a field is out of focus, by channel; empty where fields were not judged.
    blurred
        Share of each reference plate's fields that are.
    places
        Wells that held negative controls.
    treatments
        Names that were there.
    novel
        Share of each reference plate's fields that its classifier calls none of its classes; empty without one.
    """

    channels: tuple[str, ...]
    pixel_size: float | None
    scale: Values
    centre: Values
    axes: dict[str, Values]
    drift: tuple[float, ...]
    z_prime: dict[str, tuple[float, ...]]
    cells: tuple[float, ...] = ()
    focus: dict[str, float] = field(default_factory=dict)
    blurred: tuple[float, ...] = ()
    places: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    novel: tuple[float, ...] = ()


def make_protocol(wells: Wells, screen: Screen, measured: pd.DataFrame | None = None) -> Protocol:
    """Freeze what is usual on the plates of a screen.

    Parameters
    ----------
    wells
        Profiles of its wells, as the network gives them.
    screen
        Where they come from.
    measured
        As from `measure_fields`; None leaves focus out.

    Raises
    ------
    ProfilesError
        If no plate has two wells of negative controls: then nothing tells a plate that differs.
    """
    negative = wells.negative()
    counts = np.bincount(wells.plates[negative], minlength=len(wells.names))
    if not (counts >= 2).any():
        raise ProfilesError("no plate has two wells of negative controls; name them in a column control, or as DMSO.")
    centres, scale, residuals = control_scale(wells)
    centres, counts = centres[counts >= 2], counts[counts >= 2]
    focus, blurred = _focus(measured, screen)
    names = wells.profiles.table.get("treatment", pd.Series("", index=wells.profiles.table.index)).astype(str)
    return Protocol(
        channels=tuple(screen.channels),
        pixel_size=screen.pixel_size,
        scale=scale,
        centre=np.median(centres, axis=0),
        axes=_axes(wells, names, residuals / scale),
        drift=tuple(_drifts(centres / scale, counts)),
        z_prime=_separations(wells),
        cells=tuple(cells for cells in control_cells(wells) if np.isfinite(cells)),
        focus=focus,
        blurred=blurred,
        places=tuple(sorted(set(wells.profiles.table["well"].astype(str)[negative]))),
        treatments=tuple(sorted(set(names) - {""})),
    )


def control_cells(wells: Wells) -> list[float]:
    """Give the median number of cells in the negative controls of each plate, NaN where they were not counted."""
    table = wells.profiles.table
    if "num_cells" not in table:
        return [float("nan")] * len(wells.names)
    numbers = pd.to_numeric(table["num_cells"], errors="coerce").to_numpy(dtype=np.float64)
    own = [numbers[wells.negative() & (wells.plates == plate)] for plate in range(len(wells.names))]
    return [float(np.nanmedian(one)) if np.isfinite(one).any() else float("nan") for one in own]


def blurred_fields(measured: pd.DataFrame, focus: dict[str, float]) -> NDArray[np.bool_]:
    """Tell which rows of the screen have a channel that is out of focus."""
    worse = measured["focus"] < measured["channel"].map(focus)
    return np.asarray(worse.groupby(measured["row"]).any().to_numpy(dtype=bool))


def write_protocol(protocol: Protocol, folder: Path) -> None:
    """Write limits as JSON, and the reference as arrays beside it, without pickle."""
    card = {name: value for name, value in asdict(protocol).items() if name not in ("scale", "centre", "axes")}
    arrays: dict[str, Any] = {f"axis {name}": axis for name, axis in protocol.axes.items()}
    with replaced_file(folder / ARRAYS) as temporary, temporary.open("wb") as file:
        # Numbers and text alone; NumPy before 2 cannot be told to refuse objects here, reading refuses them.
        np.savez(file, scale=protocol.scale, centre=protocol.centre, **arrays)
    with replaced_file(folder / CARD) as temporary:
        temporary.write_text(json.dumps(card, indent=1), encoding="utf-8")


def read_protocol(folder: Path) -> Protocol:
    """Read what `write_protocol` wrote.

    Raises
    ------
    ProfilesError
        If there is no protocol, or it is damaged.
    """
    if not (folder / CARD).is_file():
        raise ProfilesError(f"no protocol in {folder}; make one with {verb(f'protocol RUN -o {folder}')}.")
    try:
        card = read_json(folder / CARD, ProfilesError)
        check_archive(folder / ARRAYS, ProfilesError)
        with np.load(folder / ARRAYS, allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name], dtype=np.float64) for name in file.files}
        lists: dict[str, Any] = {name: _each(card[name], float) for name in ("drift", "cells", "blurred")}
        lists |= {name: _each(card[name], str) for name in ("channels", "places", "treatments")}
        axes = {name[len("axis ") :]: values for name, values in arrays.items() if name.startswith("axis ")}
        z_prime = {name: _each(values, float) for name, values in card["z_prime"].items()}
        pixel_size = card["pixel_size"]
        own: dict[str, Any] = {
            "pixel_size": None if pixel_size is None else float(pixel_size),
            "focus": {channel: float(limit) for channel, limit in card["focus"].items()},
            "z_prime": z_prime,
            "axes": axes,
            "novel": _each(card.get("novel", []), float),
        }
        return _checked(Protocol(scale=arrays["scale"], centre=arrays["centre"], **lists, **own))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ProfilesError(
            f"{folder} holds no whole protocol ({type(error).__name__}: {error}); make it anew."
        ) from error


def _each(values: Any, kind: type) -> tuple[Any, ...]:
    """Give a list's entries as texts or numbers; a card that was edited may hold anything."""
    if not isinstance(values, list):
        raise TypeError(f"{type(values).__name__} where a list belongs")
    return tuple(map(kind, values))


def _checked(protocol: Protocol) -> Protocol:
    """Refuse limits that judge nothing: a number that is none is exceeded by no plate, and every plate would join."""
    arrays = [protocol.scale, protocol.centre, *protocol.axes.values()]
    if protocol.scale.ndim != 1 or any(one.shape != protocol.scale.shape for one in arrays):
        raise ValueError("its arrays do not fit each other")
    lists = (protocol.drift, protocol.cells, protocol.blurred, protocol.novel, *protocol.z_prime.values())
    limits = [*protocol.focus.values(), *(one for numbers in lists for one in numbers), protocol.pixel_size or 1.0]
    if not all(np.isfinite(one).all() for one in (*arrays, np.array(limits))) or not (protocol.scale > 0).all():
        raise ValueError("a limit is no finite number")
    if not protocol.channels or (protocol.pixel_size or 1.0) < 0 or min(protocol.cells, default=0) < 0:
        raise ValueError("no channels, or a size or a count below 0")
    return protocol


def _drifts(centres: Values, counts: NDArray[np.int64]) -> list[float]:
    """Give each plate's distance from the median of the others, less what chance gives; none for one plate."""
    if len(centres) < 2:
        return []
    others = [np.median(np.delete(centres, plate, axis=0), axis=0) for plate in range(len(centres))]
    return [float(one) for one in distance(centres - np.stack(others), 1 / counts)]


def _axes(wells: Wells, names: pd.Series, scores: Values) -> dict[str, Values]:
    positive = wells.control == "positive"
    found = {}
    for name in np.unique(names[positive]):
        own = positive & (names == name).to_numpy()
        there = wells.negative() & np.isin(wells.plates, wells.plates[own])
        if own.sum() > 1 and there.sum() > 1:
            found[str(name)] = discriminant(scores[own], scores[there])
    return found


def _separations(wells: Wells) -> dict[str, tuple[float, ...]]:
    judged = held_out_separation(wells)
    judged = judged[np.isfinite(judged["z_prime"].astype(float))]
    return {str(name): tuple(map(float, own["z_prime"])) for name, own in judged.groupby("positive")}


def _focus(measured: pd.DataFrame | None, screen: Screen) -> tuple[dict[str, float], tuple[float, ...]]:
    """Give the limit of each channel, five robust deviations below its median, and the share of fields below it."""
    limits: dict[str, float] = {}
    if measured is None:
        return limits, ()
    for channel, slopes in measured.groupby("channel")["focus"]:
        middle = float(slopes.median())
        spread = 1.4826 * float((slopes - middle).abs().median())
        if np.isfinite(middle):  # of a channel that is even in every field nothing tells focus
            limits[str(channel)] = middle - max(FOCUS_DEVIATIONS * spread, LEAST_FOCUS_LOSS)
    blurred = pd.Series(blurred_fields(measured, limits))
    return limits, tuple(float(one) for one in blurred.groupby(plate_keys(screen.sites).to_numpy()).mean())
