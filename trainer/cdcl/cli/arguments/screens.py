"""What there is to see: simulated, found on disk, cut into cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.cli.arguments.numbers import number, seed
from cdcl.cli.arguments.parts import add_cache, add_device, add_verb

if TYPE_CHECKING:
    from cdcl.cli.arguments.parts import Verbs


def demo(verbs: Verbs) -> None:
    """Add `cdcl demo`."""
    parser = add_verb(
        verbs,
        "demo",
        "Simulate a screen with batch effects, train DINO and CDCL on it, score both and write a report.",
        "",
        "--out demo-of-seed-7 --seed 7",
    )
    parser.add_argument("--out", type=Path, default=Path("cdcl-demo"), metavar="DIR", help="default: cdcl-demo")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of the screen and of the training")
    parser.add_argument("--steps", type=int, metavar="N", help="training steps of each network")
    add_cache(parser)
    add_device(parser)


def plan_layout(verbs: Verbs) -> None:
    """Add `cdcl plan-layout`."""
    parser = add_verb(
        verbs,
        "plan-layout",
        "Propose a randomised layout for the next screen, so that scores can tell treatments from well positions.",
        "platemap.csv -o planned.csv",
        "platemap.csv --plates 4 --seed 7 -o planned.csv",
    )
    parser.add_argument("platemap", type=Path, metavar="PLATEMAP", help="wells with their treatments and controls")
    parser.add_argument("--plates", type=int, metavar="N", help="of a map of one plate: replicate plates; default: 3")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same layout")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.csv", help="default: PLATEMAP-planned.csv")


def simulate(verbs: Verbs) -> None:
    """Add `cdcl simulate`."""
    parser = add_verb(
        verbs,
        "simulate",
        "Write a simulated screen with known treatments and batch effects.",
        "-o simulated --batches 3",
        "-o doses --batches 2 --doses 7",
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="for images and screen.csv")
    parser.add_argument("--batches", type=int, default=6, metavar="N", help="of two plates each (default: 6)")
    parser.add_argument("--doses", type=int, default=1, metavar="N", help="doses of each compound (default: 1)")
    parser.add_argument("--vignetting", type=number, metavar="SHARE", help="light lost in the corners, 0 to 1")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same bytes")


def scan(verbs: Verbs) -> None:
    """Add `cdcl scan`."""
    parser = add_verb(
        verbs,
        "scan",
        "Recognise how a screen lies on disk, join its platemap, and say what was found.",
        "plates/ --metadata platemap.csv -o screen.csv",
        "plates/ --batch-from date --channels w1=DNA,w2=Actin --z max",
        "plates/ --pattern '{plate}/{well}_f{site}_{channel}.tif'",
        "load_data.csv --remap s3://cellpainting-gallery=/data/gallery -o screen.csv",
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
    parser.add_argument("--bin", type=int, metavar="N", help="read blocks of N x N pixels as one, by their mean")
    parser.add_argument("--uint8", type=number, metavar="MAX", help="read counts in 8 bits, MAX and more as 255")
    parser.add_argument(
        "--remap", action="append", default=[], metavar="FROM=TO", help="of paths in a table, replace a beginning"
    )


def illumination(verbs: Verbs) -> None:
    """Add `cdcl illumination`."""
    parser = add_verb(
        verbs,
        "illumination",
        "Show how evenly the fields of each plate and channel are lit, and what a run corrects by.",
        "screen.csv -o illumination",
        "runs/first",
    )
    parser.add_argument("source", type=Path, metavar="SCREEN_OR_RUN", help="what `cdcl scan` understands, or a run")
    parser.add_argument("--estimate", action="store_true", help="from the fields, whatever functions the table names")
    parser.add_argument("--again", action="store_true", help="measure a run's screen, whatever it corrects by")
    parser.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="default: RUN/illumination")
    add_cache(parser)


def measure(verbs: Verbs) -> None:
    """Add `cdcl measure`."""
    parser = add_verb(
        verbs,
        "measure",
        "Profile a screen by classical features of its nuclei and cells, as CellProfiler measures them.",
        "screen.csv -o classical.parquet",
        "screen.csv --channel DAPI --level cell --workers 4 -o cells.parquet",
    )
    parser.add_argument("source", type=Path, metavar="SCREEN", help="what `cdcl scan` understands, or its table")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="profiles, .parquet or .csv")
    parser.add_argument("--channel", default="", metavar="NAME", help="that shows nuclei; default: by its name")
    parser.add_argument("--diameter", type=number, default=0.0, metavar="PX", help="of a nucleus; default: measured")
    parser.add_argument("--level", choices=("site", "cell"), default="site", help="fields (default), or every cell")
    parser.add_argument("--all", action="store_true", help="texture, granularity and Costes too: twenty times as long")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes; default: 1")
    add_cache(parser)


def cells(verbs: Verbs) -> None:
    """Add `cdcl cells`."""
    parser = add_verb(
        verbs,
        "cells",
        "Say where the single cells of a screen are: read coordinates or label images, find nuclei, or lay tiles.",
        "screen.csv --crop 60um",
        "screen.csv --from Nuclei.csv -o cells.parquet",
        "plate.zarr --from plate.zarr#nuclei",
        "screen.csv --from cells.parquet --with runs/first --labels labels-of-first",
    )
    parser.add_argument("source", type=Path, metavar="SOURCE", help="what `cdcl scan` understands, or its table")
    parser.add_argument(
        "--from",
        dest="origin",
        default="auto",
        metavar="WHERE",
        help="a table, database, folder or OME-Zarr; or auto (default), nuclei, tiles or images (each is one cell)",
    )
    parser.add_argument("--crop", default="96", metavar="SIDE", help="of a cell's crop: 96 pixels (default), or 60um")
    parser.add_argument("--channel", default="", metavar="NAME", help="that shows nuclei; default: by its name")
    parser.add_argument("--diameter", type=number, default=0.0, metavar="PX", help="of a nucleus; default: measured")
    parser.add_argument("--most", type=int, default=0, metavar="N", help="cells a field, drawn at random; default: all")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same cells")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help=".parquet or .csv; default: cells.parquet beside the screen"
    )
    parser.add_argument(
        "--with",
        dest="known",
        type=Path,
        action="append",
        default=[],
        metavar="RUN_OR_TABLE",
        help="add what this knows of cells, fields or wells: a run's archetypes and annotations, columns of a table",
    )
    parser.add_argument(
        "--labels", type=Path, metavar="DIR", help="write OME-Zarr labels too: a new folder, or the plate they are of"
    )
    parser.add_argument("--name", default="cells", metavar="NAME", help="of these labels (default: cells)")
    parser.add_argument("--ome-version", default="", metavar="V", help="0.4 or 0.5; default: the data's, or 0.4")
    add_cache(parser)
