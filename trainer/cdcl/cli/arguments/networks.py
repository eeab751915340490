"""What a trained network is used for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.cli.arguments.numbers import seed
from cdcl.cli.arguments.parts import LEVELS, add_best, add_cache, add_cell_file, add_device, add_machines, add_verb

if TYPE_CHECKING:
    from cdcl.cli.arguments.parts import Verbs


def embed(verbs: Verbs) -> None:
    """Add `cdcl embed`."""
    parser = add_verb(
        verbs,
        "embed",
        "Compute the profiles of a screen's sites with a trained or a public network, and of its wells and treatments.",
        "runs/first",
        "--model dinov2-small --screen screen.csv --out runs/dinov2 --accept-licence",
        "--model weights.pth --screen screen.csv --channels DNA,RNA,ER,AGP,Mito --out runs/theirs",
        "runs/first --level cell",
        "runs/first --screen other.csv --level well -o other.parquet",
    )
    parser.add_argument(
        "model", type=Path, nargs="?", metavar="RUN_OR_MODEL", help="a run, or a folder with its weights"
    )
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="default: the run's own")
    levels = ("cell", *LEVELS)
    parser.add_argument(
        "--level", choices=levels, metavar="LEVEL", help=f"with -o: {', '.join(levels)}; default: site. Without: cell"
    )
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help=".parquet or .csv, or DIR for cells; default: RUN/profiles/"
    )
    public = parser.add_argument_group("with a public network, untrained on this screen; -o names the new run's folder")
    public.add_argument(
        "--model", dest="network", metavar="NAME", help="a known network, one of timm's, or a file or folder of weights"
    )
    public.add_argument("--as", dest="known_as", default="", metavar="NAME", help="which known network the file is of")
    public.add_argument(
        "--channels", default="", metavar="A,B,C", help="the screen's in the network's order, or 'shared': one by one"
    )
    public.add_argument("--heads", type=int, metavar="N", help="attention heads, which a file does not tell")
    public.add_argument("--accept-licence", action="store_true", help="of what is fetched; asked once")
    public.add_argument("--set", action="append", default=[], metavar="A.B=C", help="change a setting (repeatable)")
    parser.add_argument(
        "--probe-blocks", action="store_true", help="take features from the block that does best on fields not held out"
    )
    add_cell_file(parser)
    add_best(parser)
    add_cache(parser)
    add_device(parser)
    cluster = parser.add_argument_group("on a SLURM cluster: embed nothing here, write an array of jobs that does")
    cluster.add_argument("--sbatch", type=Path, metavar="FILE", help="the script; wants --level cell -o DIR")
    cluster.add_argument("--tasks", type=int, default=4, metavar="N", help="each with its own plates (default: 4)")
    add_machines(cluster)


def attend(verbs: Verbs) -> None:
    """Add `cdcl attend`."""
    parser = add_verb(
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
        "--fine", action="store_true", help="average windows shifted by parts of a patch: 2 or 4 cells a side of each"
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="FILE",
        help=".tif; default: RUN/attention/, for the report; .png: all fields that answer, on one page",
    )
    add_best(parser)
    add_cache(parser)
    add_device(parser)


def _patch(text: str) -> tuple[int, int]:
    words = text.split(",")
    if len(words) != 2 or not all(word.strip().isdecimal() for word in words):
        raise argparse.ArgumentTypeError(f"'{text}': write it as row and column, such as 3,5")
    return int(words[0]), int(words[1])


def difference(verbs: Verbs) -> None:
    """Add `cdcl difference`."""
    parser = add_verb(
        verbs,
        "difference",
        "Say why two groups of fields differ: real fields along the axis between them, channels, attention; one page.",
        "runs/first --this treatment=taxol@3 --that control=negative",
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run with profiles of its fields")
    what = "column=value,column=value; or a file of row numbers of the screen, or of cells, from 0, one a line"
    parser.add_argument("--this", required=True, metavar="WHERE", help=f"one group: {what}")
    parser.add_argument("--that", required=True, metavar="WHERE", help="the other, in the same way")
    parser.add_argument(
        "--level",
        choices=("site", "cell"),
        default="site",
        help="what stands on the axis: fields, or single cells of the run's cell profiles",
    )
    parser.add_argument("--name-this", default="", metavar="NAME", help="what the page calls it")
    parser.add_argument("--name-that", default="", metavar="NAME", help="what the page calls the other")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same intervals")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.html", help="default: in RUN/differences/")
    add_cache(parser)
    add_device(parser)


def serve(verbs: Verbs) -> None:
    """Add `cdcl serve`."""
    parser = add_verb(
        verbs,
        "serve",
        "Keep a model loaded and answer questions on attention, a line of JSON each, until standard input ends.",
        "runs/first --out answers/ < questions.jsonl",
    )
    parser.add_argument("model", type=Path, metavar="RUN_OR_MODEL", help="a run, or a folder with its weights")
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="default: the run's own")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the answers go, as .npz")
    add_cache(parser)
    add_device(parser)
