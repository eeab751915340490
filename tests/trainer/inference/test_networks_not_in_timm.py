"""SubCell and OpenPhenom describe a screen from files in their published layout; kept, exported and trained on."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import tifffile
import torch
from torch.nn import functional as F

from cdcl.attention import Question
from cdcl.cli import main
from cdcl.config import ModelConfig
from cdcl.errors import ModelError
from cdcl.events import Warned
from cdcl.inference import attend, embed, load_model
from cdcl.inference.exports import export_network
from cdcl.inference.frozen import frozen_config, keep_frozen
from cdcl.inference.models import on_screen
from cdcl.inference.network_choice import Choice
from cdcl.inference.public_networks import find_network
from cdcl.models.backbones import build_backbone
from cdcl.runs import Run, start_run
from cdcl.screen.tables import write_screen
from cdcl.tasks import finish
from cdcl.training import train

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
import plain_openphenom as phenom
from plain_subcell import draw_pooling, pooled, subcell_file
from plain_transformer import Shape, draw, run_tokens

if TYPE_CHECKING:
    from cdcl.inference.models import TrainedModel
    from cdcl.screen import Screen

ATLAS = ("Hoechst", "Protein")
BG = Shape(channels=2)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    torch.save(phenom.published(phenom.draw()), folder / "model.safetensors")
    for channels in (2, 3):
        shape = Shape(channels=channels)
        torch.save(subcell_file(draw(shape), shape), folder / f"subcell-{channels}.pth")
    return folder


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Decoded pixels, once for this file's tests."""
    return tmp_path_factory.mktemp("pixels")


def keep(choice: Choice, screen: Screen, run: Path, cache: Path, *overrides: str) -> TrainedModel:
    """Make the run of a frozen network, as `cdcl embed --model` does, and load it."""
    found = finish(find_network(choice, screen))
    config = finish(frozen_config(found, screen, ["precision=fp32", *overrides]))
    kept = start_run(run, config)
    finish(keep_frozen(found, config, screen, kept, cache_folder=cache))
    return load_model(run, "cpu")


@pytest.fixture(scope="module")
def openphenom(
    files: Path, tiny_screen: Screen, tmp_path_factory: pytest.TempPathFactory, own_cache: Path
) -> TrainedModel:
    choice = Choice(str(files / "model.safetensors"))
    return keep(choice, tiny_screen, tmp_path_factory.mktemp("runs") / "phenom", own_cache, "views.window=40")


@pytest.fixture(scope="module")
def subcell(
    files: Path, tiny_screen: Screen, tmp_path_factory: pytest.TempPathFactory, own_cache: Path
) -> TrainedModel:
    choice = Choice(str(files / "subcell-2.pth"), channels=("DNA", "Actin"), heads=2)
    return keep(choice, tiny_screen, tmp_path_factory.mktemp("runs") / "subcell", own_cache, "views.window=40")


def shown_to(model: TrainedModel, screen: Screen, cache: Path) -> tuple[np.ndarray[Any, Any], torch.Tensor]:
    """Embed a screen; gives profiles, and the views that the encoder was shown, (24, C, 16, 16), float64."""
    views: list[torch.Tensor] = []
    handle = model.encoder.register_forward_pre_hook(
        lambda _, inputs: views.append(inputs[0].double()), prepend=True
    )  # before the views are normalised
    try:
        values = finish(embed(model, screen, cache_folder=cache)).values
    finally:
        handle.remove()
    shown = torch.cat(views)
    pixels = tifffile.imread(screen.folder / screen.sites["path"][4]).astype(np.float64)
    view = F.interpolate(torch.from_numpy(pixels)[None], (16, 16), mode="bilinear", antialias=True)
    assert np.corrcoef(shown[4].flatten(), view.flatten())[0, 1] > 0.8, "this field's noise, resized"
    return values, shown


def standardised(views: torch.Tensor) -> torch.Tensor:
    return (views - views.mean((2, 3), keepdim=True)) / views.std((2, 3), keepdim=True, correction=0)


def test_openphenom_gives_a_field_its_mean_over_patches_of_all_channels(
    openphenom: TrainedModel, tiny_screen: Screen, own_cache: Path
) -> None:
    values, views = shown_to(openphenom, tiny_screen, own_cache)
    tokens, _, _ = phenom.run(phenom.draw(), standardised(views))
    np.testing.assert_allclose(values, tokens[:, 1:].mean(1).numpy(), atol=1e-3)


def test_subcell_gives_a_field_its_pooled_tokens(subcell: TrainedModel, tiny_screen: Screen, own_cache: Path) -> None:
    values, views = shown_to(subcell, tiny_screen, own_cache)
    low, high = views.amin((2, 3), keepdim=True), views.amax((2, 3), keepdim=True)
    tokens, _ = run_tokens(draw(BG), BG, (views - low) / (high - low), eps=1e-12)
    np.testing.assert_allclose(values, pooled(draw_pooling(BG), tokens).numpy(), atol=1e-3)


