"""Two processes give what one gives."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from cdcl.config.recipes import write_config
from cdcl.runs import Run
from cdcl.screen.tables import write_screen
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

SCRIPT = """
import sys
from pathlib import Path
from cdcl.config import load_config
from cdcl.readers import read_screen
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train
config, table, folder = map(Path, sys.argv[1:])
screen = read_screen(table)
finish(train(load_config(str(config)), screen, Run(folder / "two"), cache_folder=folder / "cache"))
"""


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.parametrize("method", ["cdcl", "dino", "supervised"])
def test_two_ranks_end_where_one_process_ends(
    method: str, tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    # Noise and drop path draw per process; everything else is drawn for the global batch and shared out.
    model = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 2, "heads": 2, "drop_path": 0.0}
    config = tiny_config(method, steps=3, model=model)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    finish(train(config, tiny_screen, Run(tmp_path / "one"), cache_folder=tmp_path / "cache"))
    write_config(config, tmp_path / "config.toml")
    write_screen(tiny_screen, tmp_path / "screen.csv")
    run_two_ranks(tmp_path)
    states = [
        torch.load(tmp_path / name / "checkpoints" / "3" / "state.pt", weights_only=True) for name in ("one", "two")
    ]
    for name, value in states[0]["method"].items():
        torch.testing.assert_close(states[1]["method"][name], value, rtol=1e-4, atol=1e-6, msg=name)


def run_two_ranks(folder: Path) -> None:
    root = Path(__file__).parents[3]
    environment = {
        **os.environ,
        "PYTHONPATH": str(root / "trainer"),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": free_port(),
        "WORLD_SIZE": "2",
        "OMP_NUM_THREADS": "1",
    }
    arguments = [str(folder / name) for name in ("config.toml", "screen.csv")] + [str(folder)]
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, *arguments],
            env={**environment, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
        )
        for rank in range(2)
    ]
    for rank in ranks:
        _, errors = rank.communicate(timeout=120)
        assert rank.returncode == 0, errors.decode()
