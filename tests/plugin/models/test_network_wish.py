"""What the form of a public network asks `cdcl` for, and what it still lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdcl.config.known_models import KNOWN_MODELS
from napari_cdcl.models.network_wish import SHARED, NetworkWish, proposed_channels

TABLE, OUT = Path("screen.parquet"), Path("runs/one")
FIXED = ["--screen", "screen.parquet", "-o", str(OUT)]


@pytest.mark.parametrize(
    ("wish", "asked"),
    [
        (
            NetworkWish("dinov2-small", accepts_licence=True),
            ["embed", "--model", "dinov2-small", *FIXED, "--accept-licence"],
        ),
        (
            NetworkWish("cell-dino-cp", "w.pth", ("Hoechst", "RNA", "ER", "AGP", "Mito")),
            ["embed", "--model", "w.pth", *FIXED, "--as", "cell-dino-cp", "--channels", "Hoechst,RNA,ER,AGP,Mito"],
        ),
        (
            NetworkWish("openphenom", "w.pth", window=512),
            ["embed", "--model", "w.pth", *FIXED, "--as", "openphenom", "--set", "views.window=512"],
        ),
        (NetworkWish("", "w.pth", (SHARED,)), ["embed", "--model", "w.pth", *FIXED, "--channels", "shared"]),
    ],
)
def test_a_wish_becomes_the_command(wish: NetworkWish, asked: list[str]) -> None:
    assert wish.missing == ""
    assert wish.arguments(TABLE, OUT) == asked


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (NetworkWish(""), "Choose the file"),
        (NetworkWish("dinov2-small"), "licence must be accepted"),
        (NetworkWish("cell-dino-cp"), "not on the hub"),
        (NetworkWish("openphenom"), "licence must be accepted"),
        (NetworkWish("subcell-bg"), "not on the hub"),
    ],
)
def test_what_is_lacking_is_said(wish: NetworkWish, word: str) -> None:
    assert word in wish.missing


def test_channels_are_proposed_by_name_or_dye_and_never_guessed() -> None:
    known = KNOWN_MODELS["cell-dino-cp"]
    assert proposed_channels(known, ["Hoechst", "SYTO14", "ConA", "AGP", "MitoTracker"]) == (
        *("Hoechst", "SYTO14", "ConA", "AGP", "MitoTracker"),
    )
    assert proposed_channels(known, ["DNA", "DAPI", "ER", "AGP", "Mito"]) == ("", "", "ER", "AGP", "Mito")
    assert proposed_channels(KNOWN_MODELS["cell-dino-hpa"], ["DNA", "ER"]) == ("",) * 4
    assert proposed_channels(KNOWN_MODELS["dinov2-small"], ["DNA"]) == (SHARED,)
    assert proposed_channels(KNOWN_MODELS["openphenom"], ["DNA", "ER"]) == ()
    assert proposed_channels(KNOWN_MODELS["subcell-ybg"], ["Hoechst", "Actin", "ConA"]) == ("ConA", "Hoechst", "")
    assert proposed_channels(None, ["DNA"]) == (SHARED,)
