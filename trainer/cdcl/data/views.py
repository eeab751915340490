"""The views of a step (multi-crop): who supplies each one, anchor or partner, and where it is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdcl.config import CropConfig, ViewConfig
    from cdcl.config.pairing import PartnerViews
    from cdcl.data.crops import CropDrawer, Crops


@dataclass(frozen=True, slots=True)
class ViewPlan:
    """Which views come from the partner.

    CDCL splits both kinds between anchor and partner (Haslum et al. 2023); WS-DINO takes all local views from the
    partner (Cross-Zamirski et al. 2022).

    Attributes
    ----------
    global_from_partner, local_from_partner
        One flag a global, and one a local view.
    """

    global_from_partner: tuple[bool, ...]
    local_from_partner: tuple[bool, ...]

    @classmethod
    def of(cls, views: ViewConfig, partner_views: PartnerViews) -> ViewPlan:
        """Lay out the views that `views` counts."""
        num_globals, num_locals = views.global_crops.count, views.local_crops.count
        if partner_views == "locals":
            return cls((False,) * num_globals, (True,) * num_locals)
        return cls(_second_half(num_globals), _second_half(num_locals))


def draw_views(
    anchors: NDArray[np.int64],
    partners: NDArray[np.int64],
    plan: ViewPlan,
    drawer: CropDrawer,
    rng: np.random.Generator,
) -> tuple[Crops, Crops]:
    """Draw all global and all local crops of a step.

    Parameters
    ----------
    anchors, partners
        (B,) rows of the training set.
    plan
        Whose each view is.
    drawer
        Draws windows and crops; all crops of an image lie within one window.
    rng
        Of this step.

    Returns
    -------
    global_crops, local_crops
        (globals x B,) and (locals x B,), view by view.
    """
    config = drawer.config
    windows = [drawer.draw_windows(rows, rng) for rows in (anchors, partners)]
    sources = [(anchors, windows[0]), (partners, windows[1])]

    def draw(from_partner: tuple[bool, ...], kind: CropConfig) -> Crops:
        if not from_partner:
            return drawer.draw(anchors[:0], windows[0][:0], kind, rng)
        rows = np.concatenate([sources[partner][0] for partner in from_partner])
        boxes = np.concatenate([sources[partner][1] for partner in from_partner])
        return drawer.draw(rows, boxes, kind, rng)

    return draw(plan.global_from_partner, config.global_crops), draw(plan.local_from_partner, config.local_crops)


def _second_half(count: int) -> tuple[bool, ...]:
    return tuple(view >= (count + 1) // 2 for view in range(count))
