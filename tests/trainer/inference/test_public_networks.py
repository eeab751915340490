"""A public network embeds a screen without training: found, matched, kept as a run, exported and opened again."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
import torch
from safetensors.torch import load_file, save_file

from cdcl.config import ModelConfig
from cdcl.config.known_models import KNOWN_MODELS, plays
from cdcl.errors import ModelError
from cdcl.events import Said, Warned
from cdcl.inference import attend, embed, load_model
from cdcl.inference.exports import NETWORK_FORMS, export_network
from cdcl.inference.frozen import frozen_config, keep_frozen
from cdcl.inference.network_choice import Choice
from cdcl.inference.public_networks import find_network
from cdcl.models.backbones import build_backbone
from cdcl.runs import Run, start_run
from cdcl.tasks import finish

sys.path.insert(0, str(Path(__file__).parent))
from own_process import run_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.screen import Screen

SHAPE = {"backbone": "vit_tiny_patch16_224", "patch": 8, "width": 32, "depth": 2, "heads": 2}


@pytest.fixture
def keep(tiny_screen: Screen, tmp_path: Path, cache_folder: Path) -> Callable[..., Run]:
    """Make the run of a frozen network from a file of random weights for `channels` channels."""

    def make(num: int, *overrides: str, screen: Screen = tiny_screen, name: str = "run", **choice: Any) -> Run:
        torch.manual_seed(3)
        network = build_backbone(ModelConfig(**SHAPE), num, 32)
        file = tmp_path / f"{name}.safetensors"
        save_file(network.state_dict(), file)
        found = finish(find_network(Choice(str(file), heads=2, **choice), screen))
        config = finish(frozen_config(found, screen, ["precision=fp32", *overrides]))
        run = start_run(tmp_path / name, config)
        finish(keep_frozen(found, config, screen, run, cache_folder=cache_folder))
        return run

    return make


def test_a_frozen_network_leaves_a_run_whose_features_are_its_own(
    keep: Callable[..., Run], tiny_screen: Screen, tmp_path: Path, cache_folder: Path
) -> None:
    run = keep(2, "views.window=40", channels=("Actin", "DNA"))
    model = load_model(run.folder)
    assert model.channels == ("Actin", "DNA")
    values = finish(embed(model, tiny_screen, cache_folder=cache_folder)).values
    pixels = tifffile.imread(tiny_screen.folder / tiny_screen.sites["path"][4])[::-1].astype(np.float32)
    view = torch.nn.functional.interpolate(torch.from_numpy(pixels)[None], (32, 32), mode="bilinear", antialias=True)
    view = (view - view.mean((2, 3), keepdim=True)) / view.std((2, 3), keepdim=True, correction=0)
    plain = build_backbone(ModelConfig(**SHAPE), 2, 32).eval()
    plain.load_state_dict(load_file(tmp_path / "run.safetensors"))
    with torch.inference_mode():
        expected = plain(view)[0].numpy()
    np.testing.assert_allclose(values[4], expected, atol=2e-2)  # views travel in half precision
    assert finish(attend(model, tiny_screen, 0, cache_folder=cache_folder)).maps.shape == (2, 4, 4)


def test_a_network_of_one_channel_sees_each_channel_alone(
    keep: Callable[..., Run], tiny_screen: Screen, cache_folder: Path
) -> None:
    run = keep(1)
    profiles = finish(embed(load_model(run.folder), tiny_screen, cache_folder=cache_folder))
    assert (profiles.names[0], profiles.names[32], len(profiles.names)) == ("emb_DNA_0000", "emb_Actin_0000", 64)


def test_an_order_of_channels_that_no_file_tells_is_asked(keep: Callable[..., Run]) -> None:
    with pytest.raises(ModelError, match=r"sees 2 channels and does not say which; .*--channels A,B"):
        keep(2)
    with pytest.raises(ModelError, match="sees 3 channels; --channels names 2"):
        keep(3, channels=("DNA", "Actin"), name="three")


@pytest.mark.parametrize(
    ("channel", "role", "fits"),
    [
        ("Hoechst", "DNA", True),
        ("DAPI", "DNA", True),
        ("MitoTracker", "Mito", True),
        ("OrigER", "ER", False),
        ("Alexa 488 - ConA", "ER", True),
        ("SYTO 14 (RNA)", "RNA", True),
        ("Actin", "AGP", False),
        ("Phalloidin/WGA", "AGP", True),
        ("Tubulin", "DNA", False),
        ("Hoechst33342", "DNA", True),
        ("SYTO14", "RNA", True),
        ("ConcanavalinA", "ER", True),
        ("Concanavalin A", "ER", True),
        ("Phalloidin568", "AGP", True),
        ("SYTOX", "RNA", False),
        ("protein", "Protein", True),
        ("protein of interest", "Protein", True),
        ("Protein (antibody)", "Protein", True),
        ("proteasome", "Protein", False),
        ("Tubulin", "Microtubule", True),
        ("alpha-tubulin", "Microtubule", True),
        ("microtubules", "Microtubule", True),
        ("Mito", "Microtubule", False),
    ],
)
def test_roles_are_told_by_whole_words_and_dyes(channel: str, role: str, fits: bool) -> None:
    assert plays(role, channel) == fits


def test_roles_of_a_known_network_are_matched_by_dye_or_asked(tiny_screen: Screen, tmp_path: Path) -> None:
    known = KNOWN_MODELS["cell-dino-cp"]
    file = tmp_path / "w.safetensors"
    save_file({"patch_embed.proj.weight": torch.zeros(4, 5, 2, 2)}, file)
    painted = replace(tiny_screen, channels=("MitoTracker", "ConA", "Hoechst", "SYTO", "WGA"))
    heard: list[Any] = []
    found = finish(find_network(Choice(str(file), "cell-dino-cp"), painted), heard.append)
    assert found.channels == ("Hoechst", "SYTO", "ConA", "WGA", "MitoTracker")
    assert any(isinstance(event, Warned) and "NOT for commercial use" in event.message for event in heard)
    assert found.source["licence"] == known.licence
    with pytest.raises(ModelError, match=r"which of the screen's channels .*RNA: none"):
        finish(find_network(Choice(str(file), "cell-dino-cp"), tiny_screen))


def test_every_known_network_can_be_built_and_takes_its_views() -> None:
    for name, known in KNOWN_MODELS.items():
        config = ModelConfig(**{"backbone": known.backbone, **known.shape})
        with torch.device("meta"):
            network = build_backbone(config, max(1, len(known.channels), known.num_channels), known.view_size)
        assert network.num_features, name  # type: ignore[truthy-bool]


def test_a_licence_is_accepted_before_anything_is_fetched(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDCL_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"MIT, .* must be accepted once .*--accept-licence"):
        finish(find_network(Choice("morphem"), tiny_screen))
    for accepts in (True, False):  # once
        with pytest.raises(ModelError, match=r"hf download CaicedoLab/MorphEm model\.safetensors"):
            finish(find_network(Choice("morphem", accepts_licence=accepts), tiny_screen))


def test_the_scale_of_a_known_network_is_kept_where_both_pixel_sizes_are_known(
    tiny_screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cdcl.inference.network_choice import Network

    heard: list[Any] = []
    network = Network(ModelConfig(**SHAPE), tiny_screen.channels, "image", 32, pixel_size=0.25, source={"title": "x"})
    config = finish(frozen_config(network, replace(tiny_screen, pixel_size=0.5)), heard.append)
    assert config.views.window == 16
    assert any(
        isinstance(event, Said) and "windows of 16 pixels become views of 32" in event.message for event in heard
    )


def test_a_run_or_an_exported_folder_of_ours_is_taken_as_its_card_says(
    keep: Callable[..., Run], tiny_screen: Screen, tmp_path: Path, cache_folder: Path
) -> None:
    run = keep(2, channels=("DNA", "Actin"))
    found = finish(find_network(Choice(str(run.folder)), tiny_screen))
    config = finish(frozen_config(found, tiny_screen))
    again = start_run(tmp_path / "again", config)
    finish(keep_frozen(found, config, tiny_screen, again, cache_folder=cache_folder))
    first, second = (load_model(r.folder) for r in (run, again))
    values = [finish(embed(model, tiny_screen, cache_folder=cache_folder)).values for model in (first, second)]
    np.testing.assert_array_equal(*values)


@pytest.mark.parametrize("form", NETWORK_FORMS)
@pytest.mark.parametrize("channels", [1, 2])
def test_another_laboratory_opens_an_export_by_the_lines_of_its_readme(
    keep: Callable[..., Run], tmp_path: Path, form: str, channels: int
) -> None:
    if form == "onnx":
        pytest.importorskip("onnxruntime")
    if form == "hf":
        pytest.importorskip("transformers")
    run = keep(channels, **({"channels": ("DNA", "Actin")} if channels == 2 else {}))
    model = load_model(run.folder, "cpu")
    folder = finish(export_network(model, form, tmp_path / form))
    readme = (folder / "README.md").read_text()
    lines = readme.split("```python\n")[1].split("```")[0]
    wide = 1 if channels == 1 and form in ("timm", "hf") else 2
    images = torch.randn(3, wide, 32, 32, generator=torch.Generator().manual_seed(1))
    torch.save(images, tmp_path / "images.pt")
    given = f"images = torch.load('{tmp_path}/images.pt')" + (".numpy()" if form == "onnx" else "")
    kept = f"import torch\ntorch.save(torch.as_tensor(features).detach().clone(), '{tmp_path}/features.pt')"
    run_lines("import torch\n" + re.sub(r"^images = .*$", given, lines, flags=re.MULTILINE) + kept, folder)
    theirs = torch.load(tmp_path / "features.pt")
    with torch.inference_mode():
        if form in ("timm", "hf"):  # there the reader normalises, as network.json says
            bare = build_backbone(ModelConfig(**SHAPE), wide, 32).eval()
            bare.load_state_dict(load_file(tmp_path / "run.safetensors"))
            ours = bare(images)
        else:
            ours = model.encoder(images)
    torch.testing.assert_close(theirs, ours, rtol=1e-5, atol=1e-5)
    card = json.loads((folder / "network.json").read_text())
    assert card["normalisation"]["method"] == "image"
    assert card["source"]["licence"] == "unknown"


def test_a_stem_of_convolutions_goes_along_as_code_for_timm(
    tiny_screen: Screen, tiny_config: Callable[..., Any], tmp_path: Path, cache_folder: Path
) -> None:
    from cdcl.training import train

    run = Run(tmp_path / "run")
    run.folder.mkdir()
    config = tiny_config(steps=0, model={**SHAPE, "patch": 4, "stem": "conv"})
    finish(train(config, tiny_screen, run, cache_folder=cache_folder))
    model = load_model(run.folder, "cpu")
    folder = finish(export_network(model, "timm", tmp_path / "out"))
    lines = (folder / "README.md").read_text().split("```python\n")[1].split("```")[0]
    run_lines(f"{lines}torch.save(features, 'f.pt')", folder)
    with torch.inference_mode():
        ours = model.encoder(torch.zeros(1, 2, model.view_size, model.view_size))
    torch.testing.assert_close(torch.load(folder / "f.pt"), ours, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("tf_efficientnet_lite0.in1k", "symmetric"),
        ("vit_small_patch16_224.augreg_in1k", "symmetric"),
        ("vit_small_patch16_224.dino", "imagenet"),
    ],
)
def test_a_network_of_timm_is_shown_what_it_was_trained_on(
    name: str, wanted: str, tiny_screen: Screen, tmp_path: Path
) -> None:
    backbone = name.partition(".")[0]
    save_file(build_backbone(ModelConfig(backbone=backbone), 3, 224).state_dict(), tmp_path / "any.safetensors")
    found = finish(find_network(Choice(str(tmp_path / "any.safetensors"), known_as=name), tiny_screen))
    assert (found.intensities, found.model.channels) == (wanted, "shared")


def test_an_exported_folder_says_its_channels_heads_and_scale(
    keep: Callable[..., Run], tiny_screen: Screen, tmp_path: Path
) -> None:
    run = keep(2, "views.window=20", "intensities.method=image_minmax", channels=("Actin", "DNA"))
    folder = finish(export_network(load_model(run.folder, "cpu"), "timm", tmp_path / "out"))
    heard: list[Any] = []
    found = finish(find_network(Choice(str(folder)), tiny_screen), heard.append)
    assert (found.channels, found.intensities, found.model.heads) == (("Actin", "DNA"), "image_minmax", 2)
    assert (found.view_size, found.window) == (32, 20)
    assert finish(frozen_config(found, tiny_screen)).views.window == 20
    card = json.loads((folder / "network.json").read_text())
    card["source"] |= {"title": "X", "licence": "Y", "commercial": False}
    (folder / "network.json").write_text(json.dumps(card))
    again = finish(find_network(Choice(str(folder)), tiny_screen), heard.append)
    assert (again.source["licence"], again.source["commercial"]) == ("Y", False)
    assert any("NOT for commercial use" in str(getattr(event, "message", "")) for event in heard)
    (folder / "network.json").write_text('{"channels": 3, "normalisation": [], "view_size": "x", "arguments": 1}')
    with pytest.raises(ModelError, match="sees 2 channels and does not say which"):
        finish(find_network(Choice(str(folder)), tiny_screen))


def test_a_network_for_any_channels_takes_those_of_another_screen(
    keep: Callable[..., Run], tiny_screen: Screen
) -> None:
    run = keep(1)
    other = replace(tiny_screen, channels=("ER", "Mito"))
    assert finish(find_network(Choice(str(run.folder)), other)).channels == ("ER", "Mito")


def test_weights_of_another_shape_name_the_settings_that_fit(keep: Callable[..., Run]) -> None:
    run = keep(2, channels=("DNA", "Actin"))
    config = ModelConfig(backbone="vit_small_patch16_224", pretrained=str(run.folder), stem="conv", patch=4)
    with pytest.raises(ModelError, match=r"Its own: --set model\.stem=patch --set model\.patch=8 .*model\.heads=2\.$"):
        build_backbone(config, 2, 32)
    plain = ModelConfig(backbone="vit_small_patch16_224", pretrained=str(run.folder))
    with pytest.raises(ModelError, match=r"does not fit .* Its own: --set model\.patch=8 --set model\.width=32 "):
        build_backbone(plain, 2, 32)
