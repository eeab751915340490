"""Work in a child that may take one GB more than it has, and ten seconds."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.errors import CDCLError

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 10
MEMORY = 2**30

LINUX = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is bounded by what Linux tells of it")


def in_little_memory(work: Callable[[], object]) -> str:
    """Call `work` in a child of one GB more than it has, and give the error that it ends in."""
    # Arrow reserves its arenas at the first string; they are no memory that the work takes.
    pd.Series(["a"]).fillna("").astype(str)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)
        begun = time.process_time()
        try:
            work()
            said = "nothing was refused"
        except CDCLError as error:
            said = str(error)
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        took = time.process_time() - begun
        os.write(writing, (said if took < SECONDS else f"took {took:.0f} s").encode("utf-8", "replace")[:4000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said
