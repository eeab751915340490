"""Public networks that are known by name: what they are, what they want to see, and on what terms they may be used.

One literal table. Facts are those of the publications and model cards; what is not known is left empty, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CELL_PAINTING = ("DNA", "RNA", "ER", "AGP", "Mito")
HUMAN_PROTEIN_ATLAS = ("Microtubule", "ER", "DNA", "Protein")
"""Red, yellow, blue and green of the Human Protein Atlas, the order of SubCell's network of four ("rybg")."""


@dataclass(frozen=True)
class KnownModel:
    """A public network.

    Attributes
    ----------
    title
        Its name in print, with the paper's year.
    backbone
        Of timm; after a dot, which of timm's weights.
    channels
        Roles in the order the network wants them; () where it takes any.
    num_channels
        How many it sees at once where their order is not published; the user is then asked. 0: as `channels` say.
    together
        Whether a network that takes any channels sees them together, each patch those of all channels; else it looks at
        each channel alone.
    intensities
        `intensities.method` that gives what it was trained on.
    view_size
        Side in pixels that it was trained on, or near it.
    pixel_size
        In micrometres, of its training images; 0 where none is stated.
    licence, commercial
        Of the weights, and whether they may be used in commerce; None where one must read its terms.
    repository, file
        Where its file is on the hub, and what it is called there; without a repository it is had from the page.
    page
        Where to read more, and to get it where it is not on the hub.
    sha256
        Of the file, where known.
    shape
        Settings under [model] in which it differs from the backbone.
    """

    title: str
    backbone: str
    licence: str
    page: str
    channels: tuple[str, ...] = ()
    num_channels: int = 0
    together: bool = False
    intensities: str = "imagenet"
    view_size: int = 224
    pixel_size: float = 0.0
    commercial: bool | None = True
    repository: str = ""
    file: str = "model.safetensors"
    sha256: str = ""
    shape: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shared(self) -> bool:
        """Whether one network looks at each channel alone."""
        return not (self.channels or self.num_channels or self.together)

    def terms(self) -> str:
        """Say in a line on what terms the weights may be used."""
        use = use_in_words(self.commercial)
        return f"{self.title}: licence of the weights {self.licence}{use and '; '}{use} ({self.page})"


def _timm(title: str, backbone: str, licence: str, **more: Any) -> KnownModel:
    page = f"https://huggingface.co/timm/{backbone}"
    return KnownModel(title, backbone, licence, page, repository=f"timm/{backbone}", **more)


def _subcell(letters: str, channels: tuple[str, ...]) -> KnownModel:
    return KnownModel(
        f"SubCell ViT-B/16 ({letters}, 2024)",
        "subcell",
        "not stated with the weights; code MIT",
        "https://github.com/CellProfiling/SubCellPortable",
        channels=channels,
        intensities="image_minmax",
        view_size=448,
        pixel_size=0.0800885,  # what its page advises for its images
        commercial=None,
        file="",
    )


_FAIR = "FAIR non-commercial research licence"
_DINOV3 = "DINOv3 licence (Meta's own terms)"

