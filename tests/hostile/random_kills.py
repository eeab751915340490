"""Every verb that writes, killed at a random moment: started again it must leave what it leaves undisturbed.

`python tests/hostile/random_kills.py [--kills N] [--seed S] [--only VERB]` kills with SIGKILL, half of the times after
a random while and half at a random write: when the n-th file is about to be given its name, or has just been given it.
Then the same command runs to its end (a training with `--resume`). All files must be those of an undisturbed call, byte
for byte but for the clock, and no other file may be left. Prints what was tried and what survived; exit 1 otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tifffile
import tiny_run
from tiny_run import tiny_config

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG = tiny_config(steps=6, batch_size=4, save_every=2, probes=1)

TRAIN = ("train", "tiny.toml", "--screen", "screen.csv", "--out", "run")
CHAIN: tuple[tuple[str, ...], ...] = (
    ("simulate", "-o", "simulated", "--batches", "1"),
    ("scan", "screen.csv", "-o", "scanned.parquet"),
    ("cells", "screen.csv", "--from", "tiles", "--crop", "16", "-o", "cells.parquet"),
    ("preview", "tiny.toml", "--screen", "screen.csv", "--no-steps", "-o", "preview"),
    TRAIN,
    ("embed", "run"),
    ("score", "run", "--nulls", "2"),
    ("project", "run", "--method", "pca"),
    ("archetypes", "run", "--num", "3"),
    ("correct", "run", "--method", "z"),
    ("quality", "run"),
    ("hits", "run"),
    ("doses", "run"),
    ("classify", "run", "--classes", "mechanism"),
    ("export", "run", "--to", "csv"),
    ("attend", "run", "--where", "plate=P1,well=A01", "-o", "maps.tif"),
    ("report", "run"),
)
"""Each verb begins where those before it have ended. `demo` is a chain of these; `serve` answers into a folder that its
caller has made; `runs` and `doctor` write nothing."""

CLOCK = re.compile(r"(^|/)(events\.jsonl|environment\.json|preview\.json)$|^cache/")
"""Files that tell of times and machines: they must be there, and hold something. So must those of the cache, whose
shards keep pixels that never got their record; its index holds a checksum of each array, which training reads by."""
TIMED = re.compile(r"(^|/)log\.csv$")
"""A table some of whose columns are the clock's."""
CLOCKS = (b"seconds", b"data_wait", b"images_per_second")


def make_screen(folder: Path) -> None:
    """Write two plates of twelve wells: controls, and two compounds at four doses each."""
    rng = np.random.default_rng(0)
    lines = ["plate,well,site,batch,treatment,compound,dose,mechanism,control,path,channel_names"]
    wells = [("DMSO", 0, "", "negative")] * 4 + [(f"T{t}", d, f"M{t}", "") for t in (1, 2) for d in (1, 3, 10, 30)]
    for plate in (1, 2):
        for number, (treatment, dose, mechanism, control) in enumerate(wells):
            well, path = f"{'AB'[number // 6]}{number % 6 + 1:02d}", f"{plate}-{number}.tif"
            tifffile.imwrite(folder / path, rng.poisson(200 + 20 * dose, (2, 32, 32)).astype(np.uint16))
            lines.append(
                f"P{plate},{well},1,b{plate},{treatment},{treatment},{dose},{mechanism},{control},{path},DNA;Actin"
            )
    (folder / "screen.csv").write_text("\n".join(lines) + "\n")
    (folder / "tiny.toml").write_text(CONFIG)


@dataclass
class Stage:
    """A verb, the folder it begins with, what it leaves undisturbed, and how long it takes."""

    verb: tuple[str, ...]
    before: Path
    left: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    writes: int = 0


def call(folder: Path, verb: Sequence[str], *, die_after: int = -1) -> tuple[int, int]:
    """Run a verb in a child; gives its number and the descriptor that it counts its writes on.

    With `die_after` = 2n it is killed when it is about to give the n-th file its name, with 2n + 1 right after.
    """
    return tiny_run.call(folder, verb, lambda counter: _count_writes(counter, die_after))


def _count_writes(counter: int, die_after: int) -> None:
    """Tell each time a file is given its name, and die at one of them."""
    seen = 0
    for module, name in ((os, "replace"), (os, "rename"), (Path, "replace"), (Path, "rename")):
        plain = getattr(module, name)

        def counted(*args: object, plain: object = plain, **more: object) -> object:
            nonlocal seen
            if seen == die_after:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
            result = plain(*args, **more)  # type: ignore[operator]
            os.write(counter, b".")
            if seen == die_after:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
            return result

        setattr(module, name, counted)


def finish(child: int, counter: int) -> tuple[int, int]:
    """Wait for a child; gives how it ended (negative: a signal) and how many files it gave a name."""
    writes = 0
    while heard := os.read(counter, 4096):
        writes += len(heard)
    os.close(counter)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), writes


