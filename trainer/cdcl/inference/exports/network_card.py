"""What another laboratory must know of a network: channels, normalisation, magnification, terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdcl import __version__
from cdcl.config.known_models import use_in_words

if TYPE_CHECKING:
    from cdcl.inference.models import TrainedModel

_NORMALISATION = {
    "controls": "per plate and channel: (x - mean) / standard deviation of the plate's negative controls",
    "plate": "per plate and channel: (x - mean) / standard deviation of all wells of the plate",
    "dataset": "per channel: (x - mean) / standard deviation of the whole screen",
    "percentiles": "per plate and channel: (x - low) / (high - low) percentile of all wells of the plate",
    "none": "x / greatest value of the data type",
    "image": "per image and channel: (x - mean) / standard deviation",
    "image_minmax": "per image and channel: (x - min) / (max - min)",
    "image_saturated": "to 0 .. 1 by 8 bit or percentiles, 1 replaced by noise in 200/255 .. 1, then as for 'image'",
    "imagenet": "to 0 .. 1 by 8 bit or percentiles, then (x - 0.449) / 0.226",
    "symmetric": "to 0 .. 1 by 8 bit or percentiles, then (x - 0.5) / 0.5",
}
"""Each of `intensities.method`, in words that need no cdcl."""


_ILLUMINATION = {
    False: "not corrected",
    True: "corrected before: (x - dark) / plane + dark, a plane for each plate and channel",
}


def network_card(model: TrainedModel) -> dict[str, Any]:
    """Give what stands in `network.json`: plain names and numbers."""
    method = model.config.intensities.method
    return {
        "channels": list(model.channels),
        "channels_are": {
            "together": "the input's channels, in this order",
            "apart": "seen by one network each, in this order; features are concatenated",
            "shared": "each seen alone by the one network; features are concatenated or averaged",
        }[model.config.model.channels],
        "channel_pooling": model.config.model.channel_pooling,
        "view_size": model.view_size,
        "field_pixels_a_view": model.tile,
        "normalisation": {"method": method, "in_words": _NORMALISATION[method]},
        "illumination": _ILLUMINATION[model.config.intensities.illumination != "none"],
        "features": int(model.encoder.num_features),  # type: ignore[arg-type]
        "source": dict(model.source),
        "made_by": f"cdcl {__version__}",
    }


def title_of(model: TrainedModel) -> str:
    """Name the network for the head of a README: a public one by its title, one that was trained here by its recipe."""
    config = model.config
    trained = config.recipe or config.method.name
    title = str(model.source.get("title", "")) if model.source else ""
    if config.steps == 0 and title:
        return title
    return f"A network of cdcl ({', '.join(filter(None, [trained, title]))})"


def terms_line(model: TrainedModel) -> str:
    """Say the licence of what the network began as; "" for one that was trained here from scratch."""
    source = model.source
    if not source:
        return ""
    use = use_in_words(source.get("commercial", True))
    stated = f"Weights: {source.get('title')}, licence {source.get('licence')}."
    return " ".join(filter(None, [stated, use and f"{use[0].upper()}{use[1:]}.", str(source.get("page") or "")]))
