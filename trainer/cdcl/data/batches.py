"""A batch as a method sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """The views of B images.

    Attributes
    ----------
    views
        One tensor a resolution, views first: `(globals * B, C, H, H)` and, if there are any, `(locals * B, C, h, h)`.
    num_globals, num_locals
        How many views of each kind one image has.
    rows, partners
        (B,) rows of the training table that supplied them.
    domains
        (globals, B) number of the domain (batch or plate) of each global view; unknown ones share a number.
    labels
        (B,) number of the anchor's label; -1 where unknown.
    guides
        (globals, B) each: what a guide is to read from each global view, the number of a value such as its batch (-1
        where unknown), or a number such as its dose (NaN where unknown).
    view_labels
        (globals, B) number of each global view's own label, which a partner need not share; None: all have the
        anchor's.
    from_partner
        One flag a view, global views first: whether the partner supplied it; empty: every view is the anchor's.
    """

    views: tuple[Tensor, ...]
    num_globals: int
    num_locals: int
    rows: Tensor
    partners: Tensor
    domains: Tensor
    labels: Tensor
    guides: tuple[Tensor, ...] = ()
    view_labels: Tensor | None = None
    from_partner: tuple[bool, ...] = ()

    def __len__(self) -> int:
        """Count the images, B."""
        return len(self.rows)
