"""Features of networks that see one channel each carry its name, and no two are one."""

from __future__ import annotations

import pytest

from cdcl.inference.models import names_by_channel


def test_features_carry_the_name_of_their_channel() -> None:
    assert names_by_channel(["DNA", "Phase  contrast"], 2) == (
        *("emb_DNA_0000", "emb_DNA_0001", "emb_Phase_contrast_0000", "emb_Phase_contrast_0001"),
    )


@pytest.mark.parametrize("channels", [("ER 1", "ER_1"), ("er", "ER"), ("A", "a", "A_0", "a_1"), ("x", "x")])
def test_channels_whose_names_are_alike_stay_two(channels: tuple[str, ...]) -> None:
    names = names_by_channel(channels, 3)
    assert len({name.casefold() for name in names}) == 3 * len(channels)
