"""The command line's grammar; it imports nothing but the standard library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl import __version__
from cdcl.cli.arguments import networks, profiles, runs, screens, training
from cdcl.cli.arguments.parts import Parser, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = (
    screens.demo,
    screens.simulate,
    screens.scan,
    screens.plan_layout,
    screens.cells,
    screens.illumination,
    screens.measure,
    training.preview,
    training.train,
    training.submit,
    training.follow,
    training.send,
    networks.embed,
    profiles.score,
    profiles.compare,
    profiles.project,
    profiles.cluster,
    profiles.archetypes,
    networks.attend,
    networks.difference,
    networks.serve,
    profiles.correct,
    profiles.quality,
    profiles.protocol,
    profiles.accept,
    profiles.hits,
    profiles.relations,
    profiles.doses,
    profiles.classify,
    profiles.export,
    runs.report,
    runs.runs,
    runs.doctor,
)
"""Each adds a verb with its arguments, in the order of `cdcl --help`."""


def make_parser() -> Parser:
    """Make the parser of `cdcl`."""
    parser = Parser(
        prog="cdcl",
        description="Train, embed and score high-content screens, with networks that look past the batch.",
        epilog="`cdcl VERB --help` explains a verb with an example; `cdcl demo` shows them all at work.",
    )
    parser.add_argument("--version", action="version", version=f"cdcl {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for add in VERBS:
        add(verbs)
    return parser


def without_auto(words: Sequence[str]) -> list[str]:
    """Take `--resume auto` for `--resume`; as an optional value it would swallow the recipe that may follow."""
    kept = [word for before, word in zip(["", *words], words, strict=False) if (before, word) != ("--resume", "auto")]
    return ["--resume" if word == "--resume=auto" else word for word in kept]


__all__ = ["VERBS", "Parser", "UsageError", "make_parser", "without_auto"]
