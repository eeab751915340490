"""Fit a correction or chain, apply it, and say what it changed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.events import Began, Ended, Said, Warned
from cdcl.profiles.corrections.chain import AnyCorrection, Chain, learn_correction, title_of
from cdcl.profiles.corrections.difference import compare
from cdcl.profiles.corrections.drift import drift_from, drift_sentences
from cdcl.profiles.identity import MADE_OF, identity
from cdcl.profiles.profiles import LEVELS
from cdcl.tasks import finish

if TYPE_CHECKING:
    from cdcl.profiles.corrections.method import Settings
    from cdcl.profiles.profiles import Profiles
    from cdcl.tasks import Task


def fit_correction(profiles: Profiles, method: str, settings: Settings | None = None) -> AnyCorrection:
    """Fit a correction, or several joined by `+`, on references of plates that are not held out.

    Raises
    ------
    ProfilesError
        If one is unknown, or the profiles do not allow it: one line says why.
    """
    return finish(learn_correction(profiles, method, settings))


def correct(
    profiles: Profiles, method: str, settings: Settings | None = None, *, fitted: AnyCorrection | None = None
) -> Task[tuple[Profiles, AnyCorrection]]:
    """Fit a correction or chain, or take one that was fitted, apply it, and say what it changed.

    Returns
    -------
    The corrected profiles, whose provenance keeps the checksum of what they were made of, and the correction or chain.
    """
    correction = fitted or (yield from learn_correction(profiles, method, settings))
    yield Began(f"correct ({method})", total=None, unit="profile")
    corrected = correction.apply(profiles)
    corrected = replace(corrected, provenance={**corrected.provenance, MADE_OF: identity(profiles)})
    yield Ended()
    title = title_of(correction.method)
    yield Said(f"{title}: fitted on {correction.fitted_on}.")
    for note in correction.notes:
        yield Warned(note)
    if fitted is not None:
        yield from _tell_level(fitted, profiles)
        yield from _tell_drift(fitted, profiles)
    difference = compare(profiles, corrected)
    line = difference.sentence(title)
    yield Warned(line) if difference.nothing else Said(line)
    return corrected, correction


def _tell_level(fitted: AnyCorrection, profiles: Profiles) -> Task[None]:
    """Warn where other levels were fitted on: a mean of many cells varies less than one of few."""
    found = re.search(r"level (\w+)", fitted.fitted_on)
    if found and found[1] in LEVELS and found[1] != profiles.level:
        yield Warned(
            f"it was fitted on {found[1]}s and these are {profiles.level}s, which do not vary alike: the scale is not "
            f"theirs. Fit one on {profiles.level}s."
        )


def _tell_drift(fitted: AnyCorrection, profiles: Profiles) -> Task[None]:
    """Say how far new plates lie from those that were fitted on; a warning names those that lie outside."""
    first = fitted.steps[0] if isinstance(fitted, Chain) else fitted
    found = drift_from(first.origin, profiles, first.settings.reference)
    for number, line in enumerate(drift_sentences(first.origin, found)):
        yield Said(line) if number == 0 else Warned(line)
