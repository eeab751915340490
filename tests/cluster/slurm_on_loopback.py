"""A real SLURM cluster on this machine: a controller and two nodes that listen on the loopback device."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol")
NODES = ("127.0.0.2", "127.0.0.3")
"""Addresses serve as names, so that the first node is found without an entry in any table of hosts."""

SETTINGS = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
GresTypes=gpu
JobAcctGatherType=jobacct_gather/none
"""


def missing_programs() -> list[str]:
    """Name what is not installed."""
    return [name for name in PROGRAMS if _found(name) is None]


def _found(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_until(true: Callable[[], object], what: str, seconds: float = 120) -> None:
    """Wait for something, or fail by name."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.2)


@dataclass
class Cluster:
    """A controller and its nodes, whose files lie in a folder with a short name."""

    folder: Path
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What SLURM's commands need to find this cluster."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("SLURM")}
        return {**outside, "SLURM_CONF": str(self.folder / "slurm.conf")}

    def start(self) -> None:
        """Start all daemons and wait until both nodes are idle."""
        self._configure()
        key, socket_, pid = (self.folder / f"munge.{kind}" for kind in ("key", "sock", "pid"))
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        places = {"key-file": key, "socket": socket_, "pid-file": pid, "seed-file": self.folder / "munge.seed"}
        self._daemon("munged", "--foreground", "--force", *(f"--{name}={path}" for name, path in places.items()))
        wait_until(socket_.exists, "munged to listen", seconds=20)
        self._daemon("slurmctld", "-D")
        for node in NODES:
            self._daemon("slurmd", "-D", "-N", node)
        wait_until(lambda: self.call("sinfo", "-h", "-o", "%D %t", check=False) == "2 idle", "two idle nodes", 60)

    def _configure(self) -> None:
        for name in ("state", *NODES):
            (self.folder / name).mkdir()
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        port, *others = _free_ports(1 + len(NODES))
        host = socket.gethostname()
        lines = [SETTINGS.format(host=host, folder=self.folder, user=user, port=port).rstrip()]
        for node, own in zip(NODES, others, strict=True):
            lines.append(f"NodeName={node} NodeHostname={host} NodeAddr={node} Port={own} CPUs=8 Gres=gpu:1")
        lines.append("PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP")
        (self.folder / "slurm.conf").write_text("\n".join(lines) + "\n")
        # No GPU is here; a device that always exists stands for each, as SLURM only counts them.
        (self.folder / "gres.conf").write_text(f"NodeName={','.join(NODES)} Name=gpu File=/dev/null\n")

    def _daemon(self, name: str, *arguments: str) -> None:
        program = _found(name)
        assert program is not None
        with (self.folder / f"{name}.out").open("ab") as output:
            self.daemons.append(
                subprocess.Popen([program, *arguments], env=self.environment, stdout=output, stderr=output)
            )

    def stop(self) -> None:
        """End all jobs and daemons."""
        self.call("scancel", "--user", str(os.getuid()), check=False)
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def call(self, *command: str, check: bool = True) -> str:
        """Run one of SLURM's commands and give what it printed."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, (command, done.stderr)
        return done.stdout.strip()

    def submit(self, script: Path) -> str:
        """Submit a script from its own folder and give the number of the job."""
        return self.call("sbatch", "--parsable", f"--chdir={script.parent}", str(script))

    def state(self, job: str) -> str:
        """Give a job's state, such as `PENDING` or `RUNNING`; an ended job's is kept for five minutes."""
        found = self.call("scontrol", "show", "job", job, "--oneliner")
        return next(word.removeprefix("JobState=") for word in found.split() if word.startswith("JobState="))

    def wait_for(self, job: str, state: str) -> None:
        """Wait until a job is in a state."""
        wait_until(lambda: self.state(job) == state, f"job {job} to be {state}, which is {self.state(job)}")
