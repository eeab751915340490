"""`cdcl send`: the end on the cluster, which `cdcl follow` starts there."""

from __future__ import annotations

import json
import sys
import threading
from typing import TYPE_CHECKING

from cdcl.cli.parser import UsageError
from cdcl.clusters.remote.sender import Sender
from cdcl.runs import Run

if TYPE_CHECKING:
    from argparse import Namespace


def perform(args: Namespace) -> None:
    """Print what is new of a run, until its job is over or standard input ends."""
    sender = Sender(Run(args.run), args.job, _known(sys.stdin.readline()))
    threading.Thread(target=_listen, args=(sender,), daemon=True).start()
    for line in sender.lines():
        print(line, flush=True)  # noqa: T201


def _known(line: str) -> dict[str, tuple[int, str]]:
    try:
        return {str(name): (int(size), str(digest)) for name, (size, digest) in json.loads(line or "{}").items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError("`cdcl follow` on the other machine is of another version; install the same.") from error


def _listen(sender: Sender) -> None:
    for line in sys.stdin:
        if line.strip() == "stop":
            sender.ask_to_stop()
    sender.gone.set()
