"""Masks of the strongest patches; questions and answers on their way between processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cdcl.attention import Attention, Question, read_answer, read_question, strongest, write_answer, write_question
from cdcl.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MAPS = arrays(np.float32, (2, 3, 4), elements=st.floats(0, 1, width=32))


@given(MAPS, st.floats(0, 1))
def test_the_strongest_patches_hold_the_share_and_no_smaller_set_does(maps: NDArray[np.float32], share: float) -> None:
    for one, mask in zip(maps.astype(np.float64), strongest(maps, share), strict=True):
        wanted = share * one.sum()
        assert one[mask].sum() >= wanted - 1e-9
        if mask.any():
            assert one[mask].sum() - one[mask].min() < wanted + 1e-9
            assert one[mask].min() >= one[~mask].max(initial=0.0)


def test_a_map_without_mass_keeps_nothing() -> None:
    assert not strongest(np.zeros((1, 2, 2), np.float32), 0.6).any()


def test_the_whole_mass_keeps_all_that_is_not_zero() -> None:
    assert strongest(np.array([[0.5, 0.0], [0.25, 0.25]], np.float32), 1.0).tolist() == [[True, False], [True, True]]


@pytest.mark.parametrize("question", [Question(), Question(3, "rollout"), Question(-2, "keys", (4, 5))])
def test_a_question_crosses_as_one_line(question: Question) -> None:
    line = write_question(7, 12, question)
    assert "\n" not in line
    assert read_question(line) == (7, 12, question)


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"request": 1}', '{"request": 1, "row": 2, "patch": [1]}', "\x00"])
def test_what_is_no_question_is_refused(line: str) -> None:
    with pytest.raises(ModelError, match="not a question on attention"):
        read_question(line)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", {"maps": np.zeros((0, 0, 0), np.float32)}, {"place": np.zeros(3, np.uint8)},
     {"maps": np.ones((1, 2, 2), np.float32), "place": np.frombuffer(b"[1", np.uint8)},
     {"maps": np.ones((1, 2, 2), np.float32), "place": np.frombuffer(b'{"scale": 3}', np.uint8)}],
)  # fmt: skip
def test_a_damaged_answer_is_one_line(tmp_path: Path, content: bytes | dict[str, np.ndarray]) -> None:
    path = tmp_path / "answer.npz"
    path.write_bytes(content) if isinstance(content, bytes) else np.savez(path, **content)
    with pytest.raises(ModelError, match=r"answer\.npz") as caught:
        read_answer(path)
    assert "\n" not in str(caught.value)


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(ModelError, match="Did you mean 'rollout'"):
        read_question('{"request": 1, "row": 2, "kind": "rolout"}')


def test_an_answer_comes_back_bit_for_bit(tmp_path: Path) -> None:
    maps = np.random.default_rng(0).random((2, 3, 4), dtype=np.float32)
    write_answer(Attention(maps, (8.5, 8.0), (3.75, 3.5), ("head 1", "head 2")), tmp_path / "1.npz")
    back = read_answer(tmp_path / "1.npz")
    assert back.maps.tobytes() == maps.tobytes()
    assert (back.scale, back.translate, back.names) == ((8.5, 8.0), (3.75, 3.5), ("head 1", "head 2"))
