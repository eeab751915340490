"""Find the network that a name, a file or a folder means, and how it wants to see a screen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdcl.config import ModelConfig
from cdcl.config.known_models import KNOWN_MODELS, KnownModel, plays
from cdcl.config.recipes import check_config
from cdcl.errors import ModelError, unknown_name
from cdcl.events import Said, Warned
from cdcl.inference.known_files import file_of_known, tell_terms
from cdcl.models.architecture import Architecture, read_architecture
from cdcl.models.hub import pretrained_config
from cdcl.models.layouts import recognise
from cdcl.models.not_in_timm import NOT_IN_TIMM, OPENPHENOM
from cdcl.models.weight_files import CARD, find_weights, read_card, read_weights, tensors_of
from cdcl.models.weight_sources import exported_facts, heads_beside, read_exported, source_beside, source_of_known
from cdcl.models.weights import first_kernel
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdcl.config import RunConfig
    from cdcl.screen import Screen
    from cdcl.tasks import Task

SHARED = "shared"
"""In place of a list of channels: the network looks at each channel alone."""


@dataclass(frozen=True)
class Choice:
    """What the user asked for.

    Attributes
    ----------
    network
        A key of `KNOWN_MODELS`, a name of timm, or the path of a file or folder.
    known_as
        Which known model a file is of; "" where that is not said.
    channels
        The screen's channels in the network's order, or ("shared",); () where they are to be matched.
    accepts_licence
        Whether the licence of what is fetched is accepted.
    heads
        Attention heads, which no file of weights tells; None for 64 numbers a head.
    """

    network: str
    known_as: str = ""
    channels: tuple[str, ...] = ()
    accepts_licence: bool = False
    heads: int | None = None


@dataclass(frozen=True)
class Network:
    """A network that is ready to be built, and how it wants to see this screen.

    Attributes
    ----------
    channels
        The screen's channels in the network's order.
    pixel_size
        Of its training images, in micrometres; 0 where unknown.
    source
        What is written into every card: title, licence, whether it may be used in commerce, the file.
    config
        Of the run that trained it, where cdcl did.
    window
        Side in pixels of what of a field becomes a view, where that is known; else 0.
    """

    model: ModelConfig
    channels: tuple[str, ...]
    intensities: str
    view_size: int
    pixel_size: float = 0.0
    source: dict[str, Any] = field(default_factory=dict)
    config: RunConfig | None = None
    window: int = 0


def find_network(choice: Choice, screen: Screen) -> Task[Network]:
    """Find the network and its file, say its licence, and match its channels to the screen's.

    Raises
    ------
    ModelError
        If the name is unknown, the file cannot be fetched, its licence is not accepted, or channels are unclear.
    """
    name = choice.known_as or choice.network
    path = Path(choice.network)
    if not choice.known_as and name not in KNOWN_MODELS and path.exists():
        file = find_weights(path)
        return _from_card(file, choice, screen) or (yield from _from_file(file, choice, screen))
    known = KNOWN_MODELS.get(name) or _of_timm(name)
    yield from tell_terms(known)
    file = (
        find_weights(path)
        if choice.known_as
        else (yield from file_of_known(name, known, accepts=choice.accepts_licence))
    )
    return (yield from _known(known, file, choice, screen))


def _of_timm(name: str) -> KnownModel:
    """Take one of timm's networks that is not in the table, with the licence that timm gives."""
    timm = pretrained_config(name)
    if timm is None or not timm.hf_hub_id:
        raise ModelError(
            f"{unknown_name('model', name, KNOWN_MODELS)} Or give timm's name of a network, or the path of a file or "
            "folder."
        )
    licence = str(timm.license or "not stated")
    page = f"https://huggingface.co/{timm.hf_hub_id}"
    commercial = "nc" not in licence.lower()
    about = {"commercial": commercial, "repository": timm.hf_hub_id, "intensities": _normalisation(timm.mean)}
    return KnownModel(name, name, licence, page, **about)


def _normalisation(mean: Sequence[float]) -> str:
    """Name what a network of timm wants, by the mean of its colours: -1 to 1 (Google's), or ImageNet's numbers."""
    return "symmetric" if set(mean) == {0.5} else "imagenet"


def _known(known: KnownModel, file: Path, choice: Choice, screen: Screen) -> Task[Network]:
    if choice.channels and choice.channels != (SHARED,):
        channels = _named(choice.channels, screen)
    elif known.channels:
        channels = yield from _matched(known, screen)
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


