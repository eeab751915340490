"""Corrections one after another: each is fitted on what the one before made, and all are stored and applied as one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from cdcl.errors import ProfilesError, unknown_name
from cdcl.profiles.corrections.correction import STEPS, Correction, learn_step
from cdcl.profiles.corrections.drift import origin_of

if TYPE_CHECKING:
    from cdcl.profiles.corrections.method import Settings
    from cdcl.profiles.profiles import Profiles
    from cdcl.tasks import Task

PRESETS = {
    "arevalo": "robust-z+rint+select+harmony",
    "efaar": "pc128+batch-z",
    "morphohelm": "z+pc64+robust-z",
}
"""Published pipelines as chains: Arevalo et al. 2024 (MAD per plate on controls, rank-INT, feature selection, Harmony);
EFAAR as OpenPhenom's card describes it (PCA on the controls of all batches, then each batch in units of its controls);
MorphoHELM 2026 (plates centred and scaled, 64 components, MAD). Where they leave a choice open, ours is used."""


@dataclass(frozen=True)
class Chain:
    """Fitted corrections in the order in which they are applied.

    Attributes
    ----------
    method
        Their names joined by `+`.
    steps
        The corrections, two or more.
    """

    method: str
    steps: tuple[Correction, ...]

    @property
    def fitted_on(self) -> str:
        """What the first was fitted on; the others saw the same profiles, corrected so far."""
        return self.steps[0].fitted_on

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of each step, by its name."""
        return tuple(f"{step.method}: {note}" for step in self.steps for note in step.notes)

    def apply(self, profiles: Profiles) -> Profiles:
        """Correct profiles by one step after the other.

        Raises
        ------
        ProfilesError
            If features differ, or a plate or batch has no references.
        """
        corrected = profiles
        for step in self.steps:
            corrected = step.apply(corrected)
        return replace(corrected, provenance={**profiles.provenance, "correction": self.describe()})

    def describe(self) -> dict[str, object]:
        """Give what provenance keeps."""
        return {"method": self.method, "steps": [step.describe() for step in self.steps]}


AnyCorrection: TypeAlias = Correction | Chain


def steps_of(method: str) -> tuple[str, ...]:
    """Take a chain's name apart: "z+tvn", or a preset's.

    Raises
    ------
    ProfilesError
        If a step is unknown, or missing beside a `+`.
    """
    names = tuple(name.strip() for name in PRESETS.get(method, method).split("+"))
    for name in names:
        if name not in STEPS:
            known = [*STEPS, *PRESETS]
            raise ProfilesError(f"{unknown_name('correction', name, known)} Several are joined by +, such as z+tvn.")
    return names


def title_of(method: str) -> str:
    """Give the title that biologists read: the steps' titles in their order."""
    return ", then ".join(STEPS[name].title for name in steps_of(method))


def learn_correction(profiles: Profiles, method: str, settings: Settings | None = None) -> Task[AnyCorrection]:
    """Fit a correction, or several joined by `+`, each on what the one before made of the profiles.

    Raises
    ------
    ProfilesError
        If one is unknown, or the profiles do not allow it: the line says which.
    """
    names = steps_of(method)
    if len(names) == 1:
        return _with_origin((yield from learn_step(profiles, names[0], settings)), profiles)
    steps: list[Correction] = []
    corrected = profiles
    for name in names:
        try:
            step = yield from learn_step(corrected, name, settings)
            corrected = step.apply(corrected)
        except ProfilesError as error:
            raise ProfilesError(f"{name}, step {len(steps) + 1} of {method}: {error}") from error
        steps.append(step)
    return Chain(method, (_with_origin(steps[0], profiles), *steps[1:]))


def _with_origin(step: Correction, profiles: Profiles) -> Correction:
    """Keep beside what was learned where its plates lay, to tell later how far new ones have drifted."""
    return replace(step, origin=origin_of(profiles, step.settings.reference))
