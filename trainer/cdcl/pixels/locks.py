"""One process fills a cache at a time; the others wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cdcl.events import Advanced, Began, Ended
from cdcl.locks import Lock, read_owner

if TYPE_CHECKING:
    from cdcl.tasks import Task

_POLL_SECONDS = 0.2
"""Between two tries for the lock: a wait that nobody notices beside the decoding of a screen."""


class FillLock(Lock):
    """A file that names the process which fills a cache; a dead process' lock is taken over."""

    def acquire(self) -> Task[None]:
        """Take the lock, after waiting for another process that holds it."""
        if self.take():
            return
        owner = read_owner(self.path)
        who = f"process {owner.pid} on {owner.host}" if owner else "another process"
        yield Began(f"waiting for {who}, which fills {self.path.parent}", None, "second")
        began = time.monotonic()
        while not self.take():
            yield Advanced(int(time.monotonic() - began))
            time.sleep(_POLL_SECONDS)
        yield Ended()
