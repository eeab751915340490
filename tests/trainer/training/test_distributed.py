"""Two processes give what one gives."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from cdcl.config.recipes import write_config
from cdcl.methods import METHODS
from cdcl.runs import Run
from cdcl.screen.tables import write_screen
from cdcl.tasks import finish
from cdcl.training import train
from cdcl.training.checkpoints import load_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

TINY_MODEL = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 2, "heads": 2}

LOOP = """
import sys
from pathlib import Path
from cdcl.config import load_config
from cdcl.readers import read_screen
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train
folder = Path(sys.argv[1])
screen = read_screen(folder / "screen.csv")
finish(train(load_config(str(folder / "config.toml")), screen, Run(folder / "two"), cache_folder=folder / "cache"))
"""

ONE_STEP = """
import sys, torch
from pathlib import Path
from torch.nn.parallel import DistributedDataParallel
sys.path.insert(0, str(Path(sys.argv[1]) / "tests"))
from one_step import gradients_of
from cdcl.training.distributed import joined_team
with joined_team(torch.device("cpu")) as team:
    for config in sorted(Path(sys.argv[1]).glob("*/config.toml")):
        found = gradients_of(config.parent, team.rank, team.size)
        if team.leads:
            torch.save(found, config.parent / "two.pt")
"""

STEP_MODULE = """
import torch
from torch.nn.parallel import DistributedDataParallel
from cdcl.config import load_config
from cdcl.data.batches import Batch
from cdcl.methods import ScreenInfo, Progress, build_method

