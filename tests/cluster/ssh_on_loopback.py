"""An ssh server on this machine that takes a key made for the test, and nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

SETTINGS = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv {environment}
"""

CLIENT = """\
Host head
    HostName 127.0.0.1
    Port {port}
    IdentityFile {folder}/key
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known
    StrictHostKeyChecking accept-new
"""


def sshd() -> str | None:
    """Give the server's program."""
    return shutil.which("sshd", path="/usr/sbin:" + os.environ.get("PATH", ""))


class HeadNode:
    """A server whose sessions find SLURM's settings, and the `head` of an ssh config that leads to it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self._environment = folder, environment
        self._server: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]

    @property
    def ssh(self) -> str:
        """The value of CDCL_SSH that leads to it."""
        return f"ssh -F {self.folder}/config"

    @property
    def cdcl(self) -> str:
        """The command cdcl there."""
        return f"{sys.executable} -m cdcl"

    def start(self) -> None:
        """Make keys and start the server."""
        for name in ("host", "key"):
            made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
            subprocess.run(made, check=True)
        words = " ".join(f'{name}="{value}"' for name, value in self._environment.items())
        (self.folder / "sshd_config").write_text(
            SETTINGS.format(port=self._port, folder=self.folder, environment=words)
        )
        (self.folder / "config").write_text(CLIENT.format(port=self._port, folder=self.folder))
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        self.go_up()

    def go_up(self) -> None:
        """Start the server."""
        program = sshd()
        assert program is not None
        self._server = subprocess.Popen([program, "-D", "-e", "-f", str(self.folder / "sshd_config")])
        for _ in range(100):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("sshd does not listen")

    def go_down(self) -> None:
        """End the server and every session, as a network that breaks does."""
        if self._server is not None:
            subprocess.run(["pkill", "-KILL", "-P", str(self._server.pid)], check=False)
            self._server.kill()
            self._server.wait()
            self._server = None
