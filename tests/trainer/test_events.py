"""Events: what is written as JSON is what is read."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcl.errors import CDCLError
from cdcl.events import EVENTS, Advanced, Began, Ended, Measured, Said, Warned, Wrote, from_json, to_json

texts = st.text(max_size=20)
counts = st.integers(0, 10**9)
numbers = st.dictionaries(texts, st.floats(allow_nan=False), max_size=4)
events = st.one_of(
    st.builds(Began, texts, st.none() | counts, texts),
    st.builds(Advanced, counts, texts),
    st.builds(Measured, counts, numbers),
    st.builds(Said, texts),
    st.builds(Warned, texts),
    st.builds(Wrote, texts, texts),
    st.builds(Ended, texts, texts),
)


@given(events)
def test_event_survives_the_way_through_json(event) -> None:
    line = to_json(event)
    assert "\n" not in line
    assert from_json(line) == event


def test_every_kind_of_event_has_its_name() -> None:
    named = {"began", "advanced", "measured", "said", "warned", "wrote", "answered", "refused", "ended"}
    assert set(EVENTS) == named
    assert json.loads(to_json(Advanced(3)))["event"] == "advanced"


def test_time_of_an_event_file_is_passed_over() -> None:
    assert from_json('{"time": 1.5, "event": "said", "message": "hello"}') == Said("hello")


@pytest.mark.parametrize(
    "line", ["", "nonsense", "[]", "3", '{"event": "exploded"}', '{"done": 3}', '{"event": "advanced", "dun": 3}']
)
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(CDCLError, match="not an event line"):
        from_json(line)


def test_events_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Said("a").message = "b"  # type: ignore[misc]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_line_is_json_though_a_loss_is_not_finite(value: float) -> None:
    def refuse(word: str) -> None:
        raise ValueError(word)

    line = to_json(Measured(3, {"loss": value}))
    json.loads(line, parse_constant=refuse)
    assert str(from_json(line).values["loss"]) == str(value)


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "advanced", "done": "many"}',
        '{"event": "advanced", "done": true}',
        '{"event": "advanced", "done": 1' + "0" * 400 + "}",
        '{"event": "said", "message": 3}',
        '{"event": "measured", "step": 1, "values": [1]}',
        '{"event": "measured", "step": 1, "values": {"loss": "much"}}',
        '{"event": ["said"]}',
        "[" * 100_000,
    ],
)
def test_a_line_that_only_looks_like_an_event_is_none(line: str) -> None:
    with pytest.raises(CDCLError, match="not an event line"):
        from_json(line)
