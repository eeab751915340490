"""The networks of the table, and timm's: which one is meant, and how it wants to see this screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdcl.config import ModelConfig
from cdcl.config.known_models import KNOWN_MODELS, KnownModel, allows_commerce
from cdcl.errors import ModelError, unknown_name
from cdcl.events import Warned
from cdcl.inference.network_channels import matched_channels, named_channels
from cdcl.inference.network_choice import SHARED, Network
from cdcl.models.hub import pretrained_config
from cdcl.models.layouts import recognise
from cdcl.models.weight_files import read_weights, tensors_of
from cdcl.models.weight_sources import source_of_known
from cdcl.models.weights import first_kernel
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cdcl.inference.network_choice import Choice
    from cdcl.models.architecture import Architecture
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def model_of_timm(name: str) -> KnownModel:
    """Take one of timm's networks that is not in the table, with the licence that timm gives.

    Raises
    ------
    ModelError
        If timm knows no network of that name, or no file of it.
    """
    timm = pretrained_config(name)
    if timm is None or not timm.hf_hub_id:
        raise ModelError(
            f"{unknown_name('model', name, KNOWN_MODELS)} Or give timm's name of a network, or the path of a file or "
            "folder."
        )
    licence = str(timm.license or "not stated")
    page = f"https://huggingface.co/{timm.hf_hub_id}"
    about = {"repository": timm.hf_hub_id, "intensities": normalisation_of(timm.mean)}
    return KnownModel(name, name, licence, page, commercial=allows_commerce(licence), **about)


def normalisation_of(mean: Sequence[float]) -> str:
    """Name what a network of timm wants, by the mean of its colours: -1 to 1 (Google's), or ImageNet's numbers."""
    return "symmetric" if set(mean) == {0.5} else "imagenet"


def model_of_layers(architecture: Architecture, file: Path) -> KnownModel:
    """Tell which network of the table a file is of whose layers no other network has; its own sizes are kept.

    Raises
    ------
    ModelError
        If no network of the table sees as many channels, or several do.
    """
    model = architecture.model
    fitting = {
        name: known
        for name, known in KNOWN_MODELS.items()
        if known.backbone == model.backbone and len(known.channels) in (0, architecture.num_channels)
    }
    if not fitting:
        raise ModelError(f"{file} sees {architecture.num_channels} channels, as no published network of its kind does.")
    if len(fitting) > 1:
        each = "; ".join(f"{option('as')} {name}: {', '.join(known.channels)}" for name, known in fitting.items())
        raise ModelError(f"{file} may be one of {len(fitting)} networks, which no layer tells. Say which: {each}.")
    (known,) = fitting.values()
    own = {name: getattr(model, name) for name in ("patch", "width", "depth", "heads")}
    return replace(known, shape={**own, **known.shape}, view_size=architecture.view_size)


def known_network(known: KnownModel, file: Path, choice: Choice, screen: Screen) -> Task[Network]:
    """Match a known network's channels to the screen's, and hold its file against them.

    Raises
    ------
    ModelError
        If channels are unclear, or not as many as the network or the file has.
    """
    if choice.channels == (SHARED,):
        yield from _shown_alone(known, screen)
    if choice.channels and choice.channels != (SHARED,):
        channels = named_channels(choice.channels, screen)
    elif known.channels:
        channels = yield from matched_channels(known, screen)
    elif known.num_channels:
        raise ModelError(
            f"{known.title} sees {known.num_channels} channels, whose order is not published with it; say which of "
            f"{', '.join(screen.channels)} they are, in its order: {option('channels')} A,B,..."
        )
    else:
        channels = screen.channels
    kind = "shared" if known.shared or choice.channels == (SHARED,) else "together"
    if kind == "together" and not known.together:
        _check_count(known, file, channels)
    model = ModelConfig(
        **{"backbone": known.backbone, "channels": kind, "pretrained": str(file), "drop_path": 0.0, **known.shape}
    )
    source = source_of_known(known, str(file))
    return Network(model, channels, known.intensities, known.view_size, known.pixel_size, source)


def _shown_alone(known: KnownModel, screen: Screen) -> Task[None]:
    """Refuse to show channels one at a time to a network of several roles; warn where it takes any, all at once."""
    if known.channels or known.num_channels:
        roles = ", ".join(known.channels) or f"{known.num_channels} channels"
        raise ModelError(
            f"{known.title} sees {roles} together, never one at a time; say which of {', '.join(screen.channels)} they "
            f"are, in its order: {option('channels')} A,B,..."
        )
    if known.together:
        yield Warned(f"{known.title} was made to see all channels together, and is shown each alone, as was asked.")


def _check_count(known: KnownModel, file: Path, channels: tuple[str, ...]) -> None:
    """Hold the number of channels against what the network sees, and what the file has kernels for."""
    wanted = len(known.channels) or known.num_channels
    if len(channels) != wanted:
        raise ModelError(f"{known.title} sees {wanted} channels; {option('channels')} names {len(channels)}.")
    weights = recognise(tensors_of(read_weights(file)), str(file)).weights
    kernel = first_kernel(weights)
    if kernel and weights[kernel].shape[1] != wanted:
        raise ModelError(
            f"{file}: {kernel} {tuple(weights[kernel].shape)} sees {weights[kernel].shape[1]} channels, {known.title} "
            f"{wanted} ({', '.join(known.channels) or 'in an order of its own'}); {option('as')} says which network it "
            "is."
        )
