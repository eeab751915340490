"""What the trainer says of the command line is said in the words of the window."""

from __future__ import annotations

import argparse
import errno
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_cdcl
from cdcl.cli.parser import make_parser
from cdcl.errors import RunError
from napari_cdcl.models.window_words import BUTTONS, PANELS, in_window, words_of

VERBS = next(one for one in make_parser()._actions if isinstance(one, argparse._SubParsersAction)).choices
OPTIONS = sorted({text for verb in VERBS.values() for one in verb._actions for text in one.option_strings})
TYPED = re.compile(r"(?<![\w-])--\w|`cdcl ")


@pytest.mark.parametrize("name", [name for name in OPTIONS if name.startswith("--")])
def test_no_option_keeps_its_dashes(name: str) -> None:
    said = in_window(f"the run is there; add {name} to go on, or choose another with {name} NAME.")
    assert not TYPED.search(said)
    assert said.endswith("NAME.")


@pytest.mark.parametrize("name", sorted(VERBS))
def test_no_verb_is_told_as_something_to_type(name: str) -> None:
    said = in_window(f"make it anew with `cdcl {name} RUN --level well`.")
    assert not TYPED.search(said)
    assert said.startswith("make it anew with ")
    assert name in said or PANELS[name] in said


def test_the_words_are_those_of_options_and_verbs_that_there_are() -> None:
    assert {f"--{name}" for name in BUTTONS} <= set(OPTIONS)
    assert PANELS.keys() <= VERBS.keys()


def test_a_diverged_training_names_the_button() -> None:
    said = in_window("the loss was not finite, with --resume and a lower rate, --set optimizer.lr=1e-05.")
    assert said == "the loss was not finite, with Go on (panel Runs) and a lower rate, the setting optimizer.lr=1e-05."


def test_settings_that_are_not_in_sight_are_said_in_words() -> None:
    said = in_window("a pixel is a pixel; --set views.window=448 shows it twice as much of the field at once")
    assert said == "a pixel is a pixel; a window of 448 pixels shows it twice as much of the field at once"
    assert in_window("--set intensities.method=... says it") == "the setting for intensities says it"
    said = in_window("; --set intensities.method=image takes theirs.")
    assert said == "; the setting for intensities (image) takes theirs."


def test_several_settings_in_a_row_are_said_as_a_list() -> None:
    said = in_window("Its own: --set model.patch=16 --set model.width=192 --set model.heads=3 (heads of 64 numbers).")
    assert said == "Its own: the settings model.patch=16, model.width=192 and model.heads=3 (heads of 64 numbers)."
    assert in_window("Its own: --set a=1 --set b=2.") == "Its own: the settings a=1 and b=2."
    assert in_window("Its own: --set a=1.") == "Its own: the setting a=1."


def test_an_error_of_the_system_says_where_and_how_to_mend_it() -> None:
    assert words_of(PermissionError(errno.EACCES, "Permission denied", "/x/y")).startswith("/x/y: your account may not")
    assert words_of(RunError("add --resume")) == "add Go on (panel Runs)"
    assert words_of(ValueError()) == "ValueError"


@given(st.lists(st.sampled_from([*OPTIONS, "`cdcl embed x`", "--set a.b=1", "word", "-", "`", "-o FILE", "\n"])))
def test_what_is_said_once_stays_so(parts: list[str]) -> None:
    once = in_window(" ".join(parts))
    assert in_window(once) == once
    assert not TYPED.search(once)


def test_whoever_shows_an_error_says_it_in_these_words() -> None:
    root = Path(napari_cdcl.__file__).parent
    bare = [
        f"{path.relative_to(root)}:{number}"
        for path in sorted(root.rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"(setText|say|emit|_tell|show_\w+)\(str\(error\)\)", line)
    ]
    assert bare == []
