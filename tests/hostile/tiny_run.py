"""A network so small that a run takes seconds, and a verb in a child that was forked: what hostile tests share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

NETWORK = """\
recipe = "tiny"
log_every = 1
workers = 0
device = "cpu"
precision = "fp32"
[views.global_crops]
count = 2
size = 16
[views.local_crops]
count = 0
size = 8
[model]
backbone = "vit_tiny_patch16_224"
patch = 8
width = 16
depth = 1
heads = 2
[method]
name = "dino"
prototypes = 16
hidden = 16
bottleneck = 8
"""


def tiny_config(**settings: int) -> str:
    """Give a config in TOML: `steps`, `batch_size`, `save_every`, `probes`, and the network."""
    return "".join(f"{name} = {value}\n" for name, value in settings.items()) + NETWORK


def call(folder: Path, verb: Sequence[str], prepare: Callable[[int], None]) -> tuple[int, int]:
    """Fork a child that runs a verb in `folder`, and what it prints goes to `<folder>.told`.

    The child calls `prepare` with a descriptor that it may write to. Gives its number and the other end of that pipe.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    os.setsid()
    os.chdir(folder)
    os.environ |= {"CDCL_CACHE": str(folder / "cache"), "HOME": str(folder / "home")}
    told = os.open(f"{folder}.told", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(told, 1)
    os.dup2(told, 2)
    prepare(writing)
    from cdcl.cli import main

    os._exit(main(list(verb)))
