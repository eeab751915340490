"""Every file of a run folder, damaged in every way: each verb must answer, or say in one line what is wrong.

`python tests/hostile/hostile_files.py [--tries N] [--seed S] [--skip N]` prints what was tried and what survived;
exit 1 if anything ended in a traceback, a signal, a hang or more memory than a gigabyte.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import io
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tifffile
from tiny_run import tiny_config

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 900
"""By the clock for all verbs on one damaged run: who waits longer, waits for ever; the machine may be busy."""
PROGRESS = 20
"""Tries between two lines of progress: some minutes."""
CPU_SECONDS = 90
"""Of work for all of them: an undamaged run takes 4, once everything is loaded."""
MEMORY = 2**30
"""Bytes that a verb may take beyond what its libraries have taken."""

CONFIG = tiny_config(steps=4, batch_size=4, save_every=2, probes=1)

VERBS: tuple[tuple[str, ...], ...] = (
    ("runs", "."),
    ("report", "run"),
    ("score", "run", "--nulls", "2"),
    ("project", "run", "--method", "pca"),
    ("quality", "run"),
    ("export", "run", "--to", "csv"),
    ("archetypes", "run"),
    ("attend", "run", "--where", "plate=P1,well=A01", "-o", "maps.tif"),
    ("embed", "run"),
    ("train", "--out", "run", "--resume", "--set", "steps=5"),
)


def make_run(folder: Path) -> None:
    """Train, embed, project, score and draw a tiny run in `folder / "run"`, by the command line."""
    rng = np.random.default_rng(0)
    lines = ["plate,well,site,batch,treatment,control,path,channel_names"]
    for number in range(16):
        plate, well = f"P{number % 2 + 1}", f"A{number // 2 + 1:02d}"
        tifffile.imwrite(folder / f"{number}.tif", rng.poisson(200, (2, 32, 32)).astype(np.uint16))
        treatment = f"T{number // 4}"
        control = "negative" if treatment == "T0" else ""
        lines.append(f"{plate},{well},1,b{plate},{treatment},{control},{number}.tif,DNA;Actin")
    (folder / "screen.csv").write_text("\n".join(lines) + "\n")
    (folder / "tiny.toml").write_text(CONFIG)
    for verb in (("train", "tiny.toml", "--screen", "screen.csv", "--out", "run"), *VERBS[8:0:-1]):
        done = subprocess.run(
            [sys.executable, "-m", "cdcl", *verb], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (verb, done.stderr)


def _write(content: bytes) -> Callable[[Path], None]:
    return lambda path: _replaced(path).write_bytes(content) and None


def _replaced(path: Path) -> Path:
    path.unlink()
    return path


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 7, len(content), max(1, len(content) // 5)):
        content[place] ^= 0x41
    path.write_bytes(content)


def _words(path: Path) -> None:
    """Turn every digit of a text into something that is no number, or not a finite one."""
    path.write_bytes(path.read_bytes().replace(b"1", b"1e400").replace(b"0.", b"inf").replace(b"2", b"\xb2"))


def _huge(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"16", b"10000000").replace(b"= 1\n", b"= 1000000000000000000\n"))


def _loop(path: Path) -> None:
    _replaced(path).symlink_to(path.name)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "missing": lambda path: path.unlink(),
    "empty": _write(b""),
    "cut in half": _cut,
    "zeros": _zeros,
    "flipped bytes": _flipped,
    "random bytes": _write(random.Random(0).randbytes(3000)),
    "no number": _words,
    "huge numbers": _huge,
    "latin-1": _write("Zürich,Größe\n1,ü\n".encode("latin-1")),
    "deep JSON": _write(b"[" * 200_000),
    "deep objects": _write(b'{"a":' * 100_000),
    "deep TOML": _write(b"a = " + b"[" * 100_000),
    "a list": _write(b"[1, 2, 3]"),
    "other JSON": _write(b'{"step": "x", "config": [], "channels": 3, "format": 1e400, "values": null, "event": []}'),
    "other TOML": _write(b'steps = "many"\nmodel = 3\n[views]\nglobal_crops = []\n'),
    "a folder": lambda path: _replaced(path).mkdir(),
    "a pipe": lambda path: os.mkfifo(_replaced(path)),
    "an endless device": lambda path: _replaced(path).symlink_to("/dev/zero"),
    "a loop of links": _loop,
    "a sparse giant": lambda path: os.truncate(path, 50 * 2**30),
    "not to be read": lambda path: path.chmod(0),
}


def _parquet_of_others(path: Path) -> None:
    import pandas as pd

    pd.DataFrame({"a": [1.0, np.inf], "Metadata_Plate": [None, "x"]}).to_parquet(_replaced(path))


def _arrays_of_others(path: Path) -> None:
    with _replaced(path).open("wb") as file:
        np.savez(file, image=np.zeros((0, 3)), maps=np.zeros(0), place=np.zeros(3))


DAMAGES["other parquet"] = _parquet_of_others
DAMAGES["other arrays"] = _arrays_of_others


def attempt(source: Path, file: str, damage: str) -> list[str]:
    """Damage one file of a copy of the run, call all verbs in a child, and give what went wrong."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "work"
        shutil.copytree(source, place, symlinks=True)
        DAMAGES[damage](place / file)
        child = os.fork()
        if child == 0:
            _child(place)
        _, status = os.waitpid(child, 0)
        told = (place / "told.txt").read_text(errors="replace") if (place / "told.txt").exists() else ""
    faults = [line.removeprefix("FAULT ") for line in told.splitlines() if line.startswith("FAULT ")]
    if status:
        last = [line for line in told.splitlines() if line.startswith("VERB ")][-1:]
        faults.append(f"{last}: signal {os.waitstatus_to_exitcode(status)}")
    return faults


