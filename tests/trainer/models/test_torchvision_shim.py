"""No torchvision may stop us: absent, working, broken or one that ends the process when it is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

BUILD = """
import torch
from cdcl.config import ModelConfig
from cdcl.models.backbones import build_backbone
for settings in [
    dict(backbone="vit_tiny_patch16_224", width=24, depth=1, heads=3, patch=8, stem="conv"),
    dict(backbone="resnet10t"),
]:
    backbone = build_backbone(ModelConfig(**settings), 5, 32).eval()
    print(tuple(backbone(torch.zeros(2, 5, 32, 32)).shape))
"""

KINDS = {
    "absent": "raise ModuleNotFoundError(\"No module named 'torchvision'\", name='torchvision')",
    "broken": "raise RuntimeError('operator torchvision::nms does not exist')",
    "aborting": "import os; os.abort()",
}


@pytest.fixture(params=KINDS)
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text(KINDS[request.param])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}


def test_networks_are_built_beside_any_torchvision(environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", BUILD], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (0, ["(2, 24)", "(2, 512)"]), done.stderr[-2000:]


def test_a_torchvision_that_works_can_be_imported_before_and_after(tmp_path: Path) -> None:
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text("REAL = True")
    after = f"{BUILD}\nimport torchvision; assert torchvision.REAL"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    subprocess.run([sys.executable, "-c", after], check=True, env=environment)


def test_nothing_empty_is_left_behind() -> None:
    code = """
import sys
from cdcl.models.torchvision_shim import import_timm
finders = list(sys.meta_path)
timm = import_timm()
assert sys.meta_path == finders
assert not [name for name in sys.modules if name.partition(".")[0] == "torchvision"]
assert timm.create_model("vit_tiny_patch16_224", num_classes=0) is not None
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
