"""On what terms public networks may be used: told by the names of licences, never by the layers alone."""

from __future__ import annotations

import pytest

from cdcl.config import ModelConfig
from cdcl.config.known_models import KNOWN_MODELS, allows_commerce, use_in_words
from cdcl.models.weight_sources import source_of_start


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("apache-2.0", True),
        ("MIT", True),
        ("bsd-3-clause", True),
        ("cc-by-4.0", True),
        ("cc-by-nc-4.0", False),
        ("fair-noncommercial-research-license", False),
        ("apple-amlr", False),  # for research alone
        ("dinov3-license", None),
        ("gemma", None),
        ("unknown", None),
        ("not stated", None),
        ("a licence of its own", None),  # "licence" ends on "nce"
    ],
)
def test_a_licence_of_timm_allows_commerce_or_not_or_is_to_be_read(licence: str, allowed: bool | None) -> None:
    assert allows_commerce(licence) is allowed


def test_what_is_not_known_to_be_allowed_is_said() -> None:
    assert [use_in_words(one) for one in (True, None, False)] == [
        "",
        "read its terms before commercial use",
        "NOT for commercial use",
    ]
    assert KNOWN_MODELS["subcell"].terms().count("; read its terms before commercial use (") == 1
    assert KNOWN_MODELS["morphem"].terms() == (
        "MorphEm ViT-S/16 (CHAMMI-75, 2026): licence of the weights MIT (https://huggingface.co/CaicedoLab/MorphEm)"
    )


@pytest.mark.parametrize(
    ("backbone", "licence", "page"),
    [
        ("vit_small_patch16_224", "apache-2.0", "https://huggingface.co/timm/vit_small_patch16_224"),  # not MorphEm's
        ("vit_small_patch14_dinov2", "apache-2.0", "https://huggingface.co/timm/vit_small_patch14_dinov2"),
        ("vit_small_patch16_224.dino", "Apache-2.0", "https://huggingface.co/timm/vit_small_patch16_224.dino"),
    ],
)
def test_a_start_from_the_hub_is_of_timm_and_no_others_network_of_the_same_layers(
    backbone: str, licence: str, page: str
) -> None:
    found = source_of_start(ModelConfig(backbone=backbone, pretrained="hub"))
    assert (found["licence"], found["commercial"], found["file"]) == (licence, True, "hub")
    assert found["page"].startswith(page)
