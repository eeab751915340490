"""Questions on attention, answered in tiles and across processes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.attention import READY, Question, read_answer, write_question
from cdcl.errors import ImageError, ModelError
from cdcl.events import Answered, Refused, Said
from cdcl.inference import attend, load_model
from cdcl.inference.serve import serve
from cdcl.runs import Run
from cdcl.tasks import finish
from cdcl.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.attention import Attention
    from cdcl.config import RunConfig
    from cdcl.events import Event
    from cdcl.screen import Screen


@pytest.fixture
def run(tiny_screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path, cache_folder: Path) -> Run:
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    finish(train(tiny_config(steps=2), tiny_screen, run, cache_folder=cache_folder))
    return run


@pytest.fixture
def ask(run: Run, tiny_screen: Screen, cache_folder: Path) -> Callable[..., Attention]:
    def answer(row: int = 0, **question: object) -> Attention:
        asked = Question(**question)  # type: ignore[arg-type]
        return finish(attend(load_model(run.folder), tiny_screen, row, asked, cache_folder=cache_folder))

    return answer


def test_the_mean_is_that_of_the_heads(ask: Callable[..., Attention]) -> None:
    heads, mean = ask(), ask(kind="mean")
    assert heads.names == ("head 1", "head 2")
    assert mean.names == ("mean",)
    np.testing.assert_allclose(mean.maps[0], heads.maps.mean(0), rtol=1e-5)


def test_a_patch_has_a_row_of_its_own_and_is_most_like_itself(ask: Callable[..., Attention]) -> None:
    own = ask(kind="keys", patch=(1, 2))
    assert np.unravel_index(own.maps[0].argmax(), own.maps[0].shape) == (1, 2)
    assert own.maps.max() == pytest.approx(1.0, abs=1e-5)
    assert not np.allclose(ask(patch=(1, 2)).maps, ask().maps)


def test_tiles_share_the_attention_of_the_field(ask: Callable[..., Attention], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ask()
    monkeypatch.setattr(
        sys.modules["cdcl.inference.attend"], "MOST_PATCHES", 4
    )  # the package has a function of that name
    tiled = ask()
    assert tiled.maps.shape == whole.maps.shape
    assert (tiled.maps.sum((1, 2)) <= 1 + 1e-5).all()
    assert (tiled.maps > 0).all()
    patch = ask(patch=(1, 2))
    assert (patch.maps[:, 4:] == 0).all()  # what lies in other tiles was not seen


@pytest.mark.parametrize(
    ("row", "question", "words"),
    [
        (99, {}, "there is no field 99"),
        (0, {"patch": (99, 0)}, "there is no patch"),
        (0, {"kind": "keys"}, "say which"),
        (0, {"block": 7}, "no block 7"),
    ],
)
def test_what_cannot_be_answered_says_why(
    ask: Callable[..., Attention], row: int, question: dict[str, object], words: str
) -> None:
    with pytest.raises((ModelError, ImageError), match=words):
        ask(row, **question)


def test_a_served_answer_is_the_same_bit_for_bit_and_a_refusal_ends_nothing(
    run: Run, tiny_screen: Screen, cache_folder: Path, tmp_path: Path, ask: Callable[..., Attention]
) -> None:
    lines = ["not a question", write_question(1, 999, Question()), "", write_question(2, 5, Question(0, "rollout"))]
    events: list[Event] = []
    task = serve(load_model(run.folder), tiny_screen, lines, tmp_path / "answers", cache_folder=cache_folder)
    finish(task, events.append)
    assert Said(READY) in events
    refused = [event.request for event in events if isinstance(event, Refused)]
    (answered,) = (event for event in events if isinstance(event, Answered))
    assert refused == [-1, 1]
    assert answered.request == 2
    served = read_answer(tmp_path / "answers" / "2.npz")
    assert served.maps.tobytes() == ask(5, block=0, kind="rollout").maps.tobytes()


def test_a_fine_map_has_cells_within_patches_and_the_shares_of_the_usual_one(ask: Callable[..., Attention]) -> None:
    usual, fine = ask(), ask(fine=True)
    steps = fine.maps.shape[1] // usual.maps.shape[1]
    assert steps in (2, 4)
    assert fine.maps.shape[1:] == tuple(steps * side for side in usual.maps.shape[1:])
    assert fine.scale == pytest.approx([side / steps for side in usual.scale])
    assert fine.rim == steps - 1
    assert fine.maps.sum((1, 2)) == pytest.approx(usual.maps.sum((1, 2)), rel=0.15)
    assert len(np.unique(fine.maps[0, fine.rim : fine.rim + steps, fine.rim])) > 1  # finer than a patch


def test_a_place_of_the_fine_map_is_asked_in_every_window_that_sees_it(ask: Callable[..., Attention]) -> None:
    own = ask(kind="keys", patch=(9, 10), fine=True)
    place = np.unravel_index(own.maps[0].argmax(), own.maps[0].shape)
    assert np.abs(np.subtract(place, (9, 10))).max() <= 3  # where all windows agree, within a patch
    assert own.maps.max() == pytest.approx(1.0, abs=1e-4)