def test_openphenom_takes_a_screen_of_another_number_of_channels(
    openphenom: TrainedModel, tiny_screen: Screen, own_cache: Path
) -> None:
    alone = replace(tiny_screen, channels=("DNA",))
    one = on_screen(openphenom, alone)
    assert one.channels == ("DNA",)
    assert one.channel_order(tiny_screen) == [0]
    images = torch.randn(2, 1, 16, 16)
    assert one.encoder(images).shape == (2, phenom.WIDTH)
    assert openphenom.encoder(torch.randn(2, 2, 16, 16)).shape == (2, phenom.WIDTH)


def test_channels_are_joined_and_named_where_that_is_asked(
    files: Path, tiny_screen: Screen, tmp_path: Path, own_cache: Path
) -> None:
    choice = Choice(str(files / "model.safetensors"))
    model = keep(choice, tiny_screen, tmp_path / "run", own_cache, "model.channel_pooling=concat")
    profiles = finish(embed(model, tiny_screen, cache_folder=own_cache))
    assert profiles.names[0] == "emb_DNA_0000"
    assert profiles.names[phenom.WIDTH] == "emb_Actin_0000"
    assert len(profiles.names) == 2 * phenom.WIDTH


def test_attention_of_openphenom_is_a_map_a_channel(
    openphenom: TrainedModel, tiny_screen: Screen, own_cache: Path
) -> None:
    ask = {"cache_folder": own_cache}
    rollout = finish(attend(openphenom, tiny_screen, 0, Question(kind="rollout"), **ask))
    assert rollout.names == ("DNA, rollout", "Actin, rollout")
    assert rollout.maps.shape == (2, 4, 4)
    assert 0 < rollout.maps.sum() < 1, "shares of both channels, beside the class token's own"
    heads = finish(attend(openphenom, tiny_screen, 0, Question(kind="heads"), **ask))
    assert heads.names == ("DNA, head 1", "DNA, head 2", "Actin, head 1", "Actin, head 2")
    pixels = tifffile.imread(tiny_screen.folder / tiny_screen.sites["path"][0]).astype(np.float64)
    view = F.interpolate(torch.from_numpy(pixels)[None], (16, 16), mode="bilinear", antialias=True)
    _, maps, _ = phenom.run(phenom.draw(), standardised(view))
    actin = maps[-1][0, 1, 0, 1 + 16 :].reshape(4, 4).numpy()
    np.testing.assert_allclose(heads.maps[3], actin, atol=2e-3)
    keys = finish(attend(openphenom, tiny_screen, 0, Question(kind="keys", patch=(1, 2)), **ask))
    assert keys.maps[0, 1, 2] == pytest.approx(1, abs=1e-5)
    assert keys.maps[1, 1, 2] == pytest.approx(1, abs=1e-5)


def test_its_licence_is_said_and_kept_though_only_the_file_was_named(
    files: Path, tiny_screen: Screen, openphenom: TrainedModel, tmp_path: Path
) -> None:
    heard: list[Any] = []
    finish(find_network(Choice(str(files / "model.safetensors")), tiny_screen), heard.append)
    assert any(isinstance(event, Warned) and "NOT for commercial use" in event.message for event in heard)
    folder = finish(export_network(openphenom, "torchscript", tmp_path / "out"))
    assert json.loads((folder / "network.json").read_text())["source"]["commercial"] is False
    assert "NOT for commercial use" in (folder / "README.md").read_text()


@pytest.mark.parametrize("name", ["openphenom", "subcell"])
@pytest.mark.parametrize("form", ["torchscript", pytest.param("onnx", marks=pytest.mark.slow)])
def test_an_export_gives_the_features_that_the_run_gives(
    request: pytest.FixtureRequest, name: str, form: str, tmp_path: Path
) -> None:
    model: TrainedModel = request.getfixturevalue(name)
    images = torch.randn(3, 2, 16, 16, generator=torch.Generator().manual_seed(1))
    if form == "onnx":
        onnxruntime = pytest.importorskip("onnxruntime")
        folder = finish(export_network(model, form, tmp_path / form))
        session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
        theirs = torch.as_tensor(session.run(None, {"images": images.numpy()})[0])
    else:
        folder = finish(export_network(model, form, tmp_path / form))
        theirs = torch.jit.load(str(folder / "model.pt"))(images)
    with torch.inference_mode():
        torch.testing.assert_close(theirs, model.encoder(images), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["openphenom", "subcell"])
@pytest.mark.parametrize(("form", "library"), [("timm", "timm"), ("hf", "transformers")])
def test_a_library_without_such_a_network_is_refused_in_a_line(
    request: pytest.FixtureRequest, name: str, form: str, library: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=rf"^{library} has no network '{name}'; --to onnx and --to torchscript"):
        finish(export_network(request.getfixturevalue(name), form, tmp_path / form))
    assert not (tmp_path / form).exists()


