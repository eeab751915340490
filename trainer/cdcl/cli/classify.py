"""`cdcl classify`: phenotypes learned from named profiles, and applied to a whole screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.cli.profile_sources import profiles_of
from cdcl.cli.progress import run_task
from cdcl.cli.tables import align
from cdcl.errors import ProfilesError
from cdcl.events import Said, Warned, Wrote
from cdcl.phenotypes import predict, read_classifier, train_classifier, well_shares, write_classifier
from cdcl.phenotypes.labels import names_from_column, names_from_file
from cdcl.screen.tables import is_table

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    import pandas as pd

    from cdcl.phenotypes import Classifier, Evaluation
    from cdcl.profiles import Profiles
    from cdcl.runs import Run
    from cdcl.tasks import Task


def perform(args: Namespace) -> None:
    """Train or read a classifier, apply it, and keep what it says."""
    if (args.classes is None) == (args.classifier is None):
        raise ProfilesError("say what to train on with --classes COLUMN_OR_FILE, or what to apply with --classifier.")
    if args.out is not None and args.out.suffix.lower() != ".csv":
        raise ProfilesError(f"{args.out}: shares of wells are written as .csv.")
    run_task(_classify(args), args)


def _classify(args: Namespace) -> Task[None]:
    profiles, run = yield from profiles_of(args, args.level)
    folder = run.folder / "phenotypes" if run else None
    if folder is None and args.out is None:
        raise ProfilesError(f"say where the shares of wells of {args.profiles} go with -o FILE.csv.")
    if args.classifier is not None:
        classifier = read_classifier(args.classifier)
    else:
        classifier = yield from _train(args, profiles, run)
        kept: Path = args.keep or (folder or args.out.parent) / "classifier.npz"
        write_classifier(classifier, kept)
        yield Wrote("classifier", str(kept))
    predicted = predict(classifier, profiles)
    if folder is not None:
        _write(profiles.table.join(predicted, rsuffix="_predicted"), folder / f"{profiles.level}.parquet")
        yield Wrote(f"phenotypes of {len(profiles)} {profiles.level}s", str(folder / f"{profiles.level}.parquet"))
    out: Path = args.out or run.shares if run else args.out
    _write(well_shares(profiles, predicted), out)
    yield Wrote("shares of wells", str(out))
    counts = predicted["phenotype"].value_counts()
    yield Said("phenotypes: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def _train(args: Namespace, profiles: Profiles, run: Run | None) -> Task[Classifier]:
    if is_table(args.classes) and not args.classes.exists():
        raise ProfilesError(f"there is no file {args.classes}, and no column is called so.")
    if args.classes.suffix and args.classes.is_file():
        notes: list[str] = []
        names = names_from_file(profiles, args.classes, notes)
        for note in notes:
            yield Warned(note)
    else:
        annotations = run.folder / "annotations.parquet" if run else None
        names = names_from_column(profiles, str(args.classes), annotations)
    classifier, evaluation = yield from train_classifier(profiles, names, kind=args.kind, seed=args.seed)
    for line in in_words(evaluation).splitlines():
        yield Said(line)
    return classifier


def in_words(evaluation: Evaluation) -> str:
    """Say how well phenotypes are recognised where the classifier was not trained."""
    where = {"batch": "batches", "plate": "plates", "well": "wells"}.get(evaluation.apart)
    asked = f"in {where} that it was not trained on" if where else "in profiles that it was not trained on"
    head = (
        f"recognised {asked}: {evaluation.accuracy:.0%} of profiles, {evaluation.balanced:.0%} averaged over classes; "
        f"confidence is off by {evaluation.calibration_error:.0%} on average"
    )
    rows = [[str(name), *map(str, counts)] for name, counts in evaluation.confusion.iterrows()]
    return head + "\n" + align(["true \\ predicted", *map(str, evaluation.confusion.columns)], rows)


def _write(table: pd.DataFrame, path: Path) -> None:
    with replaced_file(path) as temporary:
        if path.suffix.lower() == ".csv":
            table.to_csv(temporary, index=False)
        else:
            table.to_parquet(temporary, index=False)
