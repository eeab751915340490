"""What a screen holds, and what its user should know before training on it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.images.remote import is_remote, remote_url
from cdcl.readers.label_notes import name_notes
from cdcl.readers.metadata.batches import propose_batches
from cdcl.screen.controls import negative_controls
from cdcl.screen.counting import counted
from cdcl.screen.plates import plate_keys, well_keys
from cdcl.wording import option, verb

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from cdcl.screen import Screen


@dataclass(frozen=True)
class ScanReport:
    """Counts of a screen, and remarks on it.

    Attributes
    ----------
    batches
        Names of the batches; empty where the table has none.
    controls
        Images of each kind of control ("negative", "positive", "empty").
    missing_files
        Image files that the table names and the disk does not have.
    reading
        How much smaller images are read than they lie on disk; "" where they are not.
    all_missing
        One of the files, where not a single one is there; else "".
    notes
        One line each: what limits what can be learnt or scored, and how to mend it.
    """

    plates: int
    wells: int
    sites: int
    channels: tuple[str, ...]
    batches: tuple[str, ...]
    treatments: int
    controls: dict[str, int]
    missing_files: int
    notes: tuple[str, ...]
    reading: str = ""
    all_missing: str = ""

    def lines(self) -> list[str]:
        """Give the report as lines of text."""
        return [*self.facts(), *(f"note: {note}" for note in self.notes)]

    def facts(self) -> list[str]:
        """Give the counts as lines of text, without the notes."""
        controls = ", ".join(f"{count} {kind}" for kind, count in self.controls.items()) or "none"
        batches = f"{len(self.batches)} ({_some(self.batches)})" if self.batches else "not known"
        return [
            f"{self.sites} images of {self.wells} wells on {self.plates} plates",
            f"channels    {len(self.channels)}: {', '.join(self.channels)}",
            f"batches     {batches}",
            f"treatments  {self.treatments or 'not known'}",
            f"controls    {controls}",
            *([f"read        {self.reading}"] if self.reading else []),
        ]


def describe(screen: Screen) -> ScanReport:
    """Count what a screen holds and look whether its files are there; no image is opened.

    Parameters
    ----------
    screen
        As read; images in buckets are not looked for.

    Returns
    -------
    ScanReport
        Counts, and a note on each thing that limits what can be learnt or scored.
    """
    sites = screen.sites
    batches, treatments = _values(sites, "batch"), _values(sites, "treatment")
    controls = _values(sites, "control").value_counts().sort_index()
    files = {path for row in screen.image_files() for path in row}
    remote = {path for path in files if is_remote(path)}
    missing = sorted(path for path in files - remote if not os.path.exists(path))  # noqa: PTH110, there may be millions
    return ScanReport(
        plates=int(plate_keys(sites).nunique()),
        wells=int(well_keys(sites).nunique()),
        sites=len(sites),
        channels=screen.channels,
        batches=tuple(batches.unique()),
        treatments=int(treatments.nunique()),
        controls={str(kind): int(count) for kind, count in controls.items()},
        missing_files=len(missing),
        notes=(
            *_file_notes(missing, len(files)),
            *_remote_notes(remote),
            *_batch_notes(screen),
            *_treatment_notes(sites),
            *name_notes(sites),
            *_channel_notes(screen.channels),
            *_repeated_notes(screen),
        ),
        reading=", ".join(screen.reduction.words),
        all_missing=missing[0] if missing and len(missing) == len(files) else "",
    )


def _values(sites: pd.DataFrame, name: str) -> pd.Series:
    """Give the values of a column that are there; none where the column is not."""
    values = sites[name] if name in sites else sites["plate"].iloc[:0]
    return values[values != ""]


def _file_notes(missing: list[str], total: int) -> list[str]:
    return [f"{len(missing)} of {total} image files are missing, such as {missing[0]}."] if missing else []


def _remote_notes(remote: set[str]) -> list[str]:
    if not remote:
        return []
    where = f"{len(remote)} image files lie in a bucket, such as {remote_url(min(remote))}"
    local = f"{verb('scan')} with {option('remap')} s3://BUCKET=FOLDER takes local copies"
    return [f"{where}: fetched when they are decoded; or {local}."]


def _batch_notes(screen: Screen) -> list[str]:
    batches = _values(screen.sites, "batch")
    if batches.nunique() == 1:
        return [f"there is one batch only ({batches.iloc[0]}): pairing across batches falls back to plates and wells."]
    if len(batches):
        without = len(screen) - len(batches)
        return [*([f"{without} images have no batch."] if without else []), *_torn_plates(screen.sites)]
    proposal = propose_batches(screen)
    if proposal is None:
        return [f"no column batch; add one, or `{option('batch-from')} WAY`, to pair and score across batches."]
    return [f"no column batch; {proposal} takes them."]


def _torn_plates(sites: pd.DataFrame) -> list[str]:
    """Ask about plates whose wells are of several batches, none of two: a plate is made on one day."""
    by_name = sites.groupby("plate")
    several = by_name["batch"].nunique() > 1
    torn = several & (sites.groupby(["plate", "well"])["batch"].nunique().groupby("plate").max() == 1)
    if not torn.any():
        return []
    first = torn.index[torn][0]
    batches = ", ".join(name or "none" for name in sorted(by_name.get_group(first)["batch"].unique()))
    question = "each part counts as a plate of its own. Is the column that was taken for batch one of wells?"
    count = int(torn.sum())
    return [f"{count} plates lie in several batches, each with other wells, such as {first} in {batches}: {question}"]


def _treatment_notes(sites: pd.DataFrame) -> list[str]:
    treatments = _values(sites, "treatment")
    if not len(treatments):
        return [f"no treatments: add a column treatment or compound, or join a platemap with {option('metadata')}."]
    notes = []
    without = well_keys(sites)[sites["treatment"] == ""].unique()
    if len(without):
        notes.append(f"{counted(len(without), 'well has', 'wells have')} no treatment, such as {_some(without)}.")
    counts = treatments.value_counts()
    single = counts.index[counts == 1].tolist()
    if single:
        notes.append(
            f"{len(single)} treatments have one image only, such as {_some(sorted(single))}: nothing to pair with."
        )
    if not negative_controls(sites).any():
        notes.append("no negative controls: all wells of a plate set its intensities.")
    return notes


def _channel_notes(channels: tuple[str, ...]) -> list[str]:
    """Ask about channels whose names differ by case or gaps only: each of them counts."""
    spellings: dict[str, list[str]] = {}
    for name in channels:
        spellings.setdefault(re.sub(r"[\s_.-]+", "", name.casefold()), []).append(name)
    alike = [" and ".join(names) for names in spellings.values() if len(names) > 1]
    return [f"channels {names} differ only in case or gaps, and count as several: are they one?" for names in alike]


def _repeated_notes(screen: Screen) -> list[str]:
    """Name images that stand for two channels, or for two fields."""
    sites, columns, notes = screen.sites, screen.path_columns, []
    for place, one in enumerate(columns):
        for other in columns[place + 1 :]:
            same = int((sites[one] == sites[other]).sum())
            if same:
                names = f"{one.removeprefix('path_')} and {other.removeprefix('path_')}"
                notes.append(f"channels {names} are the same files in {same} of {len(sites)} fields.")
    if "cell" in sites or "image_id" in sites:
        return notes  # Crops of single cells may share a field.
    fields = (
        sites[list(columns)].astype(str).agg("|".join, axis=1) if len(columns) > 1 else sites[columns[0]].astype(str)
    )
    counts = fields.value_counts()
    several = counts[counts > 1]
    if len(several):
        rows = sites[fields == several.index[0]]
        wells = ", ".join(f"{plate}/{well}" for plate, well in zip(rows["plate"][:3], rows["well"][:3], strict=True))
        path = str(rows[columns[0]].iloc[0])
        more = f", and so are {len(several) - 1} more images" if len(several) > 1 else ""
        notes.append(f"the same file {path} is named by {several.iloc[0]} rows ({wells}){more}.")
    return notes


def _some(names: Iterable[str]) -> str:
    """Name the first few."""
    names = list(map(str, names))
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
