"""A cluster, and a screen that is trained on within seconds."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))

from slurm_on_loopback import Cluster, missing_programs
from ssh_on_loopback import HeadNode, sshd
from tiny_run import tiny_config

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run a controller and two nodes for all tests."""
    missing = missing_programs()
    if missing:
        pytest.skip(f"no SLURM here ({', '.join(missing)} missing): `make test-cluster` installs it")
    # A socket's path may be no longer than 107 letters, and pytest's own folders are deep.
    folder = Path(tempfile.mkdtemp(prefix="slurm"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with `screen.csv` of 16 fields on four plates in two batches, and `tiny.toml`."""
    rng = np.random.default_rng(0)
    lines = ["plate,well,site,batch,treatment,control,path,channel_names"]
    for number in range(16):
        tifffile.imwrite(tmp_path / f"{number}.tif", rng.poisson(200, (2, 32, 32)).astype(np.uint16))
        treatment, plate = f"T{number // 4}", number % 4
        control = "negative" if treatment == "T0" else ""
        place = f"P{plate},A{number // 4 + 1:02d},1,B{plate % 2}"
        lines.append(f"{place},{treatment},{control},{number}.tif,DNA;Actin")
    (tmp_path / "screen.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "tiny.toml").write_text(tiny_config(steps=40, batch_size=8, save_every=1000))
    return tmp_path


@pytest.fixture(scope="session")
def head(cluster: Cluster) -> Iterator[HeadNode]:
    """Run an ssh server whose sessions see the cluster."""
    if sshd() is None:
        pytest.skip("no sshd here: `make test-cluster` installs it")
    folder = cluster.folder / "ssh"
    folder.mkdir(mode=0o700)
    wanted = {"SLURM_CONF", "PYTHONPATH", "OMP_NUM_THREADS"}
    node = HeadNode(folder, {name: value for name, value in cluster.environment.items() if name in wanted})
    try:
        node.start()
        yield node
    finally:
        node.go_down()
