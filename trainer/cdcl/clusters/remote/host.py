"""The head node of a cluster, reached by the system's ssh."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass

from cdcl.errors import RunError

SECONDS = 60
"""For one command on the head node; ssh itself gives up earlier where nobody answers."""

_OPTIONS = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15")
"""No question that nobody could answer; a dead connection is noticed within a minute (three silent intervals)."""

_UNREACHED = 255
"""ssh's own status, where it is not the command's."""

_DESTINATION = re.compile(r"[A-Za-z0-9_][\w.@:%\[\]-]*")
"""A name of `~/.ssh/config`, or USER@HOST; never something that ssh would read as an option."""


@dataclass(frozen=True, slots=True)
class Host:
    """Where jobs are submitted.

    Attributes
    ----------
    destination
        What one types after `ssh`.
    cdcl
        The command `cdcl` there, words joined as in a shell.
    """

    destination: str
    cdcl: str = "cdcl"

    def check(self) -> None:
        """Refuse a destination that ssh would take for an option.

        Raises
        ------
        RunError
            If it is one.
        """
        if _DESTINATION.fullmatch(self.destination) is None:
            raise RunError(f"{self.destination!r} is no host for ssh: write a name of ~/.ssh/config, or USER@HOST.")

    def command(self, script: str) -> list[str]:
        """Give the command that runs a shell's lines there, as a login does: module systems and SLURM need it."""
        ssh = shlex.split(os.environ.get("CDCL_SSH", "ssh"))
        return [*ssh, *_OPTIONS, self.destination, "--", shlex.join(["bash", "-lc", script])]

    def call(self, script: str, content: bytes = b"") -> str:
        """Run a shell's lines there and give what they printed.

        Raises
        ------
        RunError
            If the host cannot be reached, or a line fails; its own words are told.
        """
        self.check()
        try:
            done = subprocess.run(
                self.command(script), input=content, capture_output=True, check=False, timeout=SECONDS
            )
        except FileNotFoundError as error:
            raise RunError("there is no ssh on this machine; install OpenSSH's client.") from error
        except subprocess.TimeoutExpired as error:
            raise RunError(f"{self.destination} did not answer within {SECONDS} s.") from error
        said = done.stderr.decode("utf-8", "replace")
        if done.returncode == _UNREACHED:
            raise RunError(unreached(self.destination, said))
        if done.returncode:
            raise RunError(f"{self.destination}: {last_line(said) or f'the command ended with {done.returncode}'}")
        return done.stdout.decode("utf-8", "replace")


def unreached(destination: str, said: str) -> str:
    """Say that ssh found no way in, and what to try."""
    return (
        f"ssh does not reach {destination} ({last_line(said) or 'it says nothing'}). "
        f"`ssh {destination} true` in a terminal must work without a question: set up a key, and accept the host once."
    )


def last_line(said: str) -> str:
    """Give the last line of what a command said, which is mostly why it failed."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].removeprefix("cdcl: error: ")[:400] if lines else ""
