"""The command line. Exit 0: done; 2: what the user can mend, in one line; 1: a defect; 130: interrupted."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from cdcl.broken_packages import broken_package, describe_broken
from cdcl.cli.idle_options import refuse_idle
from cdcl.cli.own_inputs import spare_inputs
from cdcl.cli.parser import make_parser, without_auto
from cdcl.cli.streams import give_up_output, open_closed_streams, tell
from cdcl.errors import CDCLError
from cdcl.os_errors import describe, is_short_of_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFECT, MENDABLE, INTERRUPTED = 1, 2, 130
"""Exit codes: Python's own for an exception, argparse's for bad input, and 128 + SIGINT."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status."""
    open_closed_streams()
    try:
        return _guarded(arguments)
    finally:
        give_up_output()


def _guarded(arguments: Sequence[str] | None) -> int:
    """Turn whatever ends a verb into a status and a line: the one place where refusals of the system become words."""
    try:
        return _perform(arguments)
    except CDCLError as error:
        tell(f"cdcl: error: {_one_line(str(error))}")
        return MENDABLE
    except KeyboardInterrupt:
        tell("cdcl: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return 0  # whoever read our output has seen enough
    except (OSError, MemoryError, RecursionError, UnicodeError) as error:
        package = broken_package(error)
        tell(f"cdcl: error: {_one_line(describe_broken(package, error) if package else describe(error))}")
        return MENDABLE
    except Exception as error:
        if package := broken_package(error):
            tell(f"cdcl: error: {_one_line(describe_broken(package, error))}")
            return MENDABLE
        if is_short_of_memory(error):
            tell(f"cdcl: error: {describe(MemoryError())}")
            return MENDABLE
        _report_defect(error)
        return DEFECT


def _perform(arguments: Sequence[str] | None) -> int:
    args = make_parser().parse_args(without_auto(sys.argv[1:] if arguments is None else arguments))
    spare_inputs(args)
    refuse_idle(args)
    if not sys.warnoptions:
        _silence_libraries()
    # Threads that spin while they wait make a step ten times slower on a machine that has other work too.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # A verb's module imports what the verb needs, and `cdcl --help` needs none of it.
    status = import_module(f"cdcl.cli.{args.verb.replace('-', '_')}").perform(args)
    with suppress(OSError):  # the work is done, whether or not there is room to tell of it
        sys.stdout.flush()
    return int(status or 0)


def _silence_libraries() -> None:
    import warnings

    warnings.simplefilter("ignore")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _report_defect(error: Exception) -> None:
    import traceback

    what = _one_line(f"{type(error).__name__}: {error}")
    tell("".join(traceback.format_exception(error)).rstrip())
    tell(f"cdcl: this is a defect of cdcl ({what}); please report it with the lines above")
