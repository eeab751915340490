"""What is asked of profiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdcl.cli.arguments.numbers import count, number, seed
from cdcl.cli.arguments.parts import LEVELS, add_best, add_cache, add_device, add_metadata, add_profiles, add_verb

if TYPE_CHECKING:
    from cdcl.cli.arguments.parts import Verbs


def score(verbs: Verbs) -> None:
    """Add `cdcl score`."""
    parser = add_verb(
        verbs,
        "score",
        "Score profiles: treatments recognised across batches, batches mixed, mechanisms matched.",
        "runs/first",
        "others.csv.gz -o scores.csv",
        "runs/first --beside runs/second --correct z,tvn -o both.parquet",
    )
    add_profiles(parser)
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: RUN/scores.csv")
    parser.add_argument(
        "--correct", metavar="NAME", help="score after corrections too, side by side: all, or names joined by commas"
    )
    parser.add_argument(
        "--beside", type=Path, action="append", default=[], metavar="OTHER", help="score this run too (repeatable)"
    )
    parser.add_argument("--baselines", action="store_true", help="score noise, the layout, an untrained network beside")
    parser.add_argument(
        "--relations",
        type=Path,
        metavar="FILE",
        help="known pairs of genes (targets, compounds): how many are recalled",
    )
    parser.add_argument(
        "--nulls",
        type=count,
        default=20,
        metavar="N",
        help="shuffles of the labels that each score is measured under again (default 20; 0 leaves them out)",
    )
    add_cache(parser)
    add_device(parser)


def compare(verbs: Verbs) -> None:
    """Add `cdcl compare`."""
    parser = add_verb(
        verbs,
        "compare",
        "Say which profiles to use for a screen, after which correction, how sure that is, and what it cannot tell.",
        "runs/first -o compared/",
        "screen.csv --run runs/first --run runs/second --profiles cellprofiler.parquet",
        "screen.csv --model dinov2-small --accept-licence --chains z,tvn,morphohelm",
    )
    parser.add_argument("screen", type=Path, metavar="SCREEN_OR_RUN", help="a screen, or a run: its screen, and itself")
    parser.add_argument("--run", type=Path, action="append", default=[], metavar="RUN", help="repeatable")
    parser.add_argument(
        "--profiles", type=Path, action="append", default=[], metavar="FILE", help="of any tool (repeatable)"
    )
    parser.add_argument(
        "--model", action="append", default=[], metavar="NAME", help="a public network, frozen (repeatable)"
    )
    parser.add_argument("--classical", action="store_true", help="measure nuclei and cells too, as `cdcl measure` does")
    parser.add_argument(
        "--channels", default="", metavar="A,B,C", help="the screen's in the network's order, or shared"
    )
    parser.add_argument("--accept-licence", action="store_true", help="of what is fetched; asked once")
    parser.add_argument(
        "--chains",
        metavar="NAMES",
        help="corrections and chains joined by commas, none, or all; default: centre,z,robust-z,tvn,arevalo,efaar,"
        "morphohelm",
    )
    parser.add_argument("--nulls", type=count, default=20, metavar="N", help="shuffles of the labels (default 20)")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="DIR", help="for compare.html and its tables; default: compare"
    )
    add_cache(parser)
    add_device(parser)


def project(verbs: Verbs) -> None:
    """Add `cdcl project`."""
    parser = add_verb(
        verbs,
        "project",
        "Draw profiles on a plane.",
        "runs/first",
        "runs/first --level well --method pca -o wells.png",
        "runs/first --plot map.svg --colour batch",
    )
    add_profiles(parser)
    parser.add_argument("--method", default="umap", metavar="METHOD", help="umap (default), pca or archetypes")
    parser.add_argument(
        "--level", choices=("cell", *LEVELS), default="site", metavar="LEVEL", help="of a run: default site"
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same picture")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help=".parquet, .csv or .png; default: RUN/projections/"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the scatter too: .png, .svg or .pdf")
    parser.add_argument("--colour", metavar="COLUMN", help="of the plot: any column; default: batch")


def cluster(verbs: Verbs) -> None:
    """Add `cdcl cluster`."""
    parser = add_verb(
        verbs,
        "cluster",
        "Find clusters of a map, name them by what is over-represented, and say which come again in other wells.",
        "runs/first",
        "map.parquet --smallest 50 -o clusters.parquet",
    )
    parser.add_argument("map", type=Path, metavar="RUN_OR_MAP", help="a run, or what `cdcl project` wrote as .parquet")
    parser.add_argument("--projection", default="umap", metavar="NAME", help="of a run: umap (default), pca, ...")
    parser.add_argument("--by", default="treatment", metavar="COLUMN", help="that names come from: default treatment")
    parser.add_argument(
        "--smallest", type=int, default=0, metavar="N", help="points of a cluster at least (default: 1 %%, or 5)"
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same clusters")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.parquet", help="default: RUN/clusters/LEVEL.parquet")


def archetypes(verbs: Verbs) -> None:
    """Add `cdcl archetypes`."""
    parser = add_verb(
        verbs,
        "archetypes",
        "Find the extreme phenotypes of a screen, what every profile is made of, and labels for confident ones.",
        "runs/first",
        "runs/first --num 5 --labelled labelled.csv",
    )
    add_profiles(parser)
    parser.add_argument("--num", default="auto", metavar="N", help="how many; default: auto, which chooses")
    parser.add_argument("--level", choices=LEVELS, default="site", metavar="LEVEL", help="of a run: default site")
    parser.add_argument("--scale", default="auto", metavar="BY", help="z-scores by controls, plates, all or none")
    parser.add_argument(
        "--confident",
        type=number,
        default=0.7,
        metavar="W",
        help="weight of a profile that is labelled: default 0.7",
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same archetypes")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help=".parquet; default: RUN/archetypes/")
    parser.add_argument(
        "--labelled", type=Path, metavar="FILE", help="write the screen with a column archetype (.csv or .parquet)"
    )
    parser.add_argument("--screen", type=Path, metavar="SOURCE", help="that is labelled; default: the run's own")


def correct(verbs: Verbs) -> None:
    """Add `cdcl correct`."""
    parser = add_verb(
        verbs,
        "correct",
        "Take plate and batch effects out of profiles, fitted on controls, and say what that changed.",
        "runs/first --method tvn",
        "wells.parquet --method robust-z -o corrected.parquet --picture before-after.png",
        "new.parquet --fitted corrected.npz -o new-corrected.parquet",
        "runs/first --method robust-z+rint+select+harmony",
    )
    add_profiles(parser)
    names = (
        "centre, z, robust-z, batch-z, rint, select, pc64, pc128, zca, pca, tvn, tvn-coral, combat or harmony; several "
        "in their order, joined by +; or a published chain: arevalo, efaar, morphohelm"
    )
    parser.add_argument("--method", metavar="NAME", help=names)
    parser.add_argument("--fitted", type=Path, metavar="FILE.npz", help="apply a correction that was fitted before")
    parser.add_argument("--level", choices=LEVELS[:2], default="site", metavar="LEVEL", help="of a run: default site")
    parser.add_argument(
        "--reference", choices=("auto", "controls", "all"), default="auto", metavar="WHO", help="auto, controls or all"
    )
    parser.add_argument(
        "--shrinkage", type=number, default=0.05, metavar="X", help="of whitening, in mean eigenvalues (default: 0.05)"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="draw the profiles before and after")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help=".parquet, .csv or .csv.gz; default: RUN/corrections/"
    )


def quality(verbs: Verbs) -> None:
    """Add `cdcl quality`."""
    parser = add_verb(
        verbs,
        "quality",
        "Judge an assay: plate effects and drift of controls, Z', fields out of focus; list the wells to look at.",
        "runs/first",
        "screen.csv -o quality.csv --map num_cells",
    )
    parser.add_argument("source", type=Path, metavar="RUN_OR_SCREEN", help="a run, a screen, or a file of profiles")
    add_metadata(parser)
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.csv", help="the flags; default: RUN/quality/flags.csv")
    parser.add_argument("--no-fields", action="store_true", help="leave the pixels alone, judge profiles only")
    parser.add_argument("--map", metavar="VALUE", help="draw plate maps of a column, a feature, or `distance`")
    add_cache(parser)


def protocol(verbs: Verbs) -> None:
    """Add `cdcl protocol`."""
    parser = add_verb(
        verbs,
        "protocol",
        "Freeze a run's network and what is usual on its plates, to hold new plates against.",
        "runs/first -o protocol",
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run with profiles of its fields")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER", help="a new folder")
    parser.add_argument("--correction", metavar="METHOD", help="fit this correction and freeze it; default: none")
    parser.add_argument(
        "--classifier", type=Path, metavar="FILE.npz", help="freeze this; default: RUN/phenotypes/classifier.npz"
    )
    parser.add_argument("--no-fields", action="store_true", help="leave focus out, which reads all pixels")
    add_cache(parser)


def accept(verbs: Verbs) -> None:
    """Add `cdcl accept`."""
    parser = add_verb(
        verbs,
        "accept",
        "Hold new plates against a protocol: they join, want a look, or stop, each with the reason.",
        "plate7/ --protocol protocol",
        'plate7/ --protocol protocol --decide approved --why "stain renewed, controls looked at"',
    )
    parser.add_argument("source", type=Path, metavar="SCREEN", help="the new plates: anything `cdcl scan` understands")
    parser.add_argument("--protocol", type=Path, required=True, metavar="FOLDER", help="of `cdcl protocol`")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.csv", help="write the checks")
    parser.add_argument("--decide", choices=("approved", "rejected"), metavar="WHAT", help="keep: approved or rejected")
    parser.add_argument("--why", default="", metavar="TEXT", help="the reason of a decision, which needs one")
    parser.add_argument("--who", default="", metavar="NAME", help="who decides; default: who is logged in")
    parser.add_argument("--plates", default="", metavar="P1,P2", help="a decision on these plates; default: all")
    parser.add_argument("--wells", default="", metavar="A01,B02", help="a decision on these wells, not whole plates")
    add_cache(parser)
    add_device(parser)


def doses(verbs: Verbs) -> None:
    """Add `cdcl doses`."""
    parser = add_verb(
        verbs,
        "doses",
        "Fit dose-response curves: EC50 of each compound with its interval, or why there is none.",
        "runs/first",
        "wells.parquet --along num_cells -o toxicity.csv --plot toxicity.png",
    )
    add_profiles(parser)
    parser.add_argument(
        "--along",
        default="distance",
        metavar="WHAT",
        help="distance from the controls (default), control-axis (negative 0, positive 1), a feature, or a column",
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same intervals")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.csv", help="default: RUN/doses/WHAT.csv")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="default: RUN/doses/WHAT.png")


def classify(verbs: Verbs) -> None:
    """Add `cdcl classify`."""
    parser = add_verb(
        verbs,
        "classify",
        "Learn phenotypes from named profiles, say how well they are recognised in other batches, and apply them.",
        "runs/first --classes annotation",
        "runs/first --classes labels.csv --level cell",
        "runs/second --classifier runs/first/phenotypes/classifier.npz",
    )
    add_profiles(parser)
    parser.add_argument(
        "--classes", type=Path, metavar="COLUMN_OR_FILE", help="train on a column, or on a table with names of wells"
    )
    parser.add_argument("--classifier", type=Path, metavar="FILE.npz", help="apply one that was trained before")
    parser.add_argument("--kind", choices=("logistic", "knn"), default="logistic", metavar="KIND", help="or knn")
    parser.add_argument("--level", choices=("cell", *LEVELS[:2]), default="site", metavar="LEVEL", help="default: site")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same classifier")
    parser.add_argument("--keep", type=Path, metavar="FILE.npz", help="default: RUN/phenotypes/classifier.npz")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.csv", help="default: RUN/phenotypes/wells.csv")


def hits(verbs: Verbs) -> None:
    """Add `cdcl hits`."""
    parser = add_verb(
        verbs,
        "hits",
        "Judge every treatment: active, how strong, reproducible, toxic, like which mechanism, and why.",
        "runs/first",
        "wells.parquet -o hits.xlsx",
    )
    add_profiles(parser)
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same table")
    parser.add_argument(
        "--montage", type=Path, metavar="FILE.png", help="fields beside controls; default: RUN/hits.png"
    )
    parser.add_argument("--no-montage", action="store_true", help="draw none: no pixels are read, which takes longest")
    parser.add_argument(
        "--treatment", action="append", default=[], metavar="NAME", help="show this one in the montage (repeatable)"
    )
    add_cache(parser)
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help=".csv or .xlsx; default: RUN/hits.csv")


def relations(verbs: Verbs) -> None:
    """Add `cdcl relations`."""
    parser = add_verb(
        verbs,
        "relations",
        "Say which treatments look alike by more than chance: heat map, network, tables.",
        "runs/first",
        "wells.parquet -o relations --known pairs.csv",
    )
    add_profiles(parser)
    parser.add_argument(
        "--known", type=Path, metavar="FILE.csv", help="pairs of treatments or compounds, to be marked, in two columns"
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="same seed, same p")
    parser.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="default: RUN/relations")


def export(verbs: Verbs) -> None:
    """Add `cdcl export`."""
    parser = add_verb(
        verbs,
        "export",
        "Write profiles, or a run's network, in the forms that other tools open.",
        "runs/first --to anndata",
        "runs/first --to onnx -o network/",
        "wells.parquet --to csv -o wells.csv.gz",
    )
    add_profiles(parser)
    parser.add_argument(
        "--to",
        required=True,
        metavar="FORM",
        help="profiles: anndata, pycytominer, csv, workspace_dl (Cell Painting Gallery); the network: timm, onnx, hf, "
        "torchscript",
    )
    parser.add_argument(
        "--level", choices=("cell", *LEVELS), metavar="LEVEL", help="default: wells, or all where it is a folder"
    )
    parser.add_argument("-o", "--out", type=Path, metavar="PLACE", help="a file or a folder; default: RUN/exports/")
    add_best(parser)
