"""What a verb reads, it does not write over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.cli.arguments.parts import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

WRITTEN = ("out", "plot", "picture", "keep", "labelled", "montage")
"""Options that name a file which is written."""


def spare_inputs(args: Namespace) -> None:
    """Refuse to replace a file that is read by what is made of it.

    Raises
    ------
    UsageError
        If one of them is named for both.
    """
    written = [(name, path) for name in WRITTEN for path in _files(getattr(args, name, None))]
    read = [path for name, value in vars(args).items() if name not in WRITTEN for path in _files(value)]
    for name, out in written:
        if any(out.samefile(source) for source in read):
            raise UsageError(
                f"{out} is read, and would be replaced by what is made of it; name another file with --{name}."
            )


def _files(value: object) -> list[Path]:
    values = value if isinstance(value, list) else [value]
    return [path for path in values if isinstance(path, Path) and path.is_file()]
