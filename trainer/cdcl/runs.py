"""A run is a folder; whatever a run knows is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Run:
    """The paths inside a run folder (design: the run folder is the truth).

    config.toml, screen.parquet, intensities.json, events.jsonl, log.csv, checkpoints/<step>/, profiles/<level>.parquet,
    projections/<method>.parquet, scores.csv, report.html, environment.json, STOP.
    """

    folder: Path

    @property
    def config(self) -> Path:
        """Every setting, defaults written out."""
        return self.folder / "config.toml"

    @property
    def screen(self) -> Path:
        """The table it trained on, with its split."""
        return self.folder / "screen.parquet"

    @property
    def intensities(self) -> Path:
        """The offsets and scales of each plate and channel it trained on."""
        return self.folder / "intensities.json"

    @property
    def events(self) -> Path:
        """What happened, one line of JSON each."""
        return self.folder / "events.jsonl"

    @property
    def log(self) -> Path:
        """Numbers per logged step."""
        return self.folder / "log.csv"

    @property
    def checkpoints(self) -> Path:
        """One folder a kept step."""
        return self.folder / "checkpoints"

    @property
    def scores(self) -> Path:
        """The last scores."""
        return self.folder / "scores.csv"

    @property
    def report(self) -> Path:
        """The self-contained page."""
        return self.folder / "report.html"

    @property
    def environment(self) -> Path:
        """Versions and hardware it ran on."""
        return self.folder / "environment.json"

    @property
    def stop(self) -> Path:
        """A file whose presence asks the run to end at the next step."""
        return self.folder / "STOP"

    def profiles(self, level: str) -> Path:
        """Profiles of a level: site, well or treatment."""
        return self.folder / "profiles" / f"{level}.parquet"

    def projection(self, method: str) -> Path:
        """Two-dimensional points of a projection."""
        return self.folder / "projections" / f"{method}.parquet"