def _child(place: Path) -> None:
    """Call each verb in this process, without privileges, with little memory and little time; never returns."""
    from cdcl.cli import main

    signal.alarm(SECONDS)
    os.chdir(place)
    os.environ["CDCL_CACHE"] = str(place / "cache")
    os.environ["HOME"] = str(place)
    out = os.open("told.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    loud = os.dup(1)
    os.dup2(out, 1)
    os.dup2(out, 2)
    _give_up_privileges()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + CPU_SECONDS, -1))
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)
    for verb in VERBS:
        os.write(out, f"VERB {verb[0]}\n".encode())
        status = main(verb)
        sys.stdout.flush()
        sys.stderr.flush()
        if status not in (0, 2):
            os.write(out, f"FAULT {verb[0]}: exit {status}\n".encode())
            os.write(loud, Path("told.txt").read_bytes()[-2000:] if "HOSTILE_LOUD" in os.environ else b"")
    os._exit(0)


def _give_up_privileges() -> None:
    """Let root be refused what its files' modes refuse: without capabilities it is a user like others."""
    if os.geteuid() == 0:
        header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        if ctypes.CDLL(None, use_errno=True).capset(header, none):
            raise OSError(ctypes.get_errno(), "capset")


def main() -> int:
    """Try all, or a sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=0, help="a random sample of so many; default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--skip", type=int, default=0, help="leave out so many, which another call has tried")
    parser.add_argument("--only", default="", help="files or damages whose name holds this")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "source"
        source.mkdir()
        make_run(source)
        _warm_up(source)
        files = sorted(str(path.relative_to(source)) for path in (source / "run").rglob("*") if path.is_file())
        tries = [(file, damage) for file in files for damage in DAMAGES if args.only in f"{file}: {damage}"]
        if args.tries:
            tries = random.Random(args.seed).sample(tries, min(args.tries, len(tries)))
        tries, failed = tries[args.skip :], 0
        for number, (file, damage) in enumerate(tries):
            if number % PROGRESS == 0:
                print(f"{number} of {len(tries)} tried", file=sys.stderr, flush=True)  # noqa: T201
            faults = attempt(source, file, damage)
            failed += bool(faults)
            for fault in faults:
                print(f"{file}: {damage}: {fault}", flush=True)  # noqa: T201
    print(f"hostile files: {len(tries)} tried, {len(tries) - failed} survived")  # noqa: T201
    return int(failed > 0)


def _warm_up(source: Path) -> None:
    """Call all verbs once on a copy, before the children are made: what they load and compile is then there."""
    from cdcl.cli import main as call

    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "work"
        shutil.copytree(source, place)
        with (
            contextlib.chdir(place),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            os.environ["CDCL_CACHE"] = str(place / "cache")
            statuses = [call(verb) for verb in VERBS]
    assert not any(statuses), "an undamaged run answers every verb"


if __name__ == "__main__":
    sys.exit(main())
