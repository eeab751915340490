"""What a user asks of a public network, and what is known of it once it is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdcl.config import ModelConfig, RunConfig


SHARED = "shared"
"""In place of a list of channels: the network looks at each channel alone."""

GREY = 3
"""Colours of a network of photographs: a single channel is a grey image to it."""


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
