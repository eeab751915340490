"""What `tune.py` may choose from: for each method as many settings as for any other.

Every method gets the same three factors of two levels (eight settings), and then four changes of its own, one at a
time, from the best of the eight: twelve settings a method. The levels were fixed before anything was run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

FACTORS = ("jitter", "locals", "momentum")

JITTER = {
    "no jitter": ("views.gain=0", "views.offset=0"),
    "jitter": ("views.gain=0.2", "views.offset=0.2"),
}
LOCALS = {
    "no locals": ("views.local_crops.count=0",),
    "2 locals": ("views.local_crops={count=2, size=24, scale=[0.09, 0.09]}",),
}
# Without local views WS-DINO is DINO: its levels are two sizes of them.
PARTNERS_LOCALS = {
    "2 locals": LOCALS["2 locals"],
    "2 large locals": ("views.local_crops={count=2, size=32, scale=[0.16, 0.16]}",),
}
MOMENTUM = {
    "fast teacher": ("method.momentum=0.9", "method.momentum_end=0.99"),
    "slow teacher": ("method.momentum=0.95", "method.momentum_end=0.9995"),
}
# SimCLR's profiles come from the trained network itself, or from its average.
AVERAGE = {"last weights": ("method.momentum=0", "method.momentum_end=0"), "averaged": MOMENTUM["fast teacher"]}

PAIRED = ("pairing.sameby=['treatment']", "pairing.diffby=['batch']")
SAME_LABEL = ("pairing.sameby=['treatment']", "pairing.partner_views=locals", "sampler=balanced", "per_group=1")
BYOL = ("method={name='byol', hidden=512, projection=128, momentum=0.9, momentum_end=0.99}",)
SIMCLR = ("method={name='simclr', temperature=0.1, projection=128}",)

OF_DINO = {
    # Cosines spread as 1/sqrt(bottleneck): what 0.04 and 0.1 are at the published 256 is twice that at 64.
    "temperatures for its bottleneck": ("method.teacher_temperature=0.08", "method.student_temperature=0.2"),
    "bottleneck 256, prototypes frozen for a tenth": ("method.bottleneck=256", "method.freeze_prototypes=0.1"),
    "K 64": ("method.prototypes=64",),
    "lr 1e-3": ("optimizer.lr=1e-3",),
}
OF_BYOL = {
    "hidden 1024": ("method.hidden=1024",),
    "projection 64": ("method.projection=64",),
    "lr 2.5e-4": ("optimizer.lr=2.5e-4",),
    "lr 1e-3": ("optimizer.lr=1e-3",),
}
OF_SIMCLR = {
    "temperature 0.2": ("method.temperature=0.2",),
    "temperature 0.5": ("method.temperature=0.5",),
    "projection 64": ("method.projection=64",),
    "lr 1e-3": ("optimizer.lr=1e-3",),
}
OF_SUPERVISED = {
    "smoothing 0.1": ("method.smoothing=0.1",),
    "dropout 0.2": ("method.dropout=0.2",),
    "lr 2.5e-4": ("optimizer.lr=2.5e-4",),
    "lr 1e-3": ("optimizer.lr=1e-3",),
}


@dataclass(frozen=True)
class Opponent:
    """A recipe with what makes it this method, and what may be chosen."""

    recipe: str
    base: tuple[str, ...]
    own: dict[str, tuple[str, ...]]
    locals: dict[str, tuple[str, ...]]
    momentum: dict[str, tuple[str, ...]]

    def grid(self, factors: Collection[str] = FACTORS) -> dict[str, tuple[str, ...]]:
        """Give the settings of the factors, by name: eight of three; what is not varied has its first level."""
        levels_of = dict(zip(FACTORS, (JITTER, self.locals, self.momentum), strict=True))
        varied = [[*levels.items()][: None if name in factors else 1] for name, levels in levels_of.items()]
        found = {}
        for levels in product(*varied):
            names, settings = zip(*levels, strict=True)
            found[", ".join(names)] = tuple(one for many in settings for one in many)
        return found

    def around(self, best: str) -> dict[str, tuple[str, ...]]:
        """Give the four changes of its own from the setting `best` of the grid."""
        return {f"{best} + {name}": (*self.grid()[best], *change) for name, change in self.own.items()}

    def settings(self, name: str) -> tuple[str, ...]:
        """Give a setting by its name; "" is the recipe as it is."""
        if not name:
            return self.base
        best, _, _ = name.partition(" + ")
        return (*self.base, *{**self.grid(), **self.around(best)}[name])


OPPONENTS = {
    "dino": Opponent("demo-dino", (), OF_DINO, LOCALS, MOMENTUM),
    "dino-cb": Opponent("demo-dino", PAIRED, OF_DINO, LOCALS, MOMENTUM),
    "byol": Opponent("demo-dino", BYOL, OF_BYOL, LOCALS, MOMENTUM),
    "byol-cb": Opponent("demo-dino", (*BYOL, *PAIRED), OF_BYOL, LOCALS, MOMENTUM),
    "ws-dino": Opponent("demo-dino", SAME_LABEL, OF_DINO, PARTNERS_LOCALS, MOMENTUM),
    "simclr": Opponent("demo-dino", SIMCLR, OF_SIMCLR, LOCALS, AVERAGE),
    "cdcl": Opponent("demo-cdcl", (), OF_DINO, LOCALS, MOMENTUM),
    "supervised": Opponent("demo-supervised", (), OF_SUPERVISED, LOCALS, MOMENTUM),
}
