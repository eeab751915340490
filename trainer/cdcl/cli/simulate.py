"""`cdcl simulate`: a screen to try things on, with known treatments and known batch effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from cdcl.cli.progress import run_task
from cdcl.errors import ConfigError
from cdcl.synthetic import SyntheticConfig, simulate_screen

if TYPE_CHECKING:
    from argparse import Namespace


def perform(args: Namespace) -> None:
    """Write images and table."""
    if args.batches < 1:
        raise ConfigError(f"--batches {args.batches}: at least 1 is needed.")
    try:
        config = SyntheticConfig(batches=args.batches, doses=args.doses, seed=args.seed, vignetting=args.vignetting)
    except ValidationError as error:
        wrong = error.errors()[0]
        name = str(wrong["loc"][0]) if wrong["loc"] else "doses"
        raise ConfigError(f"--{name} {getattr(args, name, '')}: {wrong['msg']}") from error
    run_task(simulate_screen(config, args.out), args)
