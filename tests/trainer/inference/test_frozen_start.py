"""What a run begins with: channels matched by name, the usual magnification, a network that is only used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from safetensors.torch import load_file

from cdcl.errors import ConfigError
from cdcl.events import Warned
from cdcl.inference import embed, load_model
from cdcl.runs import Run
from cdcl.screen import Screen
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig

TINY = {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 1, "heads": 2}

Train = "Callable[..., tuple[Run, list[str]]]"


@pytest.fixture
def trained(tiny_config: Callable[..., RunConfig], tmp_path: Path, cache_folder: Path) -> Train:
    def make(name: str, screen: Screen, **changes: object) -> tuple[Run, list[str]]:
        run = Run(tmp_path / name)
        run.folder.mkdir()
        heard: list[object] = []
        finish(train(tiny_config(**changes), screen, run, cache_folder=cache_folder), heard.append)
        return run, [event.message for event in heard if isinstance(event, Warned)]

    return make


def swapped(screen: Screen, folder: Path, channels: tuple[str, ...]) -> Screen:
    """Give the same fields with their channels in the opposite order, called `channels`."""
    for path in screen.sites["path"]:
        tifffile.imwrite(folder / path, tifffile.imread(screen.folder / path)[::-1])
    return Screen(screen.sites, channels, folder)


def first_kernel(run: Run) -> np.ndarray:
    return load_file(run.checkpoints / "0" / "weights.safetensors")["patch_embed.proj.weight"].numpy()


def test_no_steps_leave_a_run_whose_network_is_as_it_began(
    trained: Train, tiny_screen: Screen, cache_folder: Path
) -> None:
    run, _ = trained("zero", tiny_screen, steps=0)
    assert run.checkpoint_steps() == [0]
    profiles = finish(embed(load_model(run.folder), tiny_screen, cache_folder=cache_folder))
    assert profiles.values.shape == (24, 16)


def test_pretrained_kernels_follow_the_names_of_channels(trained: Train, tiny_screen: Screen, tmp_path: Path) -> None:
    first, _ = trained("first", tiny_screen, steps=0)
    model = load_model(first.folder).config.model.model_dump()
    model["pretrained"] = str(first.folder)
    mirrored = swapped(tiny_screen, tmp_path, ("Actin", "DNA"))
    again, warned = trained("again", mirrored, steps=0, model=model, seed=7)
    np.testing.assert_array_equal(first_kernel(again), first_kernel(first)[:, ::-1])
    assert not any("channel" in line for line in warned)

    other = replace(tiny_screen, channels=("DNA", "Phase"))
    changed, warned = trained("other", other, steps=0, model=model, seed=7)
    np.testing.assert_array_equal(first_kernel(changed)[:, 0], first_kernel(first)[:, 0])
    np.testing.assert_allclose(first_kernel(changed)[:, 1], first_kernel(first).mean(1), rtol=1e-6)
    assert any("Phase are new to them" in line for line in warned)


def test_a_run_with_a_stem_of_convolutions_can_be_a_start(trained: Train, tiny_screen: Screen) -> None:
    shape = {**TINY, "stem": "conv"}
    first, _ = trained("first", tiny_screen, steps=0, model=shape)
    again, _ = trained("again", tiny_screen, steps=0, seed=9, model={**shape, "pretrained": str(first.folder)})
    before, after = (load_file(run.checkpoints / "0" / "weights.safetensors") for run in (first, again))
    assert all((before[name] == after[name]).all() for name in before)


def test_one_network_a_channel_can_be_a_start_channel_by_channel(trained: Train, tiny_screen: Screen) -> None:
    shape = {**TINY, "channels": "apart"}
    first, _ = trained("first", tiny_screen, steps=0, model=shape)
    again, _ = trained("again", tiny_screen, steps=0, seed=9, model={**shape, "pretrained": str(first.folder)})
    before, after = (load_file(run.checkpoints / "0" / "weights.safetensors") for run in (first, again))
    assert all((before[name] == after[name]).all() for name in before)


def test_views_that_a_patch_does_not_divide_are_refused_before_any_pixel_is_decoded(
    trained: Train, tiny_screen: Screen, cache_folder: Path
) -> None:
    views = {"global_crops": {"size": 16, "count": 2}, "local_crops": {"size": 10, "count": 2}}
    with pytest.raises(ConfigError, match=r"local views of 10 pixels are no multiple .* of 4; 8 or 12 are"):
        trained("odd", tiny_screen, views=views)
    assert not list(cache_folder.glob("*")) if cache_folder.exists() else True


def test_one_small_image_does_not_set_the_magnification(
    trained: Train, tiny_screen: Screen, tmp_path: Path, cache_folder: Path
) -> None:
    for number, path in enumerate(tiny_screen.sites["path"]):
        image = tifffile.imread(tiny_screen.folder / path)
        tifffile.imwrite(tmp_path / path, image[:, :12, :30] if number == 5 else image)
    run, warned = trained("small", Screen(tiny_screen.sites, tiny_screen.channels, tmp_path), steps=0)
    usual, _ = trained("usual", tiny_screen, steps=0)
    assert load_model(run.folder).tile == load_model(usual.folder).tile
    assert any("much smaller than the usual 40 pixels" in line for line in warned)


def test_whole_fields_of_several_sizes_do_not_depend_on_each_other(
    trained: Train, tiny_screen: Screen, tmp_path: Path, cache_folder: Path
) -> None:
    for number, path in enumerate(tiny_screen.sites["path"]):
        image = tifffile.imread(tiny_screen.folder / path)
        tifffile.imwrite(tmp_path / path, image[:, : 40 - 4 * (number % 3)])
    screen = Screen(tiny_screen.sites, tiny_screen.channels, tmp_path)
    run, _ = trained("whole", screen, steps=0, embedding={"mode": "field", "batch_size": 7}, precision="fp32")
    model = load_model(run.folder)
    single = model.config.embedding.model_copy(update={"batch_size": 1})
    one = replace(model, config=model.config.model_copy(update={"embedding": single}))
    together, alone = (finish(embed(m, screen, cache_folder=cache_folder)).values for m in (model, one))
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


def test_features_of_one_network_a_channel_carry_its_name(
    trained: Train, tiny_screen: Screen, cache_folder: Path
) -> None:
    run, _ = trained("apart", tiny_screen, steps=0, model={**TINY, "channels": "apart"})
    names = finish(embed(load_model(run.folder), tiny_screen, cache_folder=cache_folder)).names
    assert (names[0], names[16], len(names)) == ("emb_DNA_0000", "emb_Actin_0000", 32)


@pytest.mark.parametrize("pooling", ["concat", "mean"])
def test_a_shared_network_trains_on_two_channels_and_embeds_three(
    trained: Train, tiny_screen: Screen, tmp_path: Path, cache_folder: Path, pooling: str
) -> None:
    model = {**TINY, "channels": "shared", "channel_pooling": pooling}
    run, _ = trained("shared", tiny_screen, model=model, precision="fp32")
    for path in tiny_screen.sites["path"]:
        image = tifffile.imread(tiny_screen.folder / path)
        tifffile.imwrite(tmp_path / path, image[[1, 0, 1]])
    wide = Screen(tiny_screen.sites, ("Phase", "DNA", "Actin"), tmp_path)
    two, three = (finish(embed(load_model(run.folder), s, cache_folder=cache_folder)) for s in (tiny_screen, wide))
    if pooling == "mean":
        assert three.values.shape == (24, 16)
        return
    assert three.names[::16] == ("emb_Phase_0000", "emb_DNA_0000", "emb_Actin_0000")
    np.testing.assert_allclose(three.values[:, 16:], two.values, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(three.values[:, :16], two.values[:, 16:], rtol=1e-4, atol=1e-5)
