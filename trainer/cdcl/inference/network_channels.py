"""Which of a screen's channels a network sees, in its order: matched by role, or as the user says; never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.config.known_models import KnownModel, plays
from cdcl.errors import ModelError, unknown_name
from cdcl.events import Said
from cdcl.inference.network_choice import SHARED
from cdcl.wording import option

if TYPE_CHECKING:
    from cdcl.inference.network_choice import Choice
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def matched_channels(known: KnownModel, screen: Screen) -> Task[tuple[str, ...]]:
    """Find the channel that plays each role, by its name or its dye; what is not clear is asked, never guessed.

    Raises
    ------
    ModelError
        If it is not clear.
    """
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


def channels_of_file(num_channels: int, choice: Choice, screen: Screen) -> tuple[tuple[str, ...], str]:
    """Give the screen's channels for a file of weights, and whether its network sees them together or each alone.

    Raises
    ------
    ModelError
        If they were not named, or not as many as the network sees.
    """
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
    channels = named_channels(choice.channels, screen)
    if len(channels) != num_channels:
        raise ModelError(f"{choice.network} sees {num_channels} channels; {option('channels')} names {len(channels)}.")
    return channels, "together"


def named_channels(names: tuple[str, ...], screen: Screen) -> tuple[str, ...]:
    """Give `names` back.

    Raises
    ------
    ModelError
        If the screen has no channel of one of these names.
    """
    for name in names:
        if name not in screen.channels:
            raise ModelError(unknown_name("channel", name, screen.channels))
    return names
