"""The files of an analysis: weights and labels, the archetypes' own profiles, plates, controls, and how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cdcl.archetypes.analysis import CONFIDENT
from cdcl.archetypes.joining import COLUMN
from cdcl.archetypes.quality import compositions, controls_outside, describe
from cdcl.atomic import replaced_file
from cdcl.events import Wrote
from cdcl.profiles import Profiles, write_profiles
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.archetypes.analysis import Analysis
    from cdcl.tasks import Task


@dataclass(frozen=True)
class Files:
    """Where the files of an analysis lie.

    Attributes
    ----------
    weights
        Where the weights were asked for; the other files lie beside it, and begin with its name.
    """

    weights: Path

    @property
    def profiles(self) -> Path:
        """The archetypes' own profiles."""
        return self._beside("profiles.parquet")

    @property
    def plates(self) -> Path:
        """What each plate is made of."""
        return self._beside("plates.csv")

    @property
    def controls(self) -> Path:
        """Controls outside their archetype."""
        return self._beside("controls.csv")

    @property
    def numbers(self) -> Path:
        """Explained variance and stability by number."""
        return self._beside("numbers.csv")

    def _beside(self, name: str) -> Path:
        return self.weights.with_name(f"{self.weights.name.split('.')[0]}-{name}")


def write_analysis(analysis: Analysis, files: Files, *, confident: float = CONFIDENT) -> Task[None]:
    """Write all files of an analysis, each in one move.

    Parameters
    ----------
    files
        Where: the weights as named, the others beside them.
    confident
        Weight, 0 to 1, from which a profile gets the label of its archetype.

    Raises
    ------
    ProfilesError
        If the name of the weights ends in none of .parquet, .csv and .csv.gz.
    """
    write_profiles(as_profiles(analysis, confident), files.weights)
    yield Wrote(f"weights of {len(analysis.profiles)} {analysis.profiles.level} profiles", str(files.weights))
    write_profiles(corner_profiles(analysis, confident), files.profiles)
    yield Wrote(f"profiles of {len(analysis.names)} archetypes", str(files.profiles))
    tables = {files.plates: compositions(analysis, confident), files.controls: controls_outside(analysis)}
    if analysis.choice is not None:
        tables[files.numbers] = _numbers(analysis)
    for path, table in tables.items():
        with replaced_file(path) as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
        yield Wrote(counted(len(table), "row", "rows"), str(path))


def as_profiles(analysis: Analysis, confident: float = CONFIDENT) -> Profiles:
    """Give the weights as profiles with features A1, A2, ...; columns `archetype` and `confidence` join the table.

    `confidence` is the largest weight; where it is less than `confident`, `archetype` is "".
    """
    table = analysis.profiles.table.assign(
        **{COLUMN: analysis.labels(confident), "confidence": analysis.weights.max(axis=1)}
    )
    noted = {**analysis.profiles.provenance, "explained_variance": round(analysis.explained, 6)}
    weights = analysis.weights.astype(np.float32)
    return Profiles(weights, table, analysis.profiles.level, analysis.names, noted)


def corner_profiles(analysis: Analysis, confident: float = CONFIDENT) -> Profiles:
    """Give the archetypes as profiles: mixtures of scaled profiles, with the features of these."""
    table = describe(analysis, confident)
    found = analysis.archetypes.astype(np.float32)
    return Profiles(found, table, analysis.profiles.level, analysis.profiles.names, analysis.profiles.provenance)


def _numbers(analysis: Analysis) -> pd.DataFrame:
    assert analysis.choice is not None
    explained = pd.Series(dict(analysis.choice.explained), name="explained_variance")
    stability = pd.Series(dict(analysis.choice.stability), name="stability", dtype=float)
    table = pd.concat([explained, stability], axis=1).rename_axis("archetypes").reset_index()
    return table.assign(chosen=table["archetypes"] == analysis.choice.num)