def test_roles_of_subcell_are_matched_by_name_or_asked(files: Path, tiny_screen: Screen) -> None:
    atlas = replace(tiny_screen, channels=("Protein", "Hoechst"))
    found = finish(find_network(Choice(str(files / "subcell-2.pth"), heads=2), atlas))
    assert found.channels == ("Hoechst", "Protein")
    assert (found.intensities, found.source["title"]) == ("image_minmax", "SubCell ViT-B/16 (bg, 2024)")
    with pytest.raises(ModelError, match=r"which of the screen's channels .*Protein: none.*--channels A,B"):
        finish(find_network(Choice(str(files / "subcell-2.pth"), heads=2), tiny_screen))


def test_which_three_channels_subcell_saw_is_asked(files: Path, tiny_screen: Screen) -> None:
    path = str(files / "subcell-3.pth")
    with pytest.raises(ModelError, match=r"--as subcell-rbg: Microtubule, DNA, Protein; --as subcell-ybg: ER, DNA"):
        finish(find_network(Choice(path, channels=("DNA", "Actin", "DNA")), tiny_screen))
    with pytest.raises(ModelError, match=r"\(24, 3, 4, 4\) sees 3 channels, SubCell .*\(rybg, 2024\) 4 \(Microtubule"):
        finish(find_network(Choice(path, "subcell", channels=("DNA", "Actin", "DNA", "Actin")), tiny_screen))
    with pytest.raises(ModelError, match="sees 3 channels; --channels names 2"):
        finish(find_network(Choice(path, "subcell-ybg", channels=("DNA", "Actin")), tiny_screen))


def test_channels_one_at_a_time_are_warned_of_or_refused(files: Path, tiny_screen: Screen) -> None:
    heard: list[Any] = []
    alone = Choice(str(files / "model.safetensors"), channels=("shared",))
    assert finish(find_network(alone, tiny_screen), heard.append).model.channels == "shared"
    assert sum(isinstance(event, Warned) and "is shown each alone" in event.message for event in heard) == 1
    refused = Choice(str(files / "subcell-2.pth"), channels=("shared",), heads=2)
    with pytest.raises(ModelError, match=r"sees DNA, Protein together, never one at a time; say which of DNA, Actin"):
        finish(find_network(refused, tiny_screen))


SIZES = {"patch": 4, "width": 24, "depth": 3, "heads": 2}


@pytest.mark.parametrize("name", ["openphenom", "subcell"])
def test_a_training_starts_from_its_run(request: pytest.FixtureRequest, name: str) -> None:
    model: TrainedModel = request.getfixturevalue(name)
    settings = {"backbone": name, "pretrained": str(model.folder.parents[1]), **SIZES}
    start = build_backbone(ModelConfig(**settings), 2, 16)
    for parameter, value in start.state_dict().items():
        torch.testing.assert_close(value, model.encoder.state_dict()[parameter], rtol=0, atol=0)


SAID = ["--heads", "2", "--channels", "DNA,Actin"]
LAST_BLOCK = {"optimizer": {"trained_blocks": 1, "layer_decay": 0.5}}


@pytest.mark.parametrize("name", ["openphenom", "subcell"])
@pytest.mark.parametrize("more", [{}, pytest.param(LAST_BLOCK, marks=pytest.mark.slow)])
def test_a_training_goes_on_from_its_file(
    name: str, more: dict[str, Any], files: Path, tiny_screen: Screen, tiny_config: Any, tmp_path: Path, own_cache: Path
) -> None:
    file = files / {"openphenom": "model.safetensors", "subcell": "subcell-2.pth"}[name]
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    config = tiny_config(steps=4, model={"backbone": name, "pretrained": str(file), **SIZES}, **more)
    finish(train(config, tiny_screen, run, cache_folder=own_cache))
    tuned = load_model(run.folder, "cpu").encoder
    start = build_backbone(config.model, 2, 16)
    source = load_model(run.folder, "cpu").source
    assert source["title"].startswith("fine-tuned from "), "the licence goes along"
    assert source["commercial"] is {"openphenom": False, "subcell": None}[name]
    moved = {n.split(".")[0] for n, value in tuned.named_parameters() if not value.equal(start.state_dict()[n])}
    assert "pos_embed" not in moved or name == "subcell"
    assert "blocks" in moved
    assert ("patch_embed" in moved) == (not more)


@pytest.mark.parametrize(("file", "more"), [("model.safetensors", []), ("subcell-2.pth", SAID)])
def test_the_verb_leaves_a_run_with_profiles(
    file: str, more: list[str], files: Path, tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path / "cache"))
    write_screen(tiny_screen, tmp_path / "screen.parquet")
    out = tmp_path / "run"
    asked = ["embed", "--model", str(files / file), "--screen", str(tmp_path / "screen.parquet"), "-o", str(out)]
    assert main([*asked, *more, "--cells", str(tmp_path / "missing.parquet")]) == 2
    assert not out.exists(), "what is missing is said before there is a folder"
    assert main([*asked, *more]) == 0
    assert len(pd.read_parquet(out / "profiles" / "site.parquet")) == 24