def fingerprint(folder: Path) -> dict[str, str]:
    """Give each file below a folder with what must be equal of it."""
    return {
        str(path.relative_to(folder)): _essence(path, str(path.relative_to(folder)))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "home" not in path.relative_to(folder).parts
    }


def _essence(path: Path, name: str) -> str:
    content = path.read_bytes()
    if CLOCK.search(name):
        return "something" if content else "nothing"
    if TIMED.search(name):
        rows = [line.split(b",") for line in content.splitlines()]
        kept = [place for place, name in enumerate(rows[0]) if name not in CLOCKS]
        content = b"\n".join(b",".join(cells[place] for place in kept) for cells in rows)
    return hashlib.blake2b(content).hexdigest()


def rehearse(place: Path) -> list[Stage]:
    """Run the chain undisturbed, and keep what each verb begins with and leaves."""
    work = place / "work"
    work.mkdir()
    make_screen(work)
    stages = []
    for number, verb in enumerate(CHAIN):
        stage = Stage(verb, place / f"before-{number}")
        shutil.copytree(work, stage.before, symlinks=True)
        begun = time.perf_counter()
        status, stage.writes = finish(*call(work, verb))
        stage.seconds = time.perf_counter() - begun
        told = Path(f"{work}.told").read_text()
        assert status == 0, (verb, told[-2000:])
        stage.left = fingerprint(work)
        print(f"{verb[0]}: {stage.seconds:.1f} s, {stage.writes} writes", flush=True)  # noqa: T201
        stages.append(stage)
    return stages


def attempt(stage: Stage, work: Path, chance: random.Random) -> tuple[str, list[str]]:
    """Kill a verb, run it again, and compare; gives when it was killed and what went wrong."""
    while True:
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(stage.before, work, symlinks=True)
        at_write = stage.writes and chance.random() < 0.5
        if at_write:
            place = chance.randrange(2 * stage.writes)
            child, counter = call(work, stage.verb, die_after=place)
            when = f"{'after' if place % 2 else 'before'} write {place // 2 + 1} of {stage.writes}"
        else:
            wait = chance.random() * stage.seconds
            child, counter = call(work, stage.verb)
            when = f"after {wait:.2f} of {stage.seconds:.2f} s"
            time.sleep(wait)
            _kill(child)
        status, _ = finish(child, counter)
        if status == -signal.SIGKILL:
            break  # else it was faster than last time: no kill
    again = [*stage.verb, "--resume"] if stage.verb[0] == "train" else stage.verb
    status, _ = finish(*call(work, again))
    return when, compare(stage, work, status)


def _kill(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:  # not yet leader of its group
        os.kill(child, signal.SIGKILL)


def compare(stage: Stage, work: Path, status: int) -> list[str]:
    """Give what differs from what an undisturbed call leaves."""
    left = fingerprint(work)
    told = [line for line in Path(f"{work}.told").read_text(errors="replace").splitlines() if line.strip()]
    wrong = [] if status == 0 else [f"exit {status}: {told[-1] if told else 'not a word'}"]
    wrong += [f"{name} is missing" for name in sorted(stage.left.keys() - left.keys())]
    wrong += [f"{name} is left over" for name in sorted(left.keys() - stage.left.keys())]
    both = sorted(left.keys() & stage.left.keys())
    return wrong + [f"{name} differs" for name in both if left[name] != stage.left[name]]


def import_all() -> None:
    """Load what the verbs need before children are made: a kill then hits the work, not the imports."""
    import importlib

    for module in ("cdcl.cli." + verb[0] for verb in CHAIN):
        importlib.import_module(module)
    for module in ("cdcl.training", "cdcl.inference", "cdcl.report", "cdcl.projections", "matplotlib.pyplot"):
        importlib.import_module(module)


def main() -> int:
    """Kill each verb in turn until so many kills are done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=68, help="default: 68, four of each verb")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="verbs whose name begins with this")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    chance = random.Random(args.seed)
    import_all()
    with tempfile.TemporaryDirectory() as name:
        stages = [stage for stage in rehearse(Path(name)) if stage.verb[0].startswith(args.only)]
        failed, counts = 0, dict.fromkeys((stage.verb[0] for stage in stages), 0)
        for number in range(args.kills):
            stage = stages[number % len(stages)]
            counts[stage.verb[0]] += 1
            Path(name, "work.told").unlink(missing_ok=True)
            when, wrong = attempt(stage, Path(name, "work"), chance)
            failed += bool(wrong)
            for fault in wrong:
                print(f"{stage.verb[0]} killed {when}: {fault}", flush=True)  # noqa: T201
    print(f"kills by verb: {json.dumps(counts)}")  # noqa: T201
    print(f"random kills: {args.kills} tried, {args.kills - failed} survived")  # noqa: T201
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
