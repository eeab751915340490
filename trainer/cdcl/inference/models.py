"""A trained encoder with all that is needed to use it: channels, intensities, the scale it was trained at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.torch import load_file

from cdcl.bounded import check_regular, read_json
from cdcl.config.recipes import check_config
from cdcl.data.tiles import mean_tile
from cdcl.errors import ConfigError, ModelError
from cdcl.models.backbones import build_encoder, patch_of
from cdcl.models.channelwise import is_joined_by_channel, takes_any_channels
from cdcl.models.token_features import features_of
from cdcl.pixels.illumination import Illumination
from cdcl.pixels.intensities import Intensities
from cdcl.training.checkpoints import CARD, WEIGHTS, checkpoint_steps
from cdcl.training.devices import pick_device

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import torch
    from torch import nn

    from cdcl.config import RunConfig
    from cdcl.screen import Screen

PICKLES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".bin", ".joblib")


def names_by_channel(channels: Sequence[str], each: int) -> tuple[str, ...]:
    """Name the features of networks that see one channel each.

    Parameters
    ----------
    channels
        Their names; two that differ in spaces or capitals alone, "ER 1" and "er_1", are told apart by their number.
    each
        Features a channel.

    Returns
    -------
    tuple of str
        `emb_DNA_0000`, ..., no two alike.
    """
    plain = ["_".join(name.split()) for name in channels]
    alike = [name.casefold() for name in plain]
    told = [f"{name}_{n}" if alike.count(alike[n]) > 1 else name for n, name in enumerate(plain)]
    if len({name.casefold() for name in told}) < len(told):  # "A", "a" and a channel that is called "A_0"
        told = [f"{n}_{name}" for n, name in enumerate(plain)]
    return tuple(f"emb_{name}_{number:04d}" for name in told for number in range(each))


@dataclass(frozen=True)
class TrainedModel:
    """An encoder in evaluation mode and its card.

    Attributes
    ----------
    encoder
        Maps images (n, C, h, h), normalised per plate, to profiles (n, D).
    channels
        Names of the channels in the order the encoder wants them.
    tile
        Side, in pixels of the screen, of what the encoder sees as one view on average.
    source
        Title and licence of the public network that it is or began as; empty where it was trained from scratch.
    illumination
        Light of the plates it was trained on, where it was trained on corrected fields.
    """

    encoder: nn.Module
    config: RunConfig
    channels: tuple[str, ...]
    intensities: Intensities
    tile: int
    folder: Path
    source: Mapping[str, Any] = field(default_factory=dict)
    illumination: Illumination | None = None

    @property
    def device(self) -> torch.device:
        """Where the encoder is."""
        return next(self.encoder.parameters()).device

    @property
    def view_size(self) -> int:
        """Side of a view in pixels of the network."""
        return self.config.views.global_crops.size

    @property
    def patch(self) -> int:
        """Side of a patch in pixels of the network; 1 in a ResNet, which has none."""
        return patch_of(self.encoder)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features: `emb_DNA_0000`, ... where each belongs to one channel; else none, the usual ones."""
        width = int(self.encoder.num_features)  # type: ignore[arg-type]
        if not is_joined_by_channel(self.encoder) or width % len(self.channels):
            return ()
        return names_by_channel(self.channels, width // len(self.channels))

    @property
    def provenance(self) -> dict[str, Any]:
        """What profiles say of where they come from: a public network's title and licence, another block than usual."""
        embedding = self.config.embedding
        taken = {"block": embedding.block, "token": embedding.token}
        unusual = taken if taken != {"block": -1, "token": "cls"} else {}
        return {**{name: self.source[name] for name in ("title", "licence") if name in self.source}, **unusual}

    def channel_order(self, screen: Screen) -> list[int]:
        """Find each of the model's channels in a screen, by name.

        Returns
        -------
        list of int
            Places among `screen.channels`, in the order that the encoder wants.

        Raises
        ------
        ModelError
            If the screen lacks one of the model's channels.
        """
        if takes_any_channels(self.encoder):
            return [screen.channels.index(name) for name in self.channels if name in screen.channels]
        missing = [name for name in self.channels if name not in screen.channels]
        # A frozen network takes its channels out of a screen that has more; one trained here wants all of them.
        if missing or (len(screen.channels) != len(self.channels) and (self.config.steps != 0 or not self.source)):
            raise ModelError(
                f"{self.folder} was trained on the channels {', '.join(self.channels)}; the screen has "
                f"{', '.join(screen.channels)}. Rename the screen's channels if they are the same, else train on them."
            )
        return [screen.channels.index(name) for name in self.channels]


def on_screen(model: TrainedModel, screen: Screen) -> TrainedModel:
    """Give the model as it looks at this screen: a network for any channels takes those there are."""
    if not takes_any_channels(model.encoder) or model.channels == screen.channels:
        return model
    encoder = model.encoder.with_channels(len(screen.channels))  # type: ignore[operator]
    return replace(model, encoder=encoder, channels=screen.channels)


def load_model(run_or_model: Path, device: str = "auto") -> TrainedModel:
    """Load the newest checkpoint of a run, or a folder with weights.safetensors and weights.json.

    Parameters
    ----------
    run_or_model
        Folder of a run, or one with both files, such as a folder of its checkpoints or an exported model.
    device
        "auto" (a GPU where there is one), "cpu", "cuda", "cuda:1" or "mps".

    Returns
    -------
    TrainedModel
        The EMA teacher where the method has one, in evaluation mode, on the device; with the block and token that its
        config asks profiles of.

    Raises
    ------
    ModelError
        If there is nothing of that kind, it is damaged, or it is a pickle (which is never opened).
    ConfigError
        If the device is not on this machine.
    """
    folder = find_model(run_or_model)
    card = _read_card(folder)
    try:
        config = check_config(card["config"], where=str(folder / CARD))
        channels = tuple(card["channels"])
        _check_size(config, len(channels), folder)
        encoder = build_encoder(_bare(config), len(channels))
        encoder.load_state_dict(load_file(folder / WEIGHTS))
        encoder = features_of(encoder, config.embedding.block, config.embedding.token)
        intensities = Intensities.from_dict(card["intensities"])
        light = card.get("illumination")
        illumination = None if light is None else Illumination.from_dict(light)
        tile = mean_tile(config, int(card["field_side"]))
    except ConfigError as error:
        raise ModelError(f"{folder / CARD}: {error}") from error
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError, OSError, SafetensorError) as error:
        raise ModelError(f"{folder} is damaged or not a model of cdcl ({type(error).__name__}: {error}).") from error
    source = card.get("source") or {}
    encoder = encoder.to(pick_device(device)).eval()
    return TrainedModel(encoder, config, channels, intensities, tile, folder, source, illumination)