def gradients_of(folder, rank, size):
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    method = build_method(load_config(str(folder / "config.toml")), ScreenInfo(2, 16, 4, (4, 4)))
    method.train()
    if size > 1:
        method.wrap_ddp(DistributedDataParallel(method.student, broadcast_buffers=False))
    views = [torch.randn(2, 8, 2, 16, 16) for _ in range(2)]  # of one size: timm resizes positions in float32
    mine = slice(rank * 8 // size, (rank + 1) * 8 // size)
    rows, domains = torch.arange(8), torch.stack([torch.arange(8) % 2, 1 - torch.arange(8) % 2])
    parts = tuple(view[:, mine].flatten(0, 1) for view in views)
    batch = Batch(parts, 2, 2, rows[mine], rows[mine], domains[:, mine], (rows % 4)[mine])
    method.step(batch, Progress(0, 10)).loss.backward()
    method.after_update(batch, Progress(0, 10))
    trained = {name: p.grad for name, p in method.student.named_parameters() if p.grad is not None}
    return {**trained, **{f"buffer {name}": value for name, value in method.named_buffers()}}
"""


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_two_ranks_have_the_gradients_of_one_process(tiny_config: Callable[..., RunConfig], tmp_path: Path) -> None:
    for method in METHODS:
        (tmp_path / method).mkdir()
        # Drop path draws in each process for itself; everything else is the same by construction.
        config = tiny_config(method, model={**TINY_MODEL, "drop_path": 0.0})
        write_config(config, tmp_path / method / "config.toml")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "one_step.py").write_text(STEP_MODULE)
    run_ranks(ONE_STEP, tmp_path, size=2)
    scope: dict[str, Any] = {}
    exec(STEP_MODULE, scope)
    for method in METHODS:
        two = torch.load(tmp_path / method / "two.pt", weights_only=True)
        try:
            one = scope["gradients_of"](tmp_path / method, 0, 1)
        finally:
            torch.set_default_dtype(torch.float32)
        assert one.keys() == two.keys(), method
        for name, value in one.items():
            torch.testing.assert_close(two[name], value, rtol=1e-8, atol=1e-10, msg=f"{method}: {name}")


def test_two_ranks_train_as_one_process_does(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    config = tiny_config(steps=4, model={**TINY_MODEL, "drop_path": 0.0})
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    finish(train(config, tiny_screen, Run(tmp_path / "one"), cache_folder=tmp_path / "cache"))
    write_config(config, tmp_path / "config.toml")
    write_screen(tiny_screen, tmp_path / "screen.csv")
    run_ranks(LOOP, tmp_path, size=2)
    logs = [Run(tmp_path / name).log.read_text().splitlines() for name in ("one", "two")]
    assert [line.split(",")[0] for line in logs[0]] == [line.split(",")[0] for line in logs[1]]
    one, two = ([float(line.split(",")[2]) for line in log[1:]] for log in logs)
    assert two == pytest.approx(one, rel=1e-3)
    assert len(load_state(Run(tmp_path / "two"))[0]["method"]) > 0


RANKS_LATER = """
import json, sys
from pathlib import Path
import torch
from cdcl.methods.collapse import effective_rank
from cdcl.methods.method import StepOutput
from cdcl.training import step_report
from cdcl.training.distributed import joined_team
folder, found = Path(sys.argv[1]), []
def counted(features):
    found.append(effective_rank(features))
    return found[-1]
step_report.effective_rank = counted
with joined_team(torch.device("cpu")) as team:
    features = {
        name: torch.randn(40, width, generator=torch.Generator().manual_seed(10 * team.rank + width))
        for name, width in (("narrow", 3), ("wide", 17))
    }
    shown = {"loss": torch.tensor(2.0 + team.rank), **features}
    reports = [
        step_report.report_step(step, torch.tensor(True), StepOutput(torch.tensor(1.0)), shown if logged else {}, team)
        for step, logged in enumerate((True, False, True))
    ]
    at_once = len(found)
    later = [report.read()[2] for report in reports]
    own = {name: float(effective_rank(value)) for name, value in features.items()}
    (folder / f"{team.rank}.json").write_text(json.dumps({"at_once": at_once, "later": later, "own": own}))
"""


def test_ranks_of_features_are_found_when_a_step_is_read_and_averaged_over_processes(tmp_path: Path) -> None:
    run_ranks(RANKS_LATER, tmp_path, size=2)
    told = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2)]
    assert told[0]["own"] != told[1]["own"]
    for one in told:
        assert one["at_once"] == 0, "no step waits for singular values"
        logged, silent, again = one["later"]
        assert silent == {}
        assert logged == again
        assert logged["loss"] == 2.5
        for name in ("narrow", "wide"):
            assert logged[name] == pytest.approx(sum(each["own"][name] for each in told) / 2, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_the_survivor_of_a_killed_process_ends_with_a_line_and_the_run_goes_on(
    victim: int, tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    run = Run(tmp_path / "run")
    write_config(tiny_config(steps=1_000_000, save_every=20, log_every=1), tmp_path / "config.toml")
    write_screen(tiny_screen, tmp_path / "screen.csv")
    begin = ["train", "config.toml", "--screen", "screen.csv", "--out", "run", "--cache", "cache"]
    ranks = start_ranks(["-m", "cdcl", *begin], tmp_path, size=2)
    try:
        wait_for(lambda: run.checkpoint_steps(), ranks)
        ranks[victim].kill()
        survivor = ranks[1 - victim]
        _, errors = survivor.communicate(timeout=60)
    finally:
        for rank in ranks:
            rank.kill()
    assert survivor.returncode == 2, errors.decode()
    (line,) = [line for line in errors.decode().splitlines() if line.startswith("cdcl: ")]
    assert "another process of this training died or went silent" in line
    assert "start the same command with --resume" in line
    assert b"Traceback" not in errors
    step = run.checkpoint_steps()[-1]
    (again,) = start_ranks(["-m", "cdcl", *begin, "--resume", "--set", f"steps={step + 2}"], tmp_path, size=1)
    _, errors = again.communicate(timeout=120)
    assert again.returncode == 0, errors.decode()
    assert f"resumed at step {step} of {step + 2}" in errors.decode()


def wait_for(condition: Callable[[], object], ranks: list[subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        assert all(rank.poll() is None for rank in ranks), [rank.communicate()[1].decode() for rank in ranks]
        time.sleep(0.1)


def run_ranks(script: str, folder: Path, *, size: int) -> None:
    for rank in start_ranks(["-c", script, str(folder)], folder, size=size):
        _, errors = rank.communicate(timeout=180)
        assert rank.returncode == 0, errors.decode()


def start_ranks(arguments: list[str], folder: Path, *, size: int) -> list[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[3] / "trainer"),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": free_port(),
        "WORLD_SIZE": str(size),
        "OMP_NUM_THREADS": "1",
    }
    return [
        subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env={**environment, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
        )
        for rank in range(size)
    ]


GUIDED = """
import sys, torch
from pathlib import Path
from torch.nn.parallel import DistributedDataParallel
from cdcl.config import load_config
from cdcl.data.batches import Batch
from cdcl.methods import ScreenInfo, Progress, build_method
from cdcl.training.distributed import joined_team

def gradients_of(folder, rank, size):
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    facts = ScreenInfo(2, 16, 4, (4, 4), guide_sizes=(4, 2, 0, 3))
    method = build_method(load_config(str(folder / "config.toml")), facts)
    method.train()
    if size > 1:
        method.distribute(lambda student: DistributedDataParallel(student, broadcast_buffers=False))
    views = [torch.randn(2, 8, 2, 16, 16) for _ in range(2)]
    mine = slice(rank * 8 // size, (rank + 1) * 8 // size)
    rows, domains = torch.arange(8), torch.stack([torch.arange(8) % 2, 1 - torch.arange(8) % 2])
    names = torch.stack([rows % 4, (rows + 1) % 4])
    names[0, :3] = -1  # unknown, and more of them in the first process than in the second
    dose = torch.randn(2, 8)
    dose[1, 4:7] = torch.nan
    truths = tuple(truth[:, mine] for truth in (names, domains, dose, (names + 1).clamp(max=3) - 1))
    parts = tuple(view[:, mine].flatten(0, 1) for view in views)
    batch = Batch(parts, 2, 2, rows[mine], rows[mine], domains[:, mine], (rows % 4)[mine], truths)
    for step in range(2):  # in the second the contrast has seen its values
        method.zero_grad()
        method.step(batch, Progress(5 + step, 10)).loss.backward()
        method.after_update(batch, Progress(5 + step, 10))
    trained = {name: p.grad for name, p in method.student.named_parameters() if p.grad is not None}
    return {**trained, **{f"buffer {name}": value for name, value in method.named_buffers()}}

if __name__ == "__main__":
    with joined_team(torch.device("cpu")) as team:
        found = gradients_of(Path(sys.argv[1]), team.rank, team.size)
        if team.leads:
            torch.save(found, Path(sys.argv[1]) / "two.pt")
"""


@pytest.mark.slow
def test_two_ranks_with_guides_have_the_gradients_of_one_process(
    tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    guides = [
        {"column": "treatment", "hidden": 8},
        {"column": "batch", "keep": False, "hidden": 8},
        {"column": "dose", "kind": "regress", "hidden": 8, "balance": False},
        {"column": "gene", "kind": "contrast", "hidden": 8},
    ]
    write_config(tiny_config("cdcl", model={**TINY_MODEL, "drop_path": 0.0}, guides=guides), tmp_path / "config.toml")
    run_ranks(GUIDED, tmp_path, size=2)
    two = torch.load(tmp_path / "two.pt", weights_only=True)
    scope: dict[str, Any] = {"__name__": "guided"}
    exec(GUIDED, scope)
    try:
        one = scope["gradients_of"](tmp_path, 0, 1)
    finally:
        torch.set_default_dtype(torch.float32)
    assert one.keys() == two.keys()
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-8, atol=1e-10, msg=name)
