"""Whose image supplies the other views."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cdcl.config.section import Section

PartnerViews = Literal["half", "locals"]


class PairingConfig(Section):
    """Which columns two images must share to be partners (`sameby`), and in which they must differ (`diffby`).

    The two words are those of copairs.
    """

    sameby: tuple[str, ...] = Field(
        (), description="Columns that a partner must share; none: every image is its own partner."
    )
    diffby: tuple[str, ...] = Field((), description="Columns in which a partner must differ, all of them at once.")
    ladder: tuple[Literal["batch", "plate", "well", "site"], ...] = Field(
        ("batch", "plate", "well", "site"),
        description="Where no partner differs by `diffby`: the next best, far to near. Last comes the image itself.",
    )
    partner_views: PartnerViews = Field(
        "half",
        description=(
            "Views cut from the partner. 'half': the second global and half of the locals, as in CDCL; "
            "'locals': all locals, as in WS-DINO."
        ),
    )
