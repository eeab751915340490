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
        config = SyntheticConfig(batches=args.batches, doses=args.doses, seed=args.seed)
    except ValidationError as error:
        raise ConfigError(f"--doses {args.doses}: {error.errors()[0]['msg']}") from error
    run_task(simulate_screen(config, args.out), args)
