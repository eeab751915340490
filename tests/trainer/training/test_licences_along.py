"""The terms of a public network go along: fine-tuned, branched, given away, exported, begun again, embedded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdcl.inference import embed, load_model
from cdcl.inference.exports.exporting import export_network
from cdcl.runs import Run, branch_run, export_model, start_run
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

TINY = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 1, "heads": 2}
TERMS = {"licence": "L, non-commercial", "commercial": False, "page": "https://example.org"}


def test_from_fine_tuning_over_a_branch_and_an_export_to_a_new_training_and_its_profiles(
    tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, cache_folder: Path
) -> None:
    def trained(run: Run, config: RunConfig, *, resume: bool = False) -> Run:
        finish(train(config, tiny_screen, run, resume=resume, cache_folder=cache_folder))
        return run

    def start(name: str, **changes: Any) -> Run:
        config = tiny_config("dino", **changes)
        return trained(start_run(tmp_path / name, config), config)

    public = start("public", steps=0, model=TINY)
    card = public.checkpoints / "0" / "weights.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), "source": {"title": "X", **TERMS}}))
    tuned = {"title": "fine-tuned from X", **TERMS}

    first = start("first", steps=2, save_every=1, model={**TINY, "pretrained": str(public.folder)})
    assert terms(load_model(first.folder, "cpu").source) == tuned

    # Its source is gone by then, as on another machine: the checkpoint itself must say it.
    public.folder.rename(tmp_path / "moved")
    config = tiny_config("dino", steps=3, model={**TINY, "pretrained": str(tmp_path / "moved")}, optimizer={"lr": 1e-4})
    branch = trained(branch_run(first.checkpoints / "1", tmp_path / "branch", config), config, resume=True)
    second = tiny_config("dino", steps=4, optimizer={"lr": 1e-5}, model=TINY)
    twice = trained(branch_run(branch.folder, tmp_path / "twice", second), second, resume=True)
    for run in (branch, twice):
        assert terms(load_model(run.folder, "cpu").source) == tuned

    given = export_model(twice, tmp_path / "given")
    assert terms(load_model(given, "cpu").source) == tuned
    exported = finish(export_network(load_model(twice.folder, "cpu"), "timm", tmp_path / "exported"))
    assert terms(json.loads((exported / "network.json").read_text())["source"]) == tuned
    assert (
        "fine-tuned from X, licence L, non-commercial. NOT for commercial use." in (exported / "README.md").read_text()
    )

    for name, place in {"on": given, "again": exported}.items():
        model = load_model(start(name, steps=2, model={**TINY, "pretrained": str(place)}).folder, "cpu")
        assert terms(model.source) == tuned
        profiles = finish(embed(model, tiny_screen, cache_folder=cache_folder))
        assert profiles.provenance == {"title": "fine-tuned from X", "licence": "L, non-commercial"}


def terms(source: Any) -> dict[str, Any]:
    return {name: source.get(name) for name in ("title", *TERMS)}
