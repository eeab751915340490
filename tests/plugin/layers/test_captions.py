"""The corner of the canvas says in words which field and which map are on display."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.attention import Attention, Question
from napari_cdcl.layers.attention import KEY, hide_maps, show_maps
from napari_cdcl.layers.captions import captions_of, name_maps

if TYPE_CHECKING:
    from napari.components import ViewerModel

MAPS = Attention(np.ones((2, 4, 4), np.float32), (4.0, 4.0), (1.5, 1.5), ("DNA, head 1", "DNA, head 2"))


@pytest.fixture
def viewer(viewer: ViewerModel) -> ViewerModel:
    viewer.add_image(np.zeros((5, 16, 16), np.uint16), metadata={KEY: "field"})
    return viewer


@pytest.mark.parametrize(
    ("question", "percent", "words"),
    [
        (Question(), 100, "attention: DNA, head 1, last block"),
        (Question(1, "mean"), 100, "attention: DNA, mean of heads, block 1"),
        (
            Question(-1, "heads", (1, 2)),
            60,
            "attention: DNA, head 1, last block\nof the patch in row 1, column 2\nthe patches that hold 60 %",
        ),
        (Question(-1, "keys", (1, 2)), 100, "cyan: the patches most like it"),
    ],
)
def test_each_map_is_named(question: Question, percent: int, words: str) -> None:
    assert name_maps(MAPS, question, percent)[0] == words


def test_rollout_says_through_which_blocks() -> None:
    one = Attention(MAPS.maps[:1], MAPS.scale, MAPS.translate, ("rollout",))
    assert name_maps(one, Question(-1, "rollout")) == ("attention: through all blocks",)
    assert "blocks 0 to 3" in name_maps(one, Question(3, "rollout"))[0]
    assert name_maps(Attention(*(MAPS.maps, MAPS.scale, MAPS.translate), ("head 1", "head 2")), Question())[1] == (
        "attention: head 2 of 2, last block"
    )


def test_the_line_follows_slider_field_and_eye(viewer: ViewerModel) -> None:
    captions, text = captions_of(viewer), viewer.canvas.overlays.text
    captions.tell_field("P1 · B02")
    assert (text.text, text.visible) == ("P1 · B02", True)
    viewer.dims.set_current_step(0, 3)
    layer = show_maps(viewer, MAPS, 3)
    captions.tell_maps(layer, name_maps(MAPS, Question()))
    viewer.dims.set_current_step(0, 0)
    assert text.text.splitlines()[0] == "P1 · B02"
    assert "head 1" in text.text
    viewer.dims.set_current_step(0, 1)
    assert "head 2" in text.text
    layer.visible = False
    assert "head" not in text.text
    layer.visible = True
    viewer.dims.set_current_step(1, 4)
    assert "head" not in text.text
    viewer.dims.set_current_step(1, 3)
    assert "head 2" in text.text
    hide_maps(viewer, "attention")
    assert text.text == "P1 · B02"
    captions.tell_field("")
    assert not text.visible
