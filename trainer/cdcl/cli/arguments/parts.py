"""What the arguments of several verbs have in common."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from cdcl.errors import CDCLError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVELS = ("site", "well", "treatment")
"""Levels of profiles, without cells."""


class UsageError(CDCLError, ValueError):
    """The command line itself is wrong."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, and name the nearest word there is."""

    def error(self, message: str) -> NoReturn:
        """Complain; the caller prints."""
        raise UsageError(f"{message.rstrip('.')}. See `{self.prog} --help`.")

    def parse_known_args(  # type: ignore[override]  # the two overloads differ in what an empty namespace may be
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse the words, and complain of unknown ones here, where the verb's own options are known."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            options = [word.partition("=")[0] for word in unknown if word.startswith("--")]
            near = [get_close_matches(word, self._option_string_actions, n=1) for word in options]
            hint = ", ".join(dict.fromkeys(one for ones in near for one in ones))
            self.error(f"unrecognized arguments: {' '.join(unknown)}{f' (did you mean {hint}?)' if hint else ''}")
        return found, unknown

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if action.choices is not None and value not in action.choices:
            kind = str(action.metavar or action.dest).lower()
            raise UsageError(unknown_name(kind, str(value), map(str, action.choices)))


Verbs: TypeAlias = "argparse._SubParsersAction[Parser]"


def add_verb(verbs: Verbs, name: str, what: str, *examples: str) -> Parser:
    """Add a verb with its sentence and examples."""
    shown = "\n".join(f"  cdcl {name} {example}".rstrip() for example in examples)
    parser: Parser = verbs.add_parser(
        name,
        help=what[0].lower() + what[1:].rstrip("."),
        description=what,
        epilog=f"example{'s' if len(examples) > 1 else ''}:\n{shown}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--events", action="store_true", help="print JSON lines instead of a progress bar")
    return parser


def add_profiles(parser: Parser) -> None:
    """Ask for profiles, and for the plate map that is beside them."""
    parser.add_argument("profiles", type=Path, metavar="RUN_OR_PROFILES", help="a run, or a file of profiles")
    add_metadata(parser)


def add_metadata(parser: Parser) -> None:
    """Ask what is in the wells of profiles that do not say it."""
    parser.add_argument(
        "--metadata",
        type=Path,
        metavar="FILE",
        help="of a file or folder of profiles: a platemap that says what is in their wells, as `cdcl scan` reads it",
    )


def add_cell_file(parser: Parser) -> None:
    """Ask for a file of cells."""
    parser.add_argument(
        "--cells",
        type=Path,
        metavar="FILE",
        help="of cells, as `cdcl cells` reads or writes; default: beside the screen",
    )


def add_cache(parser: Parser) -> None:
    """Ask where decoded pixels are kept."""
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep decoded pixels here (default: $CDCL_CACHE)")


def add_device(parser: Parser) -> None:
    """Ask where the network runs."""
    parser.add_argument("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps")


def add_best(parser: Parser) -> None:
    """Ask which checkpoint of a run."""
    parser.add_argument("--best", action="store_true", help="use the checkpoint that did best on the validation rows")


def add_machines(parser: argparse._ArgumentGroup) -> None:
    """Ask what a job wants of a cluster."""
    parser.add_argument("--gpus", type=int, default=1, metavar="G", help="GPUs of each machine (default: 1)")
    parser.add_argument("--partition", metavar="NAME", help="or queue; default: the cluster's own")
    parser.add_argument("--time", default="24:00:00", metavar="LIMIT", help="default: 24:00:00; the job then resumes")
    parser.add_argument(
        "--module", action="append", default=[], metavar="NAME", help="environment module to load (repeatable)"
    )
    parser.add_argument("--container", metavar="IMAGE", help="run in this image with Apptainer; it holds cdcl")
