"""`cdcl accept`: hold new plates against a protocol, and keep who let them in, when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.cli.frozen_parts import apply_classifier, apply_correction, novel_shares
from cdcl.cli.progress import run_task
from cdcl.cli.protocol import NETWORK
from cdcl.cli.streams import show
from cdcl.cli.tables import align
from cdcl.errors import CDCLError, ProfilesError
from cdcl.events import Said, Warned, Wrote
from cdcl.pixels.cache import default_cache_folder, fill_cache
from cdcl.quality import measure_fields, wells_of
from cdcl.quality.acceptance import (
    STOP,
    as_table,
    check_fields,
    check_images,
    check_phenotypes,
    check_plates,
    verdict_of,
)
from cdcl.quality.decisions import DECISIONS, Statement, decide, keep_decision, settle
from cdcl.quality.protocol import read_protocol
from cdcl.readers import read_screen

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    import pandas as pd

    from cdcl.profiles import Profiles
    from cdcl.quality.acceptance import Check
    from cdcl.quality.protocol import Protocol
    from cdcl.screen import Screen
    from cdcl.tasks import Task

STOPPED = 1
"""Exit status where a plate is stopped, for scripts; 2 is bad input."""


def perform(args: Namespace) -> int:
    """Judge plates; with --decide, keep what was decided."""
    if args.decide is not None and not args.why.strip():
        raise ProfilesError("a decision needs its reason: --why TEXT.")
    if args.out is not None and args.out.suffix.lower() != ".csv":
        raise ProfilesError(f"{args.out}: checks are written as .csv.")
    checks = run_task(_accept(args), args)
    if not args.events:
        show(in_words(checks))
    return STOPPED if verdict_of(checks) == STOP and args.decide is None else 0


def in_words(checks: list[Check]) -> str:
    """Say what was checked, the whole first, and the verdict of each plate."""
    rows = [[check.plate or "all", check.verdict, check.check, check.reason] for check in checks]
    plates = dict.fromkeys(check.plate for check in checks if check.plate)
    verdicts = [f"{plate}: {verdict_of(checks, plate)}" for plate in plates] or [verdict_of(checks)]
    return align(["plate", "", "check", ""], rows) + "\n" + "\n".join(verdicts)


def _accept(args: Namespace) -> Task[list[Check]]:
    protocol, screen = read_protocol(args.protocol), read_screen(args.source)
    statement = _statement(args, screen)
    checks = check_images(screen, protocol)
    if verdict_of(checks) != STOP:  # a network that was made for other images says nothing about these
        checks += yield from _check_pixels(args, screen, protocol)
    if args.out is not None:
        with replaced_file(args.out) as temporary:
            as_table(checks).to_csv(temporary, index=False)
        yield Wrote("checks", str(args.out))
    if statement is not None:
        keep_decision(args.protocol, decide(statement, args.source, checks))
        yield Said(f"kept in {args.protocol / DECISIONS}: {args.decide}, {args.why}")
    return checks


def _check_pixels(args: Namespace, screen: Screen, protocol: Protocol) -> Task[list[Check]]:
    from cdcl.inference import embed, load_model  # torch, which takes seconds

    folder: Path = args.cache or default_cache_folder()
    profiles = yield from embed(load_model(args.protocol / NETWORK, args.device or "auto"), screen, cache_folder=folder)
    corrected = yield from apply_correction(profiles, args.protocol)
    checks = check_plates(wells_of(corrected), protocol)
    predicted = apply_classifier(profiles, args.protocol)
    if predicted is not None:
        checks += check_phenotypes(novel_shares(profiles, predicted), protocol)
        yield from _write_phenotypes(args, profiles, predicted)
    if not protocol.focus:
        return checks
    try:
        measured = yield from measure_fields(screen, (yield from fill_cache(screen, folder)))
    except CDCLError as reason:
        yield Warned(f"focus is not judged: {reason}")
        return checks
    return checks + check_fields(measured, screen, protocol)


def _write_phenotypes(args: Namespace, profiles: Profiles, predicted: pd.DataFrame) -> Task[None]:
    """Write the shares of wells beside the checks."""
    if args.out is None:
        return
    from cdcl.phenotypes import well_shares

    path = args.out.with_name(f"{args.out.stem}-phenotypes.csv")
    with replaced_file(path) as temporary:
        well_shares(profiles, predicted).to_csv(temporary, index=False)
    yield Wrote("phenotypes of wells", str(path))


def _statement(args: Namespace, screen: Screen) -> Statement | None:
    """Give what was decided, held against the screen before the work that it is about."""
    if args.decide is None:
        return None
    plates, wells = (tuple(names.split(",")) for names in (args.plates, args.wells))
    return settle(Statement(args.decide, args.why, args.who, plates, wells), screen.sites)
