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
    for add in (
        _demo, _simulate, _scan, _cells, _preview, _train, _embed, _score, _project,
        _archetypes, _attend, _serve, _report, _runs, _correct, _quality, _export,
    ):  # fmt: skip
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


def _simulate(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "simulate",
        "Write a simulated screen with known treatments and batch effects.",
        "-o simulated --batches 3",
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="for images and screen.csv")
    parser.add_argument("--batches", type=int, default=6, metavar="N", help="of two plates each (default: 6)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same bytes")


def _scan(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "scan",
        "Recognise how a screen lies on disk, join its platemap, and say what was found.",
        "plates/ --metadata platemap.csv -o screen.csv",
        "plates/ --batch-from date --channels w1=DNA,w2=Actin --z max",
        "plates/ --pattern '{plate}/{well}_f{site}_{channel}.tif'",
    )
    parser.add_argument("source", type=Path, metavar="SOURCE", help="a folder, an export, or a table of images")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="write the screen's table (.csv or .parquet)")
    parser.add_argument("--layout", metavar="NAME", help="name the layout instead of recognising it")
    parser.add_argument("--pattern", metavar="TEXT", help="describe the names: {plate} {well} {site} {channel} {z} {t}")
    parser.add_argument("--metadata", type=Path, metavar="FILE", help="a platemap: table, grids, or the gallery's pair")
    parser.add_argument("--batch-from", metavar="WAY", help="accept batches told by date, folder, prefix or a column")
    parser.add_argument("--z", metavar="Z", help="of a stack: max, projection (the microscope's own), or a plane")
    parser.add_argument("--t", metavar="T", help="the time point; default: the first")
    parser.add_argument("--channels", metavar="A=B,C", help="keep these channels; A=B renames")


def _cells(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "cells",
        "Say where the single cells of a screen are: read coordinates or label images, find nuclei, or lay tiles.",
        "screen.csv --crop 60um",
        "screen.csv --from Nuclei.csv -o cells.parquet",
    )
    parser.add_argument("source", type=Path, metavar="SOURCE", help="what `cdcl scan` understands, or its table")
    parser.add_argument(
        "--from",
        dest="origin",
        default="auto",
        metavar="WHERE",
        help="a table, database or folder; or auto (default), nuclei, tiles or images (each is one cell)",
    )
    parser.add_argument("--crop", default="96", metavar="SIDE", help="of a cell's crop: 96 pixels (default), or 60um")
    parser.add_argument("--channel", default="", metavar="NAME", help="that shows nuclei; default: by its name")
    parser.add_argument("--diameter", type=float, default=0.0, metavar="PX", help="of a nucleus; default: measured")
    parser.add_argument("--most", type=int, default=0, metavar="N", help="cells a field, drawn at random; default: all")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same cells")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help=".parquet or .csv; default: cells.parquet beside the screen"
    )
    _cache(parser)


def _preview(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "preview",
        "Before training: draw views as the network will see them, and measure how long and how much it will take.",
        "cdcl-small --screen screen.csv -o preview/",
    )
    parser.add_argument("config", metavar="RECIPE_OR_CONFIG", help="a recipe's name or a .toml file")
    parser.add_argument("--screen", type=Path, required=True, metavar="SOURCE", help="what `cdcl scan` understands")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="for thumbnails and preview.json")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=C", help="change a setting (repeatable)")
    parser.add_argument("--no-steps", action="store_true", help="draw views only; measure nothing")
    parser.add_argument("--largest-batch", action="store_true", help="find the largest batch that fits on the GPU")
    _device(parser)


