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
    parser.add_argument("--log", metavar="NAME", help="also write what is measured for: tensorboard, wandb (offline)")
    add_cell_file(parser)
    add_cache(parser)
    add_device(parser)
    cluster = parser.add_argument_group("on a cluster: train nothing here, write a job script that does and goes on")
    cluster.add_argument("--sbatch", type=Path, metavar="FILE", help="for SLURM")
    cluster.add_argument("--bsub", type=Path, metavar="FILE", help="for LSF")
    cluster.add_argument("--qsub", type=Path, metavar="FILE", help="for PBS Pro or OpenPBS")
    cluster.add_argument("--nodes", type=int, default=1, metavar="N", help="machines (default: 1)")
    add_machines(cluster)


def submit(verbs: Verbs) -> None:
    """Add `cdcl submit`."""
    parser = add_verb(
        verbs,
        "submit",
        "Train on a SLURM cluster that ssh reaches, and follow the run here; Ctrl-C leaves the job alone.",
        "me@head cdcl-rxrx1 --screen /data/screen.csv --there /scratch/me/runs/first --out runs/first --gpus 4",
        "head mine.toml --map /mnt/lab=/data/lab --screen /mnt/lab/screen.csv --out /mnt/lab/runs/first",
    )
    parser.add_argument("host", metavar="HOST", help="a name of ~/.ssh/config, or USER@HOST; ssh asks nothing")
    parser.add_argument("config", metavar="RECIPE_OR_CONFIG", help="a recipe's name or a .toml file of this machine")
    parser.add_argument("--screen", required=True, metavar="SOURCE", help="on the cluster, or here under --map")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="the folder here to follow it in")
    parser.add_argument("--there", metavar="RUN", help="the run's folder on the cluster; default: --out under --map")
    parser.add_argument(
        "--map", action="append", default=[], metavar="HERE=THERE", help="a folder that both see (repeatable)"
    )
    parser.add_argument("--cdcl", default="cdcl", metavar="COMMAND", help="cdcl on the cluster (default: cdcl)")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=C", help="change a setting (repeatable)")
    parser.add_argument("--cells", metavar="FILE", help="of cells, where the screen is")
    parser.add_argument("--cache", metavar="DIR", help="on the cluster: keep decoded pixels here")
    parser.add_argument("--resume", action="store_true", help="the run may be there already; then it goes on")
    parser.add_argument("--detach", action="store_true", help="submit only; `cdcl follow RUN` follows it later")
    parser.add_argument("--nodes", type=int, default=1, metavar="N", help="machines (default: 1)")
    add_device(parser)
    add_machines(parser.add_argument_group("machines"))


def follow(verbs: Verbs) -> None:
    """Add `cdcl follow`."""
    parser = add_verb(
        verbs,
        "follow",
        "Follow a run that was submitted with `cdcl submit`, to its end; a file STOP in it ends the job.",
        "runs/first",
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder here")


def send(verbs: Verbs) -> None:
    """Add `cdcl send`."""
    parser = add_verb(
        verbs, "send", "What `cdcl follow` starts on the cluster; prints what is new of a run.", "/runs/first --job 42"
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder there")
    parser.add_argument("--job", required=True, metavar="NUMBER", help="in SLURM's queue")
