"""What a plate was asked at the gate, said for somebody who looks at a window: titles, meanings, numbers. No Qt."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKS = {"joins": "✓", "look": "?", "stop": "✕"}
"""So that a verdict is told by more than its colour."""
RESULTS = {"joins": "passed", "look": "look", "stop": "stop"}
"""What the verdict of one check is called."""
MEANINGS = {
    "joins": "Nothing differs from what is usual on the protocol's plates.",
    "look": "Something differs. Look at it, then approve or reject, and say why.",
    "stop": "As it is, this must not join. Mend it, or reject it and say why.",
}
"""What the worst verdict of all checks asks for."""
_TITLES = {
    "channels": ("channels", "Whether the images have every channel that the protocol's network looks at."),
    "pixel size": (
        "pixel size",
        "Micrometres a pixel, within 2 % of the protocol's: another one is another magnification.",
    ),
    "controls": ("controls", "Wells of negative controls; two are needed to judge anything."),
    "drift": (
        "control drift",
        "How far the plate's negative controls lie from the reference plates' (two controls of a plate differ by 1).",
    ),
    "cells": ("control cells", "The median number of cells in a negative control."),
    "focus": ("out of focus", "Share of fields that are less sharp than nearly all fields of the reference plates."),
    "phenotypes": ("unknown classes", "Share of fields that are like no class of the protocol's classifier."),
    "places": ("control places", "Wells with negative controls that held none on the reference plates."),
    "treatments": ("new treatments", "Treatments that the reference plates did not have; they are no fault."),
}
_Z_PRIME = "Z' "
_AT_LEAST = ("controls", _Z_PRIME)
_SHARES = ("focus", "phenotypes")
_TWO_PLACES = ("drift", _Z_PRIME)


def title_of(check: str) -> str:
    """Name a check.

    >>> title_of("drift"), title_of("Z' taxol")
    ('control drift', "Z' of taxol")
    """
    if check.startswith(_Z_PRIME):
        return f"Z' of {check.removeprefix(_Z_PRIME)}"
    return _TITLES.get(check, (check, ""))[0]


def meaning_of(check: str) -> str:
    """Say what a check asks."""
    if check.startswith(_Z_PRIME):
        control = check.removeprefix(_Z_PRIME)
        return f"How well {control} is told from the negative controls: 1 is perfect, below 0 they overlap."
    return _TITLES.get(check, ("", ""))[1]


def measured(check: str, value: float) -> str:
    """Write what was measured; what has no number stays empty.

    >>> measured("focus", 0.034), measured("drift", 1.234), measured("cells", 96.5), measured("channels", float("nan"))
    ('3 %', '1.23', '96.5', '')
    """
    if isnan(value):
        return ""
    if check in _SHARES:
        return f"{100 * value:.0f} %"
    if check.startswith(_TWO_PLACES):
        return f"{value:.2f}"
    return f"{value:g} µm" if check == "pixel size" else f"{value:g}"


def allowed(check: str, verdict: str, value: float, bound: float) -> str:
    """Write the limit that a value is held against, with the side that is allowed.

    >>> allowed("drift", "joins", 0.4, 1.0), allowed("Z' taxol", "look", 0.4, 0.5)
    ('≤ 1.00', '≥ 0.50')
    >>> allowed("cells", "look", 20, 80), allowed("cells", "joins", 90, 120)
    ('≥ 80', '≤ 120')
    """
    said = measured(check, bound)
    if not said or check == "pixel size":
        return said
    if not bound and check == "places":
        return "none"
    too_few = check == "cells" and verdict != "joins" and value < bound
    return f"{'≥' if too_few or check.startswith(_AT_LEAST) else '≤'} {said}"


def short_names(plates: Iterable[str]) -> dict[str, str]:
    """Call plates by their own names where these tell them apart, else by "batch/plate".

    >>> short_names(["B1/P1", "B2/P2"]), short_names(["B1/P1", "B2/P1"])
    ({'B1/P1': 'P1', 'B2/P2': 'P2'}, {'B1/P1': 'B1/P1', 'B2/P1': 'B2/P1'})
    """
    names = {plate: plate.rpartition("/")[2] for plate in plates}
    return names if len(set(names.values())) == len(names) else {plate: plate for plate in names}