def _train(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "train",
        "Train a network on a screen; Ctrl-C or a file STOP in the run ends it at the next step, ready to resume.",
        "cdcl-rxrx1 --screen screen.csv --out runs/first --set batch_size=128 --set optimizer.lr=5e-4",
        "--out runs/first --resume --set steps=20000",
        "--out runs/second --from-checkpoint runs/first/checkpoints/500 --set optimizer.lr=1e-4",
    )
    parser.add_argument("config", nargs="?", metavar="RECIPE_OR_CONFIG", help="a recipe's name or a .toml file")
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="what `cdcl scan` understands, or its table")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="the run's folder")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=C", help="change a setting (repeatable)")
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run; config and screen default to its own"
    )
    parser.add_argument(
        "--from-checkpoint", type=Path, metavar="PLACE", help="begin a new run at a run or its checkpoints/STEP"
    )
    _cell_file(parser)
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
        "runs/first --level cell",
        "runs/first --screen other.csv --level well -o other.parquet",
    )
    parser.add_argument("model", type=Path, metavar="RUN_OR_MODEL", help="a run, or a folder with its weights")
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="default: the run's own")
    levels = ("cell", *LEVELS)
    parser.add_argument(
        "--level", choices=levels, metavar="LEVEL", help=f"with -o: {', '.join(levels)}; default: site. Without: cell"
    )
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help=".parquet or .csv; default: RUN/profiles/")
    _cell_file(parser)
    _cache(parser)
    _device(parser)


def _score(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "score",
        "Score profiles: treatments recognised across batches, batches mixed, mechanisms matched.",
        "runs/first",
        "others.csv.gz -o scores.csv",
        "runs/first --beside runs/second --correct z,tvn -o both.parquet",
    )
    parser.add_argument("profiles", type=Path, metavar="RUN_OR_PROFILES", help="a run, or a file of profiles")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: RUN/scores.csv")
    parser.add_argument(
        "--correct", metavar="NAME", help="score after corrections too, side by side: all, or names joined by commas"
    )
    parser.add_argument(
        "--beside", type=Path, action="append", default=[], metavar="OTHER", help="score this run too (repeatable)"
    )
    parser.add_argument("--baselines", action="store_true", help="score noise, the layout, an untrained network beside")
    _cache(parser)
    _device(parser)


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
    parser.add_argument("--method", default="umap", metavar="METHOD", help="umap (default), pca or archetypes")
    parser.add_argument(
        "--level", choices=("cell", *LEVELS), default="site", metavar="LEVEL", help="of a run: default site"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same picture")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help=".parquet, .csv or .png; default: RUN/projections/"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the scatter too: .png or .svg")
    parser.add_argument("--colour", metavar="COLUMN", help="of the plot: any column; default: batch")


def _archetypes(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "archetypes",
        "Find the extreme phenotypes of a screen, what every profile is made of, and labels for confident ones.",
        "runs/first",
        "runs/first --num 5 --labelled labelled.csv",
    )
    parser.add_argument("profiles", type=Path, metavar="RUN_OR_PROFILES", help="a run, or a file of profiles")
    parser.add_argument("--num", default="auto", metavar="N", help="how many; default: auto, which chooses")
    parser.add_argument("--level", choices=LEVELS, default="site", metavar="LEVEL", help="of a run: default site")
    parser.add_argument("--scale", default="auto", metavar="BY", help="z-scores by controls, plates, all or none")
    parser.add_argument(
        "--confident", type=float, default=0.7, metavar="W", help="weight from which a profile is labelled: default 0.7"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same archetypes")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help=".parquet; default: RUN/archetypes/")
    parser.add_argument(
        "--labelled", type=Path, metavar="FILE", help="write the screen with a column archetype (.csv or .parquet)"
    )
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="that is labelled; default: the run's own")


