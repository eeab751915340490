"""The fine-tuning recipes from a small random network in timm's layout: two stages, and a gain that is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file, save_file

from cdcl.cli import main
from cdcl.models.torchvision_shim import import_timm
from cdcl.report import write_report
from cdcl.runs import Run
from cdcl.screen.tables import write_screen

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.screen import Screen

TINY = (
    *("model.backbone=vit_tiny_patch16_224", "model.patch=4", "model.width=16", "model.depth=2", "model.heads=2"),
    *("model.lora=2", "method.prototypes=16", "method.hidden=16", "method.bottleneck=8"),
    *("views.global_crops.size=16", "views.local_crops.size=8", "views.local_crops.count=2"),
    *("steps=6", "batch_size=8", "save_every=2", "log_every=1", "device=cpu", "precision=fp32", "workers=0"),
    *("optimizer.head_first=0.7", "optimizer.head_ramp=0.3", "optimizer.lr=1e-2", "probes=0"),
    *("split.by=batch", "split.validation=B3"),
)


def a_network(path: Path) -> dict[str, torch.Tensor]:
    """Write a random Vision Transformer of RGB images as timm names its parts."""
    torch.manual_seed(0)
    network = import_timm().create_model(
        "vit_tiny_patch16_224", img_size=16, patch_size=4, embed_dim=16, depth=2, num_heads=2, num_classes=0
    )
    state = network.state_dict()
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path)
    return state


@pytest.mark.parametrize(("recipe", "file"), [("cdcl-finetune", "vit.safetensors"), ("dino-finetune", "vit.pth")])
def test_a_recipe_runs_from_a_file_to_its_gain(
    recipe: str, file: str, tiny_screen: Screen, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start, run, screen = a_network(tmp_path / file), Run(tmp_path / "run"), tmp_path / "screen.csv"
    write_screen(tiny_screen, screen)
    settings = [word for setting in (*TINY, f"model.pretrained={tmp_path / file}") for word in ("--set", setting)]
    words = ["train", recipe, "--screen", str(screen), "--out", str(run.folder), "--cache", str(tmp_path / "cache")]
    assert main([*words, *settings]) == 0
    told = capsys.readouterr().err.strip().splitlines()
    assert any("fine-tuning" in line and "over the frozen start" in line for line in told[-4:])

    first, last = (load_file(run.checkpoints / str(step) / "weights.safetensors") for step in (4, 6))
    blocks = [name for name in start if name.startswith("blocks.")]
    assert all(torch.equal(first[name], start[name]) for name in blocks)  # the head alone learned
    moved = {name for name in blocks if not torch.equal(last[name], start[name])}
    assert moved
    assert all(name.endswith(("attn.qkv.weight", "attn.proj.weight")) for name in moved)  # adapters, merged

    found = json.loads((run.checkpoints / "6" / "weights.json").read_text())["validation"]
    (line,) = [line for line in told if "over the frozen start" in line]
    assert f"{found['validation_gain']:+.3f}" in line
    verdict = "gained on" if found["validation_gain"] > found["validation_gain_null"] else "no more than chance"
    assert ("lost" if found["validation_gain"] < 0 else verdict) in line
    page = write_report(run).read_text(encoding="utf-8")
    assert "What fine-tuning gained" in page
    assert f"Fine-tuning {line.partition('fine-tuning ')[2]}".rstrip(".") in page
