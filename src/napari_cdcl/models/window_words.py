"""What the trainer says of options and verbs, said for somebody who looks at a window and types nothing.

The trainer's lines name what can be typed (`cdcl.wording`). Here each form becomes what the window calls it: a
button, a panel, a setting. What no table knows loses its dashes and is left a plain word.
"""

from __future__ import annotations

import re

from cdcl.os_errors import describe

BUTTONS = {
    "resume": "Go on (panel Runs)",
    "from-checkpoint": "Branch… (panel Train)",
    "screen": "the screen that is open",
    "out": "another name",
    "device": "the device in the preferences",
    "pattern": "Read by file names… (panel Screen):",
    "baselines": "the baselines (panel Scores)",
    "sbatch": "Save as SLURM job… (panel Train)",
}
"""What does in the window what an option does on the command line; `set` is a setting of its own."""

PANELS = {
    "scan": "the panel Screen",
    "simulate": "the panel Screen",
    "demo": "the sample data (File menu)",
    "cells": "the panel Cells",
    "classify": "the tab Phenotypes of the panel Explore",
    "cluster": "Project ▾ Clusters of this map (panel Explore)",
    "compare": "Compare (panel Scores)",
    "preview": "the panel Train",
    "train": "the panel Train",
    "embed": "the tab Embed of the panel Runs",
    "protocol": "the tab New plates of the panel Runs",
    "accept": "the tab New plates of the panel Runs",
    "hits": "the panel Treatments",
    "doses": "Fit curves (panel Treatments, Doses)",
    "score": "the panel Scores",
    "correct": "the panel Scores",
    "project": "Project… of the panel Explore",
    "attend": "the panel Attention",
    "serve": "the panel Attention",
    "runs": "the panel Runs",
}
"""Where the window does what a verb does; other verbs are named as commands for a terminal."""

SETTINGS = (
    (r"views\.window=(\d+)", r"a window of \1 pixels"),
    (r"intensities\.method=\.\.\.", "the setting for intensities"),
    (r"intensities\.method=(\w+)", r"the setting for intensities (\1)"),
)
"""What settings are in words, where their name is not before the user's eyes; the first that fits holds."""

_VERB = re.compile(r"`cdcl ([a-z-]+)[^`\n]*`")
_SET = re.compile(r"--set ([\w.]+)")
_SETS = re.compile(r"--set \S+(?: --set \S+)+")
_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")
_OUTPUT = re.compile(r"(?<![\w-])-o (?=[A-Z]+\b)")


def in_window(text: str) -> str:
    """Say a line of the trainer without the command line; what is so already stays so."""
    text = _VERB.sub(lambda found: PANELS.get(found[1], f"{found[1]} (a command of cdcl in a terminal)"), text)
    for pattern, words in SETTINGS:
        text = re.sub(f"--set {pattern}", words, text)
    text = _SETS.sub(_listed, text)
    text = _SET.sub(r"the setting \1", text)
    text = _OPTION.sub(lambda found: BUTTONS.get(found[1], found[1].replace("-", " ")), text)
    return _OUTPUT.sub("another ", text)


def _listed(found: re.Match[str]) -> str:
    """Say several settings in a row as a list."""
    *first, last = found[0].removeprefix("--set ").split(" --set ")
    return f"the settings {', '.join(first)} and {last}"


def words_of(error: BaseException) -> str:
    """Say in a line of the window what an error says, or what the system refused."""
    said = describe(error) if isinstance(error, OSError) and error.errno else str(error)
    return in_window(" ".join(said.split()) or type(error).__name__)
