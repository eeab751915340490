"""What the window asks `cdcl submit` and `cdcl follow` for. No Qt."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdcl.atomic import disk_errors
from cdcl.bounded import read_json
from cdcl.errors import CDCLError, ConfigError
from napari_cdcl.runs.training_queue import Plan

if TYPE_CHECKING:
    from cdcl.runs import Run


@dataclass(frozen=True)
class Cluster:
    """Where to submit, as the user wrote it.

    Attributes
    ----------
    host
        What follows `ssh`.
    cdcl
        The command there.
    here, there
        A folder on this machine, and the same folder as the cluster names it.
    nodes, gpus, partition, time
        As in `cdcl submit`.
    """

    host: str = ""
    cdcl: str = "cdcl"
    here: str = ""
    there: str = ""
    nodes: int = 1
    gpus: int = 1
    partition: str = ""
    time: str = "24:00:00"

    def record(self) -> dict[str, Any]:
        """Give what the settings keep."""
        return asdict(self)

    @classmethod
    def of(cls, record: Any) -> Cluster:
        """Read what the settings kept; anything else is left at its default."""
        default = asdict(cls())
        kept = record if isinstance(record, dict) else {}
        found: dict[str, Any] = {
            name: kept[name] for name, value in default.items() if type(kept.get(name)) is type(value)
        }
        return cls(**found)


def submission_words(plan: Plan, cluster: Cluster) -> list[str]:
    """Give the words that submit a plan: its config and table lie in the folder that both machines see.

    Raises
    ------
    ConfigError
        If the host or the shared folder is missing, or does not hold the run.
    """
    if not cluster.host.strip():
        raise ConfigError("Which host? Write what you type after ssh, such as me@head.")
    here = Path(cluster.here).expanduser()
    if not cluster.here.strip() or not here.is_dir():
        raise ConfigError("Which folder do both see? Name one of this machine that the cluster has, too.")
    if not plan.folder.absolute().is_relative_to(here.absolute()):
        raise ConfigError(f"The run would be in {plan.folder.parent}, which is not in {here}: choose a folder in it.")
    machines = ["--nodes", str(cluster.nodes), "--gpus", str(cluster.gpus), "--time", cluster.time]
    if cluster.partition.strip():
        machines += ["--partition", cluster.partition.strip()]
    shared = ["--map", f"{here}={cluster.there.strip() or here}", "--cdcl", cluster.cdcl.strip() or "cdcl"]
    # The device chosen in the panel is this machine's; over there it is a GPU where there is one.
    return ["submit", cluster.host.strip(), *plan.arguments, *shared, *machines, "--device", "auto", "--detach"]


def follow_plan(run: Run) -> Plan:
    """Give what follows a run that was submitted from here."""
    return Plan(run.folder, (str(run.folder),), verb="follow")


def was_submitted(run: Run) -> bool:
    """Tell whether the run trains, or trained, on a cluster."""
    return run.submission.is_file()


def where_submitted(run: Run) -> str:
    """Name the host that a run was submitted to and its job there, as far as what was kept can be read."""
    try:
        found = read_json(run.submission)
        return f"{found['host']}, as job {found['job']}"
    except (CDCLError, KeyError):
        return "a cluster"


def take_over(run: Run) -> None:
    """Let a run be this machine's from now on: to go on with it trains here, and follows no cluster.

    Raises
    ------
    DiskError
        If its folder cannot be changed.
    """
    with disk_errors(run.submission):
        run.submission.unlink(missing_ok=True)
