"""Whose weights these are and on what terms they may be used: what stands in every card, and goes along with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from cdcl.bounded import read_json
from cdcl.config import IntensityConfig
from cdcl.config.known_models import KNOWN_MODELS, allows_commerce
from cdcl.errors import CDCLError, ModelError
from cdcl.models.hub import pretrained_config
from cdcl.models.not_in_timm import NOT_IN_TIMM
from cdcl.models.weight_files import find_weights, read_card

if TYPE_CHECKING:
    from cdcl.config import ModelConfig
    from cdcl.config.known_models import KnownModel

EXPORTED = "network.json"
"""Stands beside exported weights."""

MOST_PIXELS = 100_000
"""A side longer than any field's."""

BEGUN = "fine-tuned from "


@dataclass(frozen=True)
class Exported:
    """What an export has beside its weights; empty or 0 where it wrote nothing, or the folder is another's.

    Attributes
    ----------
    channels
        In the network's order.
    method
        `intensities.method` that it was trained on.
    view_size, window
        Sides in pixels of a view, and of what of the field became one.
    """

    channels: tuple[str, ...] = ()
    method: str = ""
    view_size: int = 0
    window: int = 0


def exported_facts(file: Path) -> Exported:
    """Read what stands beside exported weights; what is not of its kind counts as missing."""
    card = read_exported(file)
    channels, normalisation = card.get("channels"), card.get("normalisation")
    method = normalisation.get("method") if isinstance(normalisation, dict) else ""
    known = get_args(IntensityConfig.model_fields["method"].annotation)
    return Exported(
        tuple(map(str, channels)) if isinstance(channels, list) else (),
        str(method) if method in known else "",
        _side(card.get("view_size")),
        _side(card.get("field_pixels_a_view")),
    )


def _side(value: object) -> int:
    return value if isinstance(value, int) and 0 < value < MOST_PIXELS else 0


def source_of_known(known: KnownModel, file: str) -> dict[str, Any]:
    """Give what a card says of a public network."""
    return {"title": known.title, "licence": known.licence, "commercial": known.commercial, "page": known.page,
            "file": file}  # fmt: skip


def source_beside(file: Path) -> dict[str, Any]:
    """Give what the card beside our own weights says of their source; {} where it says nothing, or there is none."""
    found = read_card(file).get("source") or read_exported(file).get("source")
    return dict(found) if isinstance(found, dict) else {}


def read_exported(file: Path) -> dict[str, Any]:
    """Read what an export has beside its weights; {} where there is nothing that can be read."""
    try:
        return read_json(file.parent / EXPORTED)
    except CDCLError:
        return {}


def heads_beside(file: Path) -> int | None:
    """Give the attention heads that a card of ours or Hugging Face's config.json beside weights names; else None."""
    given: Any = read_exported(file).get("arguments")
    found = given.get("num_heads") if isinstance(given, dict) else None
    config = read_card(file).get("config")
    if isinstance(config, dict) and isinstance(config.get("model"), dict):
        found = config["model"].get("heads")
    if found is None:
        try:
            found = read_json(file.parent / "config.json").get("num_attention_heads")
        except CDCLError:
            return None
    return found if isinstance(found, int) and 0 < found < 2**16 else None


def source_of_start(model: ModelConfig) -> dict[str, Any]:
    """Say of what public network a training's first weights are, and on what terms.

    Parameters
    ----------
    model
        Its `pretrained` says where the weights come from.

    Returns
    -------
    dict
        As in a card; {} for a training from nothing, or from weights that were trained here from nothing.
    """
    found = _source_of(model)
    title = str(found.get("title", ""))
    return {**found, "title": title if title.startswith(BEGUN) else BEGUN + title} if found else {}


def _source_of(model: ModelConfig) -> dict[str, Any]:
    if not model.pretrained:
        return {}
    if model.pretrained == "hub":
        return _of_hub(model.backbone)
    try:
        file = find_weights(Path(model.pretrained))
    except ModelError:  # whoever loads it says so
        return {}
    if read_card(file) or read_exported(file):
        return source_beside(file)
    if model.backbone in NOT_IN_TIMM:
        return source_of_known(KNOWN_MODELS[model.backbone], str(file))
    return {"title": file.name, "licence": "unknown", "commercial": None, "page": "", "file": str(file)}


def _of_hub(backbone: str) -> dict[str, Any]:
    for known in KNOWN_MODELS.values():
        if known.repository == f"timm/{backbone}":  # others have networks of the same layers, on terms of their own
            return source_of_known(known, "hub")
    timm = pretrained_config(backbone)
    licence = str(getattr(timm, "license", None) or "not stated")
    page = f"https://huggingface.co/{getattr(timm, 'hf_hub_id', '')}"
    return {"title": backbone, "licence": licence, "commercial": allows_commerce(licence), "page": page, "file": "hub"}
