"""How messages name what can be typed: an option, a verb.

Messages are read in a terminal and in the window, and those of a run's folder in both; the window finds these forms and
says its own words instead. Below the command line they are written by these functions alone, so that a test can hold
every name against the parser: no message tells of an option that was renamed.
"""

from __future__ import annotations


def option(name: str) -> str:
    """Name an option as it is typed, with its two dashes."""
    return f"--{name}"


def verb(words: str) -> str:
    """Name a verb with what follows it as it is typed, in backticks."""
    return " ".join(("`cdcl", words)) + "`"
