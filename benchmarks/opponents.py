"""What `tune.py` may choose from: for each method as many settings as for any other.

Every method gets the same three factors (intensities of three levels, two others of two: twelve settings), and then
four changes of its own, one at a time, from the best of the twelve: sixteen settings a method. The levels were fixed
before anything was run, but for *views standardised*, which came after `results/views-standardised-2026-11-28.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

# DINO with CDCL's schedule and scale of intensities: what the demo's was before it was tuned by itself.
PLAIN = (
    "intensities.method=controls",
    (
        "method={name='dino', prototypes=256, hidden=256, bottleneck=64, batch_norm=true, "
        "student_temperature=0.1, teacher_temperature=0.04, momentum=0.9, momentum_end=0.99}"
    ),
    "optimizer.lr=5e-4",
)

FACTORS = ("intensities", "locals", "momentum", "stem")
BUDGET = FACTORS[:3]
"""What every method may choose from; the stem is one more factor, for whoever asks what the network does to it."""

INTENSITIES = {
    "no jitter": ("views.gain=0", "views.offset=0"),
    "jitter": ("views.gain=0.2", "views.offset=0.2"),
    # Brightness and contrast of a view are gone, so jitter of them would be, too.
    "views standardised": ("views.gain=0", "views.offset=0", "intensities.method=image"),
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

# Small convolutions halve an image, so their patch is a power of two; 6 is to a view of 48 what 12 is to one of 96.
STEM = {
    "conv stem": ("model.stem=conv",),
    "patch stem": ("model.stem=patch",),
    "patch stem of 6": ("model.stem=patch", "model.patch=6"),
}

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

    def grid(self, factors: Collection[str] = BUDGET) -> dict[str, tuple[str, ...]]:
        """Give the settings of the factors, by name: twelve of three; what is not varied has its first level."""
        levels_of = dict(zip(FACTORS, (INTENSITIES, self.locals, self.momentum, STEM), strict=True))
        varied = [[*levels.items()][: None if name in factors else 1] for name, levels in levels_of.items()]
        found = {}
        for levels in product(*varied):
            names, settings = zip(*levels, strict=True)
            found[", ".join(names)] = tuple(one for many in settings for one in many)
        return found

    def around(self, best: str) -> dict[str, tuple[str, ...]]:
        """Give the four changes of its own from the setting `best` of the grid."""
        return {f"{best} + {name}": (*self.grid(FACTORS)[best], *change) for name, change in self.own.items()}

    def settings(self, name: str) -> tuple[str, ...]:
        """Give a setting by its name; "" is the recipe as it is."""
        if not name:
            return self.base
        best, _, _ = name.partition(" + ")
        return (*self.base, *{**self.grid(FACTORS), **self.around(best)}[name])


OPPONENTS = {
    "dino": Opponent("demo-dino", PLAIN, OF_DINO, LOCALS, MOMENTUM),
    "dino-cb": Opponent("demo-dino", (*PLAIN, *PAIRED), OF_DINO, LOCALS, MOMENTUM),
    "byol": Opponent("demo-dino", (*PLAIN, *BYOL), OF_BYOL, LOCALS, MOMENTUM),
    "byol-cb": Opponent("demo-dino", (*PLAIN, *BYOL, *PAIRED), OF_BYOL, LOCALS, MOMENTUM),
    "ws-dino": Opponent("demo-dino", (*PLAIN, *SAME_LABEL), OF_DINO, PARTNERS_LOCALS, MOMENTUM),
    "simclr": Opponent("demo-dino", (*PLAIN, *SIMCLR), OF_SIMCLR, LOCALS, AVERAGE),
    "cdcl": Opponent("demo-cdcl", (), OF_DINO, LOCALS, MOMENTUM),
    "supervised": Opponent("demo-supervised", (), OF_SUPERVISED, LOCALS, MOMENTUM),
}
