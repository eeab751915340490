"""A file or folder of anybody's weights: what network it is of, by its layers, and what no file tells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cdcl.config import ModelConfig
from cdcl.config.known_models import use_in_words
from cdcl.events import Said, Warned
from cdcl.inference.known_files import tell_terms
from cdcl.inference.known_networks import known_network, model_of_layers, normalisation_of
from cdcl.inference.network_channels import channels_of_file
from cdcl.inference.network_choice import GREY, SHARED, Network
from cdcl.models.architecture import read_architecture
from cdcl.models.hub import pretrained_config
from cdcl.models.layouts import recognise
from cdcl.models.not_in_timm import NOT_IN_TIMM
from cdcl.models.weight_files import read_weights, tensors_of
from cdcl.models.weight_sources import exported_facts, heads_beside, read_exported, source_beside
from cdcl.wording import option

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.inference.network_choice import Choice
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def network_of_file(file: Path, choice: Choice, screen: Screen) -> Task[Network]:
    """Read from a file what network it is of; what no file tells is asked for, or said.

    Raises
    ------
    ModelError
        If the file cannot be read, its layers are of no network that is known, or channels are unclear.
    """
    found = recognise(tensors_of(read_weights(file)), str(file))
    heads = choice.heads or heads_beside(file)
    architecture = read_architecture(found.weights, str(file), heads)
    model = architecture.model
    if model.backbone in NOT_IN_TIMM:
        known = model_of_layers(architecture, file)
        yield Said(f"{file.name}: the layers are those of {known.title}")
        yield from tell_terms(known)
        return (yield from known_network(known, file, choice, screen))
    yield Said(f"{file.name}: layout {found.layout}, {_in_words(model)}, {architecture.num_channels} channels")
    if model.heads and heads is None:
        yield Said(
            f"heads are taken to be {model.heads}: 64 numbers a head, as published networks have; {option('heads')} N "
            "says else"
        )
    if found.left_out:
        yield Said(f"left out, for they are no part of the encoder: {', '.join(found.left_out)}")
    source = yield from _source_of_file(file)
    exported = exported_facts(file)
    if len(exported.channels) == architecture.num_channels > 1 and not choice.channels:
        choice = replace(choice, channels=exported.channels)
    channels, kind = channels_of_file(architecture.num_channels, choice, screen)
    if kind == SHARED and architecture.num_channels not in (1, GREY):
        yield Warned(
            f"{file.name} was trained on {architecture.num_channels} channels together, and is shown each alone, the "
            "same in all: nobody has trained it for that."
        )
    method = exported.method
    if not method:
        method = _intensities_of(model.backbone) if architecture.num_channels == 3 and kind == SHARED else "image"
        yield Said(
            f"intensities are taken as '{method}', for the file does not say what it was trained on; {option('set')} "
            "intensities.method=... says it"
        )
    settings = {**model.model_dump(), "channels": kind, "pretrained": str(file)}
    size = exported.view_size or min(architecture.view_size, 224)
    return Network(ModelConfig(**settings), channels, method, size, 0.0, source, window=exported.window)


def _source_of_file(file: Path) -> Task[dict[str, Any]]:
    """Say the licence that stands beside a file of ours, or that none does."""
    found = source_beside(file)
    if found:
        use = use_in_words(found.get("commercial", True))
        line = f"{found.get('title')}: licence of the weights {found.get('licence')}"
        yield Warned(f"{line}; {use}") if use else Said(line)
        return {**found, "file": str(file)}
    if "made_by" in read_exported(file):
        return {"title": "cdcl, exported", "licence": "your own", "file": str(file)}
    yield Warned(f"the licence of {file} is not known to cdcl; look for it where you had the file from.")
    return {"title": file.name, "licence": "unknown", "commercial": None, "page": "", "file": str(file)}


def _intensities_of(backbone: str) -> str:
    """Name what a network of natural images was trained on; one name stands for many transformers, and they differ."""
    known = pretrained_config(backbone) if backbone.startswith("tf_efficientnet") else None
    return "imagenet" if known is None else normalisation_of(known.mean)


def _in_words(model: ModelConfig) -> str:
    if model.width is None:
        return model.backbone
    return f"a Vision Transformer of {model.depth} blocks, {model.width} wide, patch {model.patch}"