def _from_card(file: Path, choice: Choice, screen: Screen) -> Network | None:
    """Take a network that cdcl trained or exported as its own card says; None where there is no card."""
    card = read_card(file)
    if "config" not in card or "channels" not in card:
        return None
    config = check_config(card["config"], where=str(file.parent / CARD))
    window = config.views.window or int(card.get("field_side", 0))
    views = config.views.model_copy(update={"window": window})
    model = config.model.model_copy(update={"pretrained": str(file)})
    any_channels = model.channels == SHARED or model.backbone == OPENPHENOM
    own = screen.channels if any_channels else tuple(map(str, card["channels"]))
    channels = _named(choice.channels or own, screen)
    source = card.get("source") or {"title": f"cdcl, {config.recipe or config.method.name}", "licence": "your own"}
    kept = config.model_copy(update={"model": model, "views": views})
    size = config.views.global_crops.size
    return Network(model, channels, config.intensities.method, size, 0.0, {**source, "file": str(file)}, kept)


def _from_file(file: Path, choice: Choice, screen: Screen) -> Task[Network]:
    """Read from a file what network it is of; what no file tells is asked for, or said."""
    found = recognise(tensors_of(read_weights(file)), str(file))
    heads = choice.heads or heads_beside(file)
    architecture = read_architecture(found.weights, str(file), heads)
    model = architecture.model
    if model.backbone in NOT_IN_TIMM:
        known = _known_of(architecture, file)
        yield Said(f"{file.name}: the layers are those of {known.title}")
        yield from tell_terms(known)
        return (yield from _known(known, file, choice, screen))
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
    channels, kind = _channels_of_file(architecture.num_channels, choice, screen)
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
        use = "; NOT for commercial use" if found.get("commercial") is False else ""
        yield Said(f"{found.get('title')}: licence of the weights {found.get('licence')}{use}")
        return {**found, "file": str(file)}
    if "made_by" in read_exported(file):
        return {"title": "cdcl, exported", "licence": "your own", "file": str(file)}
    yield Warned(f"the licence of {file} is not known to cdcl; look for it where you had the file from.")
    return {"title": file.name, "licence": "unknown", "commercial": None, "page": "", "file": str(file)}


def _known_of(architecture: Architecture, file: Path) -> KnownModel:
    """Tell which network of the table a file is of whose layers no other network has; its own sizes are kept."""
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


def _intensities_of(backbone: str) -> str:
    """Name what a network of natural images was trained on; one name stands for many transformers, and they differ."""
    known = pretrained_config(backbone) if backbone.startswith("tf_efficientnet") else None
    return "imagenet" if known is None else _normalisation(known.mean)


def _channels_of_file(num_channels: int, choice: Choice, screen: Screen) -> tuple[tuple[str, ...], str]:
    if choice.channels == (SHARED,) or (not choice.channels and num_channels == 1):
        return screen.channels, SHARED
    if not choice.channels:
        alone = (
            f", or {option('channels')} {SHARED} to show it one channel at a time in grey" if num_channels == 3 else ""
        )
        raise ModelError(
            f"{choice.network} sees {num_channels} channels and does not say which; name those of the screen "
            f"({', '.join(screen.channels)}) in its order: {option('channels')} A,B,...{alone}."
        )
    channels = _named(choice.channels, screen)
    if len(channels) != num_channels:
        raise ModelError(f"{choice.network} sees {num_channels} channels; {option('channels')} names {len(channels)}.")
    return channels, "together"


def _named(names: tuple[str, ...], screen: Screen) -> tuple[str, ...]:
    for name in names:
        if name not in screen.channels:
            raise ModelError(unknown_name("channel", name, screen.channels))
    return names


def _matched(known: KnownModel, screen: Screen) -> Task[tuple[str, ...]]:
    """Find the channel that plays each role, by its name or its dye; what is not clear is asked, never guessed."""
    found = {role: [name for name in screen.channels if plays(role, name)] for role in known.channels}
    unclear = {role: names for role, names in found.items() if len(names) != 1}
    chosen = [names[0] for names in found.values() if len(names) == 1]
    if unclear or len(set(chosen)) < len(chosen):
        words = "; ".join(f"{role}: {' or '.join(names) or 'none'}" for role, names in unclear.items())
        raise ModelError(
            f"{known.title} sees {', '.join(known.channels)}; which of the screen's channels "
            f"({', '.join(screen.channels)}) are these is unclear ({words or 'one plays two roles'}). "
            f"Say it in this order: {option('channels')} A,B,..."
        )
    yield Said("channels: " + ", ".join(f"{role} is {name}" for role, name in zip(known.channels, chosen, strict=True)))
    return tuple(chosen)


def _in_words(model: ModelConfig) -> str:
    if model.width is None:
        return model.backbone
    return f"a Vision Transformer of {model.depth} blocks, {model.width} wide, patch {model.patch}"
