"""The verbs and their arguments: the contract that scripts and the window rely on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn, TypeAlias

from cdcl import __version__
from cdcl.errors import CDCLError, unknown_name

LEVELS = ("site", "well", "treatment")


class UsageError(CDCLError, ValueError):
    """The command line itself is wrong."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, and name the nearest word there is."""

    def error(self, message: str) -> NoReturn:
        """Complain; the caller prints."""
        raise UsageError(f"{message.rstrip('.')}. See `{self.prog} --help`.")

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if action.choices is not None and value not in action.choices:
            kind = str(action.metavar or action.dest).lower()
            raise UsageError(unknown_name(kind, str(value), map(str, action.choices)))


def make_parser() -> Parser:
    """Make the parser of `cdcl`; it imports nothing but the standard library."""
    parser = Parser(
        prog="cdcl",
        description="Train, embed and score high-content screens, with networks that look past the batch.",
        epilog="`cdcl VERB --help` explains a verb with an example; `cdcl demo` shows them all at work.",
    )
    parser.add_argument("--version", action="version", version=f"cdcl {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for add in (_demo, _scan, _train, _embed, _score, _project, _attend, _serve, _report, _runs):
        add(verbs)
    return parser


Verbs: TypeAlias = "argparse._SubParsersAction[Parser]"


def _verb(verbs: Verbs, name: str, what: str, *examples: str) -> Parser:
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


def _demo(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "demo",
        "Simulate a screen with batch effects, train DINO and CDCL on it, score both and write a report.",
        "",
        "--out demo-of-seed-7 --seed 7",
    )
    parser.add_argument("--out", type=Path, default=Path("cdcl-demo"), metavar="DIR", help="default: cdcl-demo")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the screen and of the training")
    parser.add_argument("--steps", type=int, metavar="N", help="training steps of each network")
    _cache(parser)
    _device(parser)


def _scan(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "scan",
        "Recognise how a screen lies on disk, join its platemap, and say what was found.",
        "plates/ --metadata platemap.csv -o screen.csv",
    )
    parser.add_argument("source", type=Path, metavar="SOURCE", help="a folder, an export, or a table of images")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="write the screen's table (.csv or .parquet)")
    parser.add_argument("--layout", metavar="NAME", help="name the layout instead of recognising it")
    parser.add_argument("--metadata", type=Path, metavar="FILE", help="a table that says what is in the wells")


def _train(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "train",
        "Train a network on a screen; Ctrl-C or a file STOP in the run ends it at the next step, ready to resume.",
        "cdcl-rxrx1 --screen screen.csv --out runs/first --set batch_size=128 --set optimizer.lr=5e-4",
        "--out runs/first --resume --set steps=20000",
    )
    parser.add_argument("config", nargs="?", metavar="RECIPE_OR_CONFIG", help="a recipe's name or a .toml file")
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="what `cdcl scan` understands, or its table")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="the run's folder")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=C", help="change a setting (repeatable)")
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run; config and screen default to its own"
    )
    _cache(parser)
    _device(parser)
    cluster = parser.add_argument_group("on a SLURM cluster")
    cluster.add_argument("--sbatch", type=Path, metavar="FILE", help="train nothing; write a job script that does")
    cluster.add_argument("--nodes", type=int, default=1, metavar="N", help="machines (default: 1)")
    cluster.add_argument("--gpus", type=int, default=1, metavar="G", help="GPUs of each machine (default: 1)")
    cluster.add_argument("--partition", metavar="NAME", help="default: the cluster's own")
    cluster.add_argument("--time", default="24:00:00", metavar="LIMIT", help="default: 24:00:00; the job then resumes")


def _embed(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "embed",
        "Compute the profiles of a screen's sites with a trained network, and of its wells and treatments.",
        "runs/first",
        "runs/first --screen other.csv --level well -o other.parquet",
    )
    parser.add_argument("model", type=Path, metavar="RUN_OR_MODEL", help="a run, or a folder with its weights")
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="default: the run's own")
    parser.add_argument("--level", choices=LEVELS, metavar="LEVEL", help=f"with -o: {', '.join(LEVELS)}; default: site")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help=".parquet or .csv; default: RUN/profiles/")
    _cache(parser)
    _device(parser)


def _score(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "score",
        "Score profiles: treatments recognised across batches, batches mixed, mechanisms matched.",
        "runs/first",
        "others.csv.gz -o scores.csv",
    )
    parser.add_argument("profiles", type=Path, metavar="RUN_OR_PROFILES", help="a run, or a file of profiles")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: RUN/scores.csv")


def _project(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "project",
        "Draw profiles on a plane.",
        "runs/first",
        "runs/first --level well --method pca -o wells.png",
        "runs/first --plot map.svg --colour batch",
    )
    parser.add_argument("profiles", type=Path, metavar="RUN_OR_PROFILES", help="a run, or a file of profiles")
    parser.add_argument("--method", default="umap", metavar="METHOD", help="umap (default) or pca")
    parser.add_argument("--level", choices=LEVELS, default="site", metavar="LEVEL", help="of a run: default site")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same picture")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help=".parquet, .csv or .png; default: RUN/projections/"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the scatter too: .png or .svg")
    parser.add_argument("--colour", metavar="COLUMN", help="of the plot: any column; default: batch")


def _attend(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "attend",
        "Compute where a network looks in one field of view: an image of heads x y x patches.",
        'runs/first --where "plate=P1,well=B02,site=1" -o attention.tif',
    )
    parser.add_argument("model", type=Path, metavar="RUN_OR_MODEL", help="a run, or a folder with its weights")
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="default: the run's own")
    parser.add_argument("--where", required=True, metavar="A=B,C=D", help="columns that tell the field from all others")
    parser.add_argument("--block", type=int, default=-1, metavar="N", help="of the network; default: -1, the last")
    parser.add_argument("--kind", default="heads", help="heads (default), mean, rollout, or keys (similar patches)")
    parser.add_argument("--patch", type=_patch, metavar="ROW,COLUMN", help="its attention; default: the class token's")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help=".tif; default: RUN/attention/, for the report")
    _cache(parser)
    _device(parser)


def _patch(text: str) -> tuple[int, int]:
    row, column = (int(part) for part in text.split(","))
    return row, column


def _serve(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "serve",
        "Keep a model loaded and answer questions on attention, a line of JSON each, until standard input ends.",
        "runs/first --out answers/ < questions.jsonl",
    )
    parser.add_argument("model", type=Path, metavar="RUN_OR_MODEL", help="a run, or a folder with its weights")
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="default: the run's own")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the answers go, as .npz")
    _cache(parser)
    _device(parser)


def _report(verbs: Verbs) -> None:
    parser = _verb(verbs, "report", "Write a run as one self-contained HTML page.", "runs/first")
    parser.add_argument("run", type=Path, metavar="RUN")


def _runs(verbs: Verbs) -> None:
    parser = _verb(verbs, "runs", "List the runs in a folder: how far they are and how they ended.", "runs/")
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="DIR", help="default: here")


def _cache(parser: Parser) -> None:
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep decoded pixels here (default: $CDCL_CACHE)")


def _device(parser: Parser) -> None:
    parser.add_argument("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps")
