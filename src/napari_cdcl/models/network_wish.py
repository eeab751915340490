"""What is asked of a public network: which one, from where, and which of the screen's channels it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.config.known_models import KNOWN_MODELS, KnownModel, plays

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHARED = "shared"
"""In place of channels: the network looks at each alone."""


@dataclass(frozen=True)
class NetworkWish:
    """A network, and how the screen is shown to it.

    Attributes
    ----------
    network
        A key of `KNOWN_MODELS`; "" for a file of which nothing is known.
    file
        Weights on this machine; "" where they are to be looked for in the cache and on the hub.
    channels
        The screen's channels in the network's order, or ("shared",); () where the network says it by itself.
    accepts_licence
        Whether the licence of what is fetched is accepted.
    window
        Side, in pixels of the field, of what the network sees as one view; 0 for what is usual.
    """

    network: str
    file: str = ""
    channels: tuple[str, ...] = ()
    accepts_licence: bool = False
    window: int = 0

    @property
    def missing(self) -> str:
        """Say what must still be said before this can begin; "" for nothing."""
        known = KNOWN_MODELS.get(self.network)
        if known is None and not self.file:
            return "Choose the file of weights."
        if known is not None and not self.file and not known.repository:
            return "This one is not on the hub: get its file from its page, and choose it here."
        if known is not None and not self.file and not self.accepts_licence:
            return "Its licence must be accepted before its file is fetched; or choose a file that you have."
        return ""

    def arguments(self, screen: Path, out: Path) -> list[str]:
        """Give what `cdcl` is asked for: profiles of a screen's table in a new run's folder."""
        arguments = ["embed", "--model", self.file or self.network, "--screen", str(screen), "-o", str(out)]
        if self.file and self.network:
            arguments += ["--as", self.network]
        if self.channels:
            arguments += ["--channels", ",".join(self.channels)]
        if self.window:
            arguments += ["--set", f"views.window={self.window}"]
        return [*arguments, "--accept-licence"] if self.accepts_licence and not self.file else arguments


def proposed_channels(known: KnownModel | None, channels: Sequence[str]) -> tuple[str, ...]:
    """Propose which channels a network sees, in its order; "" stands where none, or more than one, plays a role."""
    if known is None or known.shared:
        return (SHARED,)
    matches = ([name for name in channels if plays(role, name)] for role in known.channels)
    roles = tuple(names[0] if len(names) == 1 else "" for names in matches)
    return roles or ("",) * known.num_channels
