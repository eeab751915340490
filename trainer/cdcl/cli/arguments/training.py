"""How a network is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.cli.arguments.parts import add_cache, add_cell_file, add_device, add_machines, add_verb

if TYPE_CHECKING:
    from cdcl.cli.arguments.parts import Verbs


def preview(verbs: Verbs) -> None:
    """Add `cdcl preview`."""
    parser = add_verb(
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
    add_device(parser)


def train(verbs: Verbs) -> None:
    """Add `cdcl train`."""
    parser = add_verb(
        verbs,
        "train",
        "Train a network on a screen; Ctrl-C or a file STOP in the run ends it at the next step, ready to resume.",
        "cdcl-rxrx1 --screen screen.csv --out runs/first --set batch_size=128 --set optimizer.lr=5e-4",
        "--out runs/first --resume --set steps=20000",
        "cdcl-small --screen screen.csv --out runs/first --resume auto",
        "--out runs/second --from-checkpoint runs/first/checkpoints/500 --set optimizer.lr=1e-4",
    )
    parser.add_argument("config", nargs="?", metavar="RECIPE_OR_CONFIG", help="a recipe's name or a .toml file")
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="what `cdcl scan` understands, or its table")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="the run's folder")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=C", help="change a setting (repeatable)")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run; config and screen default to its own. Where both are given and there is no run yet, "
        "it begins: one command for start and restart, also written --resume auto",
    )
    parser.add_argument(
        "--from-checkpoint", type=Path, metavar="PLACE", help="begin a new run at a run or its checkpoints/STEP"
    )
    parser.add_argument("--log", metavar="NAME", help="also write what is measured for: tensorboard")
    add_cell_file(parser)
    add_cache(parser)
    add_device(parser)
    cluster = parser.add_argument_group("on a cluster: train nothing here, write a job script that does and goes on")
    cluster.add_argument("--sbatch", type=Path, metavar="FILE", help="for SLURM")
    cluster.add_argument("--bsub", type=Path, metavar="FILE", help="for LSF")
    cluster.add_argument("--qsub", type=Path, metavar="FILE", help="for PBS Pro or OpenPBS")
    cluster.add_argument("--nodes", type=int, default=1, metavar="N", help="machines (default: 1)")
    add_machines(cluster)
