"""Lines for the user: what was done or is wrong, and what can be done next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Offer:
    """A next step, shown as a button beside its line.

    Attributes
    ----------
    title
        What stands on the button.
    act
        What it does.
    tip
        What is said of it where the cursor rests.
    panel
        The panel that it shows, by its name in napari's menu; that panel itself does not offer it.
    """

    title: str
    act: Callable[[], object]
    tip: str = ""
    panel: str = ""


class Message(str):
    """A line with offers; whoever only reads lines needs to know no more than that it is text."""

    offers: tuple[Offer, ...]

    def __new__(cls, text: str, *offers: Offer) -> Message:
        """Put offers beside a text."""
        message = super().__new__(cls, text)
        message.offers = offers
        return message
