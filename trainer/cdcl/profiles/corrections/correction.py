"""A correction: fitted once, kept, and applied to profiles of the same features."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ProfilesError, unknown_name
from cdcl.profiles.corrections.centre import CENTRE
from cdcl.profiles.corrections.combat import COMBAT
from cdcl.profiles.corrections.components import principal_components
from cdcl.profiles.corrections.harmony import HARMONY
from cdcl.profiles.corrections.method import Arrays, Method, Settings
from cdcl.profiles.corrections.rank_normal import RANK_NORMAL
from cdcl.profiles.corrections.robust_z import ROBUST_Z
from cdcl.profiles.corrections.sample import Sample, draw_sample, resolve_reference
from cdcl.profiles.corrections.selection import KEPT, SELECTION
from cdcl.profiles.corrections.stored import known_groups
from cdcl.profiles.corrections.tvn import TVN, TVN_CORAL
from cdcl.profiles.corrections.whitening import PCA, ZCA
from cdcl.profiles.corrections.z_score import BATCH_Z, Z_SCORE
from cdcl.profiles.profiles import Profiles, check

if TYPE_CHECKING:
    from cdcl.tasks import Task

CORRECTIONS: dict[str, Method] = {
    "centre": CENTRE,
    "z": Z_SCORE,
    "robust-z": ROBUST_Z,
    "zca": ZCA,
    "pca": PCA,
    "tvn": TVN,
    "tvn-coral": TVN_CORAL,
    "combat": COMBAT,
    "harmony": HARMONY,
}
"""Every correction of the verb `correct`, from plain to elaborate."""

STEPS: dict[str, Method] = {
    **CORRECTIONS,
    "batch-z": BATCH_Z,
    "rint": RANK_NORMAL,
    "select": SELECTION,
    "pc64": principal_components(64),
    "pc128": principal_components(128),
}
"""What chains are made of: the corrections, and steps that prepare for them."""


@dataclass(frozen=True)
class Correction:
    """A fitted correction.

    Attributes
    ----------
    method
        A key of `STEPS`.
    settings
        What it was fitted with; `reference` is "controls" or "all", never "auto".
    features
        Names of the features it takes.
    arrays
        What was learned.
    fitted_on
        One line: how many profiles of which plates it was learned from.
    notes
        What the user should know about the fit, one line each.
    origin
        Where the plates lay that it was fitted on: see `cdcl.profiles.corrections.drift`. Nothing is corrected by it.
    """

    method: str
    settings: Settings
    features: tuple[str, ...]
    arrays: Arrays
    fitted_on: str
    notes: tuple[str, ...] = ()
    origin: Arrays = field(default_factory=dict)

    def apply(self, profiles: Profiles) -> Profiles:
        """Correct profiles of the same features.

        Plates and batches that it was fitted on are corrected by what is stored of them, so that no profile depends on
        which others are corrected with it; where a method needs a new plate's own references, they bring them.

        Raises
        ------
        ProfilesError
            If features differ, or a plate or batch has no references.
        """
        if profiles.names != self.features:
            raise ProfilesError(_other_features(self.features, profiles.names, self.method))
        method = STEPS[self.method]
        reference = self.settings.reference if method.by else "all"
        sample = draw_sample(profiles, method.by, reference, known_groups(self.arrays))
        values = method.apply(self.arrays, sample, self.settings)
        noted = {**profiles.provenance, "correction": self.describe()}
        features = tuple(f"{method.axes}_{number:04d}" for number in range(values.shape[1])) if method.axes else None
        if KEPT in self.arrays:
            features = tuple(profiles.names[number] for number in self.arrays[KEPT].tolist())
        return replace(
            profiles,
            values=values.astype(np.float32),
            features=features or profiles.features,
            provenance=noted,
        )

    def describe(self) -> dict[str, object]:
        """Give what provenance keeps: method, settings, what it was fitted on."""
        return {"method": self.method, **asdict(self.settings), "fitted_on": self.fitted_on}


def learn_step(profiles: Profiles, method: str, settings: Settings | None = None) -> Task[Correction]:
    """Fit one correction on references of plates that are not held out (`split` is not "test").

    Raises
    ------
    ProfilesError
        If the method is unknown, or the profiles do not allow it: one line says why.
    """
    if method not in STEPS:
        raise ProfilesError(unknown_name("correction", method, STEPS))
    check(profiles)
    chosen, wanted = STEPS[method], settings or Settings()
    reference = "all" if chosen.of_all else resolve_reference(profiles, chosen.by, wanted.reference)
    resolved = replace(wanted, reference="controls" if reference == "controls" else "all")
    sample = draw_sample(profiles, chosen.by, reference)
    if not sample.learning.any():
        raise ProfilesError("every reference profile is held out (split 'test'); nothing is left to fit on.")
    learned = yield from chosen.learn(sample, resolved)
    fitted_on = _who(sample, profiles.level, reference)
    return Correction(method, resolved, profiles.names, learned.arrays, fitted_on, learned.notes)


def _who(sample: Sample, level: str, reference: str) -> str:
    held_out = int((sample.reference & ~sample.learning).sum())
    kind = "negative controls" if reference == "controls" else "profiles"
    left_out = f" ({held_out} held out)" if held_out else ""
    return f"{int(sample.learning.sum())} {kind}, level {level}{left_out}"


def _other_features(wanted: tuple[str, ...], given: tuple[str, ...], method: str) -> str:
    missing = [name for name in wanted if name not in given]
    named = f"; {', '.join(missing[:3])} {'are' if len(missing) > 1 else 'is'} missing" if missing else ""
    return (
        f"the {method} correction was fitted on {len(wanted)} features, these profiles have {len(given)}{named}. "
        "Use profiles of the same network, or fit again."
    )