def _bare(config: RunConfig) -> RunConfig:
    """Leave out what only training needs: where its weights came from."""
    return config.model_copy(update={"model": config.model.model_copy(update={"pretrained": ""})})


def find_model(run_or_model: Path) -> Path:
    """Find the folder that holds the weights: the path itself, or a run's newest checkpoint.

    Returns
    -------
    Path
        With weights.safetensors and weights.json in it.

    Raises
    ------
    ModelError
        If there is none, or the path is a pickle.
    """
    if run_or_model.suffix in PICKLES and not run_or_model.is_dir():
        raise ModelError(
            f"{run_or_model} is a pickle, which could run code when opened; "
            f"give a run, or a folder with {WEIGHTS} and {CARD}."
        )
    if run_or_model.name == WEIGHTS:
        run_or_model = run_or_model.parent
    if (run_or_model / WEIGHTS).exists():
        return run_or_model
    steps = checkpoint_steps(run_or_model / "checkpoints")
    if not steps:
        raise ModelError(f"{run_or_model} is no run with a checkpoint and no folder with {WEIGHTS} and {CARD}.")
    return run_or_model / "checkpoints" / str(steps[-1])


def _check_size(config: RunConfig, num_channels: int, folder: Path) -> None:
    """Hold what the card claims against what the file of weights holds, before any memory is taken for it."""
    size, model = check_regular(folder / WEIGHTS, ModelError), config.model
    if model.width and model.depth:
        # Per block four square matrices for attention and eight for the MLP, as in every Vision Transformer; each
        # number has two bytes at least. A quarter of that is asked for, for leaner blocks.
        claimed = 12 * model.width**2 * model.depth * 2 // 4
        if claimed > size:
            raise ModelError(
                f"{folder / CARD} claims a network of {model.depth} blocks of width {model.width}, for which the "
                f"{size:,} bytes of {WEIGHTS} are too few; bring the card that belongs to the weights."
            )
    if num_channels > 10_000:
        raise ModelError(
            f"{folder / CARD} names {num_channels:,} channels; bring the card that belongs to the weights."
        )


def _read_card(folder: Path) -> dict[str, Any]:
    try:
        card = read_json(folder / CARD, ModelError)
    except (OSError, ModelError) as error:
        raise ModelError(
            f"{folder / CARD} cannot be read ({type(error).__name__}); the weights are of no use without it."
        ) from error
    return card
