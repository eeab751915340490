"""Find the network that a name, a file or a folder means, and how it wants to see a screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.config.known_models import KNOWN_MODELS
from cdcl.config.recipes import check_config
from cdcl.inference.known_files import file_of_known, tell_terms
from cdcl.inference.known_networks import known_network, model_of_timm
from cdcl.inference.network_channels import named_channels
from cdcl.inference.network_choice import SHARED, Network
from cdcl.inference.networks_of_files import network_of_file
from cdcl.models.not_in_timm import OPENPHENOM
from cdcl.models.weight_files import CARD, PICKLES, find_weights, read_card

if TYPE_CHECKING:
    from cdcl.inference.network_choice import Choice
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def find_network(choice: Choice, screen: Screen) -> Task[Network]:
    """Find the network and its file, say its licence, and match its channels to the screen's.

    Raises
    ------
    ModelError
        If the name is unknown, the file cannot be fetched, its licence is not accepted, or channels are unclear.
    """
    name = choice.known_as or choice.network
    path = Path(choice.network)
    meant = path.exists() or path.suffix in (".safetensors", *PICKLES)  # a file that is missing is no unknown name
    if not choice.known_as and name not in KNOWN_MODELS and meant:
        file = find_weights(path)
        return _from_card(file, choice, screen) or (yield from network_of_file(file, choice, screen))
    known = KNOWN_MODELS.get(name) or model_of_timm(name)
    yield from tell_terms(known)
    file = (
        find_weights(path)
        if choice.known_as
        else (yield from file_of_known(name, known, accepts=choice.accepts_licence))
    )
    return (yield from known_network(known, file, choice, screen))


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
    channels = named_channels(choice.channels or own, screen)
    source = card.get("source") or {"title": f"cdcl, {config.recipe or config.method.name}", "licence": "your own"}
    kept = config.model_copy(update={"model": model, "views": views})
    size = config.views.global_crops.size
    return Network(model, channels, config.intensities.method, size, 0.0, {**source, "file": str(file)}, kept)
