"""The command line. Exit 0: done; 2: what the user can mend, in one line; 1: a defect; 130: interrupted."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from cdcl.cli.parser import make_parser
from cdcl.errors import CDCLError

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFECT, MENDABLE, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status."""
    try:
        return _perform(arguments)
    except CDCLError as error:
        print(f"cdcl: error: {_one_line(str(error))}", file=sys.stderr)  # noqa: T201
        return MENDABLE
    except KeyboardInterrupt:
        print("cdcl: interrupted", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        _report_defect(error)
        return DEFECT


def _perform(arguments: Sequence[str] | None) -> int:
    args = make_parser().parse_args(arguments)
    if not sys.warnoptions:
        _silence_libraries()
    # Threads that spin while they wait make a step ten times slower on a machine that has other work too.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # A verb's module imports what the verb needs, and `cdcl --help` needs none of it.
    status = import_module(f"cdcl.cli.{args.verb}").perform(args)
    sys.stdout.flush()
    return int(status or 0)


def _silence_libraries() -> None:
    import warnings

    warnings.simplefilter("ignore")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _report_defect(error: Exception) -> None:
    import traceback

    traceback.print_exc()
    what = _one_line(f"{type(error).__name__}: {error}")
    print(f"cdcl: this is a defect of cdcl ({what}); please report it with the lines above", file=sys.stderr)  # noqa: T201
