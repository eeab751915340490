"""A run is a folder; whatever a run knows is in it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cdcl.locks import is_locked
from cdcl.runs.tail import last_ended

if TYPE_CHECKING:
    from pathlib import Path

Status = Literal["submitted", "running", "done", "stopped", "failed", "crashed"]
_UNSAFE = re.compile(r"[^\w .+-]")
"""What some file systems refuse in a name."""


@dataclass(frozen=True)
class Run:
    """The paths inside a run folder, and how the run is doing.

    config.toml, screen.parquet, cells.parquet, intensities.json, illumination.json, checksums.txt, events.jsonl,
    log.csv, checkpoints/<step>/, probes/<step>.parquet, profiles/<level>.parquet, projections/<method>.parquet,
    attention/<field>.npz, scores.csv, report.html, environment.json; while it trains STOP and RUNNING; cluster.json
    where it was submitted.

    Attributes
    ----------
    folder
        Where all of these lie.
    """

    folder: Path

    @property
    def config(self) -> Path:
        """Every setting, defaults written out; a folder with this file is a run."""
        return self.folder / "config.toml"

    @property
    def screen(self) -> Path:
        """The table it trained on, with its split."""
        return self.folder / "screen.parquet"

    @property
    def cells(self) -> Path:
        """Where the single cells are that it trains on, where it does."""
        return self.folder / "cells.parquet"

    @property
    def intensities(self) -> Path:
        """The offsets and scales of each plate and channel it trained on."""
        return self.folder / "intensities.json"

    @property
    def illumination(self) -> Path:
        """The light over the field of each plate and channel that it corrects by, where it does."""
        return self.folder / "illumination.json"

    @property
    def checksums(self) -> Path:
        """The checksum of each image's pixels, in the order of the table."""
        return self.folder / "checksums.txt"

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
    def hits(self) -> Path:
        """Which treatments are hits, and why."""
        return self.folder / "hits.csv"

    def curves(self, along: str) -> Path:
        """Dose-response curves along a response; what some file systems refuse in its name is written as _."""
        return self.folder / "doses" / f"{safe_name(along)}.csv"

    @property
    def shares(self) -> Path:
        """Shares of phenotypes, a row a well."""
        return self.folder / "phenotypes" / "wells.csv"

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
    def submission(self) -> Path:
        """Which cluster it was submitted to, where it was."""
        return self.folder / "cluster.json"

    @property
    def stop(self) -> Path:
        """A file whose presence asks the run to end at the next step."""
        return self.folder / "STOP"

    def asked_to_stop(self) -> bool:
        """Tell whether the file STOP is there; a folder of that name asks nothing."""
        return self.stop.is_file()

    def ask_to_stop(self) -> bool:
        """Make the file STOP, never through a link; False where it cannot be made."""
        with suppress(OSError):
            self.stop.open("x").close()
        return self.asked_to_stop()

    def clear_stop(self) -> None:
        """Take STOP away, where there is one and it is no folder."""
        with suppress(OSError):
            self.stop.unlink()

    @property
    def running(self) -> Path:
        """A file that names the process which trains here now."""
        return self.folder / "RUNNING"

    def profiles(self, level: str) -> Path:
        """Profiles of a level: cell, site, well or treatment."""
        return self.folder / "profiles" / f"{level}.parquet"

    @property
    def snapshots(self) -> Path:
        """Profiles of a fixed sample of fields, taken while it trained."""
        return self.folder / "probes"  # the word of the run folder and the config, older than the code's

    def snapshot(self, step: int) -> Path:
        """Profiles of that sample after `step` steps."""
        return self.snapshots / f"{step}.parquet"

    def projection(self, method: str) -> Path:
        """Two-dimensional points of a projection."""
        return self.folder / "projections" / f"{method}.parquet"

    def attention(self, field: str) -> Path:
        """Attention maps of a field of view, with its image; `field` names it."""
        safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in field)
        return self.folder / "attention" / f"{safe}.npz"

    def status(self) -> Status:
        """Tell how the run is doing; a run whose process was killed is "crashed", never "running".

        One that was submitted to a cluster, and has told nothing yet, is "submitted": its job may wait for days.
        """
        locked = is_locked(self.running)
        if locked is not None:
            return "running" if locked else "crashed"
        if self.submission.is_file() and not self.events.exists():
            return "submitted"
        ended = last_ended(self.events)
        return "stopped" if ended is None else _REASONS.get(ended.reason, "failed")

    def checkpoint_steps(self) -> list[int]:
        """List the steps that a checkpoint is kept of, in order."""
        if not self.checkpoints.is_dir():
            return []
        return sorted(int(entry.name) for entry in self.checkpoints.iterdir() if is_step(entry.name))

    def snapshot_steps(self) -> list[int]:
        """List the steps that the sample was embedded after, in order."""
        if not self.snapshots.is_dir():
            return []
        return sorted(int(path.stem) for path in self.snapshots.glob("*.parquet") if is_step(path.stem))


def safe_name(text: str) -> str:
    """Give `text` as the name of a file: what some file systems refuse in one is written as _."""
    return _UNSAFE.sub("_", text)


def is_step(name: str) -> bool:
    """Tell whether a name is the number of a step: "18", and neither "²", which is a digit too, nor "007"."""
    return name.isascii() and name.isdigit() and len(name) <= 18 and (name == "0" or name[0] != "0")


_REASONS: dict[str, Status] = {"done": "done", "stopped": "stopped"}