KNOWN_MODELS: dict[str, KnownModel] = {
    "dinov2-small": _timm("DINOv2 ViT-S/14 (2023)", "vit_small_patch14_dinov2.lvd142m", "Apache-2.0"),
    "dinov2-base": _timm("DINOv2 ViT-B/14 (2023)", "vit_base_patch14_dinov2.lvd142m", "Apache-2.0"),
    "dinov2-large": _timm("DINOv2 ViT-L/14 (2023)", "vit_large_patch14_dinov2.lvd142m", "Apache-2.0"),
    "dinov2-small-reg": _timm(
        "DINOv2 ViT-S/14 with registers (2023)", "vit_small_patch14_reg4_dinov2.lvd142m", "Apache-2.0"
    ),
    "dinov3-small": _timm("DINOv3 ViT-S/16 (2025)", "vit_small_patch16_dinov3.lvd1689m", _DINOV3, commercial=None),
    "dinov3-base": _timm("DINOv3 ViT-B/16 (2025)", "vit_base_patch16_dinov3.lvd1689m", _DINOV3, commercial=None),
    "dino-small-8": _timm("DINO ViT-S/8 (2021)", "vit_small_patch8_224.dino", "Apache-2.0"),
    "dino-small-16": _timm("DINO ViT-S/16 (2021)", "vit_small_patch16_224.dino", "Apache-2.0"),
    "imagenet-vit-small": _timm("DeiT ViT-S/16, ImageNet (2021)", "deit_small_patch16_224.fb_in1k", "Apache-2.0"),
    "imagenet-resnet50": _timm("ResNet-50, ImageNet (2021)", "resnet50.a1_in1k", "Apache-2.0"),
    "morphem": KnownModel(
        "MorphEm ViT-S/16 (CHAMMI-75, 2026)",
        "vit_small_patch16_224",
        "MIT",
        "https://huggingface.co/CaicedoLab/MorphEm",
        intensities="image_saturated",
        repository="CaicedoLab/MorphEm",
    ),
    "cell-dino-cp": KnownModel(
        "Cell-DINO ViT-S/8, Cell Painting (2026)",
        "vit_small_patch14_dinov2",
        _FAIR,
        "https://github.com/facebookresearch/dinov2",
        channels=CELL_PAINTING,
        intensities="image",
        view_size=128,
        commercial=False,
        file="",
        shape={"patch": 8},
    ),
    "cell-dino-hpa": KnownModel(
        "Cell-DINO ViT-L/16, Human Protein Atlas (2026)",
        "vit_large_patch14_dinov2",
        _FAIR,
        "https://github.com/facebookresearch/dinov2",
        num_channels=4,
        intensities="image",
        commercial=False,
        file="",
        shape={"patch": 16},
    ),
    "channel-adaptive-dino": KnownModel(
        "Channel-Adaptive DINO ViT-L/16 (2026)",
        "vit_large_patch14_dinov2",
        _FAIR,
        "https://github.com/facebookresearch/dinov2",
        intensities="image",
        commercial=False,
        file="",
        shape={"patch": 16},
    ),
    "openphenom": KnownModel(
        "OpenPhenom-S/16 (2024)",
        "openphenom",
        "Recursion's non-commercial EULA",
        "https://huggingface.co/recursionpharma/OpenPhenom",
        together=True,
        intensities="image",
        view_size=256,
        commercial=False,
        repository="recursionpharma/OpenPhenom",
        shape={"channel_pooling": "mean"},
    ),
    "subcell": _subcell("rybg", HUMAN_PROTEIN_ATLAS),
    "subcell-rbg": _subcell("rbg", ("Microtubule", "DNA", "Protein")),
    "subcell-ybg": _subcell("ybg", ("ER", "DNA", "Protein")),
    "subcell-bg": _subcell("bg", ("DNA", "Protein")),
}
"""Every public network that the verb `embed` knows by name."""

ROLES: dict[str, str] = {
    "DNA": r"dna|dapi|hoechst ?(33342|33258)?|h33342|nucle(us|i|ar)|draq\d?",
    "RNA": r"rna|syto ?(14)?",
    "ER": r"er|endoplasmic|concanavalin-? ?a?|con-?a",
    "AGP": r"agp|actin.?golgi|phalloidin ?\d*|wga",
    "Mito": r"mito(tracker|chondria)?",
    "Microtubule": r"microtubules?|(alpha|beta)?tubulin",
    "Protein": r"proteins?|protein.?of.?interest|poi|antibody",
}
"""By what names and dyes a screen's channel is known to play a role; a whole word of its name must fit."""


def plays(role: str, channel: str) -> bool:
    """Tell whether a channel's name, or a word of it, is that of a role or of its dye."""
    words = [channel, *re.split(r"[\s_/.,;()+-]+", channel)]
    return any(re.fullmatch(ROLES[role], word, re.IGNORECASE) for word in words)


def use_in_words(commercial: object) -> str:
    """Say beside a licence whether commercial use is allowed: "" where it is, else a warning; None: its terms say."""
    if commercial is None:
        return "read its terms before commercial use"
    return "NOT for commercial use" if commercial is False else ""


_FREE = ("apache-2.0", "mit", "bsd-3-clause", "bsd-2-clause", "cc0-1.0", "cc-by-4.0")
_RESEARCH = ("apple-amlr", "seer-license")
"""Licences for research alone whose names do not say so."""


def allows_commerce(licence: str) -> bool | None:
    """Tell by its name whether a licence allows commercial use; None where its terms are its own, or not stated."""
    name = licence.lower()
    if name in _FREE:
        return True
    return False if name in _RESEARCH or re.search(r"\bnc\b|non-?commercial", name) else None


def is_known(name: str) -> bool:
    """Tell whether a word names a public network: one of the table, or, as it looks, one of timm's."""
    return name in KNOWN_MODELS or name.startswith(("vit_", "deit", "resnet", "efficientnet_", "tf_efficientnet_"))
