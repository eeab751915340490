"""What a job asks of a cluster, and the command that it runs there."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cdcl.errors import ConfigError
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CORES_PER_GPU = 8
"""A GPU's share of a common node: 64 cores beside 8 GPUs."""

NOTICE_SECONDS = 300
"""So long before its time is up a job asks its run to stop: a step, a look at the validation rows and a checkpoint."""

_DAYS_AND_TIME = re.compile(r"(?:(\d+)-)?(\d+):(\d\d):(\d\d)")
"""One of the ways that SLURM reads; its `24:00` would be minutes and seconds, and PBS's not."""


@dataclass(frozen=True, slots=True)
class Machines:
    """Where a job runs.

    Attributes
    ----------
    nodes, gpus
        Machines, and GPUs of each.
    partition
        Partition or queue; "" leaves the choice to the cluster.
    time
        Limit of one stretch of the job, as `[DAYS-]HOURS:MINUTES:SECONDS`; a run that needs longer takes several.
    modules
        Environment modules to load, as the cluster names them.
    container
        Image for Apptainer that holds `cdcl`; "" runs the Python of this process.
    """

    nodes: int = 1
    gpus: int = 1
    partition: str = ""
    time: str = "24:00:00"
    modules: Sequence[str] = ()
    container: str = ""

    @property
    def cores(self) -> int:
        """Processor cores of each machine."""
        return CORES_PER_GPU * self.gpus

    @property
    def seconds(self) -> int:
        """Limit of one stretch in seconds.

        Raises
        ------
        ConfigError
            If the limit is written in another way.
        """
        found = _DAYS_AND_TIME.fullmatch(self.time)
        if found is None:
            raise ConfigError(
                f"{option('time')} {self.time}: write it as [DAYS-]HOURS:MINUTES:SECONDS, such as 24:00:00."
            )
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return ((24 * days + hours) * 60 + minutes) * 60 + seconds

    def check(self) -> None:
        """Refuse what no cluster can give.

        Raises
        ------
        ConfigError
            If it asks for less than one node or GPU, or for no more time than a run needs to stop.
        """
        for name, count in (("--nodes", self.nodes), ("--gpus", self.gpus)):
            if count < 1:
                raise ConfigError(f"{name} {count}: at least 1 is needed.")
        if self.seconds <= NOTICE_SECONDS:
            raise ConfigError(
                f"{option('time')} {self.time}: a run is asked to stop {NOTICE_SECONDS // 60} minutes before; "
                "ask for more."
            )

    def preparation(self) -> str:
        """Give the lines that load the modules."""
        return "".join(f"module load {shlex.quote(name)}\n" for name in self.modules)


@dataclass(frozen=True, slots=True)
class Job:
    """What a job does.

    Attributes
    ----------
    run
        Folder of the run, as an absolute path; the job puts STOP into it and resumes from it.
    arguments
        What follows `cdcl`, from the verb on and without `--resume`; paths in it are absolute.
    script
        Where the script will lie, as an absolute path: some schedulers are given it again for the next stretch.
    folders
        Folders that a container must see besides the run's own.
    """

    run: Path
    arguments: Sequence[str]
    script: Path
    machines: Machines = field(default_factory=Machines)
    folders: Sequence[Path] = ()

    @property
    def name(self) -> str:
        """The job's name: what a scheduler and its output file may hold of the run's."""
        return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in self.run.name) or "cdcl"

    def python(self) -> str:
        """Give the shell's words that start Python, in the container where one is named."""
        if not self.machines.container:
            return shlex.quote(sys.executable)
        folders = list(dict.fromkeys([self.run.parent, *self.folders]))
        binds = ["--bind=" + str(folder) for folder in folders]
        return shlex.join(["apptainer", "exec", "--nv", *binds, self.machines.container, "python"])