def _attend(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "attend",
        "Compute where a network looks in one field of view: an image of heads x y x patches.",
        'runs/first --where "plate=P1,well=B02,site=1" -o attention.tif',
        'runs/first --where "treatment=taxol" -o sheet.png',
    )
    parser.add_argument("model", type=Path, metavar="RUN_OR_MODEL", help="a run, or a folder with its weights")
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="default: the run's own")
    parser.add_argument("--where", required=True, metavar="A=B,C=D", help="columns that tell the field from all others")
    parser.add_argument("--block", type=int, default=-1, metavar="N", help="of the network; default: -1, the last")
    parser.add_argument("--kind", default="heads", help="heads (default), mean, rollout, or keys (similar patches)")
    parser.add_argument("--patch", type=_patch, metavar="ROW,COLUMN", help="its attention; default: the class token's")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="FILE",
        help=".tif; default: RUN/attention/, for the report; .png: all fields that answer, on one page",
    )
    _cache(parser)
    _device(parser)


def _patch(text: str) -> tuple[int, int]:
    words = text.split(",")
    if len(words) != 2 or not all(word.strip().isdecimal() for word in words):
        raise argparse.ArgumentTypeError(f"'{text}': write it as row and column, such as 3,5")
    return int(words[0]), int(words[1])


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


def _correct(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "correct",
        "Take plate and batch effects out of profiles, fitted on controls, and say what that changed.",
        "runs/first --method tvn",
        "wells.parquet --method robust-z -o corrected.parquet --picture before-after.png",
        "new.parquet --fitted corrected.npz -o new-corrected.parquet",
    )
    parser.add_argument("profiles", type=Path, metavar="RUN_OR_PROFILES", help="a run, or a file of profiles")
    names = "centre, z, robust-z, zca, pca, tvn, tvn-coral, combat or harmony"
    parser.add_argument("--method", metavar="NAME", help=names)
    parser.add_argument("--fitted", type=Path, metavar="FILE.npz", help="apply a correction that was fitted before")
    parser.add_argument("--level", choices=LEVELS[:2], default="site", metavar="LEVEL", help="of a run: default site")
    parser.add_argument(
        "--reference", choices=("auto", "controls", "all"), default="auto", metavar="WHO", help="auto, controls or all"
    )
    parser.add_argument(
        "--shrinkage", type=float, default=0.05, metavar="X", help="of whitening, in mean eigenvalues (default: 0.05)"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="draw the profiles before and after")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help=".parquet, .csv or .csv.gz; default: RUN/corrections/"
    )


def _quality(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "quality",
        "Judge an assay: plate effects and drift of controls, Z', fields out of focus; list the wells to look at.",
        "runs/first",
        "screen.csv -o quality.csv --map num_cells",
    )
    parser.add_argument("source", type=Path, metavar="RUN_OR_SCREEN", help="a run, a screen, or a file of profiles")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.csv", help="the flags; default: RUN/quality/flags.csv")
    parser.add_argument("--no-fields", action="store_true", help="leave the pixels alone, judge profiles only")
    parser.add_argument("--map", metavar="VALUE", help="draw plate maps of a column, a feature, or `distance`")
    _cache(parser)


def _export(verbs: Verbs) -> None:
    parser = _verb(
        verbs,
        "export",
        "Write profiles in the forms that other tools open.",
        "runs/first --to anndata",
        "wells.parquet --to csv -o wells.csv.gz",
    )
    parser.add_argument("profiles", type=Path, metavar="RUN_OR_PROFILES", help="a run, or a file of profiles")
    parser.add_argument(
        "--to", required=True, metavar="FORM", help="anndata, pycytominer, csv or workspace_dl (Cell Painting Gallery)"
    )
    parser.add_argument("--level", choices=LEVELS, metavar="LEVEL", help="default: wells, or all where it is a folder")
    parser.add_argument("-o", "--out", type=Path, metavar="PLACE", help="a file or a folder; default: RUN/exports/")


def _cell_file(parser: Parser) -> None:
    parser.add_argument(
        "--cells",
        type=Path,
        metavar="FILE",
        help="of cells, as `cdcl cells` reads or writes; default: beside the screen",
    )


def _cache(parser: Parser) -> None:
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep decoded pixels here (default: $CDCL_CACHE)")


def _device(parser: Parser) -> None:
    parser.add_argument("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps")
