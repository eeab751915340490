"""What a protocol freezes beside its network: a fitted correction, and a classifier of phenotypes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError
from cdcl.events import Said, Warned
from cdcl.profiles.corrections import correct, read_correction, write_correction
from cdcl.screen.plates import plate_keys

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task

CORRECTION, CLASSIFIER = "correction.npz", "classifier.npz"
"""In the protocol's folder, where it freezes them."""


def freeze_correction(profiles: Profiles, method: str | None, folder: Path) -> Task[Profiles]:
    """Fit a correction to the run's profiles and keep it; give them corrected. Without a method nothing is done."""
    if method is None:
        return profiles
    corrected, correction = yield from correct(profiles, method)
    write_correction(correction, folder / CORRECTION)
    yield Said(f"the correction {method} is frozen, as fitted on these plates")
    return corrected


def freeze_classifier(profiles: Profiles, run: Run, chosen: Path | None, folder: Path) -> Task[tuple[float, ...]]:
    """Keep the run's classifier, or the one that was named; give the share like none of its classes, by plate."""
    path = chosen or run.folder / "phenotypes" / CLASSIFIER
    if chosen is None and not path.exists():
        return ()
    from cdcl.phenotypes import predict, read_classifier, write_classifier  # scikit-learn, which takes seconds

    classifier = read_classifier(path)
    try:
        told = novel_shares(profiles, predict(classifier, profiles))
    except ProfilesError as reason:
        if chosen is not None:
            raise
        yield Warned(f"the run's classifier is not frozen: {reason}")
        return ()
    write_classifier(classifier, folder / CLASSIFIER)
    yield Said(f"the classifier of {', '.join(classifier.classes)} is frozen")
    return tuple(float(share) for share in told)


def apply_correction(profiles: Profiles, folder: Path) -> Task[Profiles]:
    """Correct new profiles by what the protocol froze; as they are, where it froze none."""
    if not (folder / CORRECTION).exists():
        return profiles
    fitted = read_correction(folder / CORRECTION)
    corrected, _ = yield from correct(profiles, fitted.method, fitted=fitted)
    return corrected


def apply_classifier(profiles: Profiles, folder: Path) -> pd.DataFrame | None:
    """Ask the protocol's classifier; None where it froze none."""
    if not (folder / CLASSIFIER).exists():
        return None
    from cdcl.phenotypes import predict, read_classifier  # scikit-learn, which takes seconds

    return predict(read_classifier(folder / CLASSIFIER), profiles)


def novel_shares(profiles: Profiles, predicted: pd.DataFrame) -> pd.Series:
    """Give the share of each plate's profiles that are like none of the classes, by plate key."""
    from cdcl.phenotypes.prediction import NONE

    novel = (predicted["phenotype"] == NONE).set_axis(range(len(predicted)))
    return novel.groupby(plate_keys(profiles.table).to_numpy()).mean()
