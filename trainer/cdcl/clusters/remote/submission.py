"""A training submitted to a cluster: the job script is written there, by the cdcl that will train."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cdcl.atomic import write_text
from cdcl.bounded import read_json
from cdcl.clusters.remote.host import Host
from cdcl.errors import RunError
from cdcl.runs import Run
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Submission:
    """Where a run trains.

    Attributes
    ----------
    host, cdcl
        As in `Host`.
    run
        Its folder there.
    job
        Its number in SLURM's queue.
    submitted
        Seconds since 1970.
    shared
        Whether the folder here is that folder, over a network drive; else it is a copy that is kept up.
    """

    host: str
    cdcl: str
    run: str
    job: str
    submitted: float
    shared: bool = False

    @property
    def place(self) -> Host:
        """The host to ask."""
        return Host(self.host, self.cdcl)

    def write(self, folder: Path) -> None:
        """Keep it, so that the run can be followed again."""
        folder.mkdir(parents=True, exist_ok=True)
        write_text(Run(folder).submission, json.dumps(asdict(self), indent=1) + "\n")


def read_submission(folder: Path) -> Submission:
    """Read where a run trains.

    Raises
    ------
    RunError
        If the folder holds no submission, or one that names no host, run and job.
    """
    path = Run(folder).submission
    if not path.is_file():
        raise RunError(f"{folder} was not submitted to a cluster from here: there is no {path.name}.")
    record = read_json(path, RunError)
    texts = {name: record.get(name) for name in ("host", "cdcl", "run", "job")}
    sound = all(isinstance(value, str) and value for value in texts.values())
    if (
        not sound
        or not isinstance(record.get("submitted"), int | float)
        or not re.fullmatch(r"\d+", texts["job"] or "")
    ):
        raise RunError(f"{path} does not name a host, a run and a job; submit the training again.")
    found = Submission(
        **{name: str(value) for name, value in texts.items()},
        submitted=float(record["submitted"]),
        shared=record.get("shared") is True,
    )
    found.place.check()
    return found


@dataclass(frozen=True, slots=True)
class Order:
    """What to submit.

    Attributes
    ----------
    config
        A recipe's name, or the text of a config when `is_text`.
    arguments
        What else follows `cdcl train`; paths in it are the cluster's.
    run
        Folder of the run there, absolute.
    resume
        Whether the run may be there already.
    shared
        Whether the folder that it is followed in is that folder.
    """

    config: str
    is_text: bool
    arguments: Sequence[str]
    run: str
    resume: bool = False
    shared: bool = False


def submit(host: Host, order: Order) -> Submission:
    """Write the job script there and hand it to sbatch.

    Raises
    ------
    RunError
        If the host, its cdcl or SLURM refuses; its own words are told.
    """
    printed = host.call(_script(host, order), order.config.encode() if order.is_text else b"")
    job = next(iter(re.findall(r"^(\d+)(?:;.*)?$", printed, re.MULTILINE)[::-1]), None)
    if job is None:
        raise RunError(f"{host.destination}: sbatch printed no number of a job, but {printed.strip()[:200]!r}.")
    return Submission(host.destination, host.cdcl, order.run, job, time.time(), order.shared)


def _script(host: Host, order: Order) -> str:
    """Give the shell's lines that submit: each failure ends them, and its words come back."""
    if not posixpath.isabs(order.run):
        raise RunError(f"{order.run}: name the run's folder on the cluster from / on.")
    parent, name = posixpath.split(order.run.rstrip("/"))
    config = f"{order.run.rstrip('/')}.toml" if order.is_text else order.config
    script = f"{order.run.rstrip('/')}.sbatch"
    train = [config, *order.arguments, "--out", order.run, "--sbatch", script]
    there = f"{order.run} is there already: take another name, or {option('resume')}"
    submit = " ".join(["sbatch", "--parsable", "--job-name=" + shlex.quote(name), shlex.quote(script)])
    lines = [
        "set -e",
        f"mkdir -p {shlex.quote(parent)}",
        f"cd {shlex.quote(parent)}",
        *([f"cat > {shlex.quote(config)}"] if order.is_text else []),
        f"{host.cdcl} train {shlex.join(train)} >&2",
        submit,
    ]
    if not order.resume:
        test = f"if [ -e {shlex.quote(order.run + '/config.toml')} ]; then echo {shlex.quote(there)} >&2; exit 2; fi"
        lines.insert(1, test)
    return "\n".join(lines)
