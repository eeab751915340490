"""Scores as files: scores.csv, and beside it the scores of each treatment, batch and mechanism."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.events import Wrote
from cdcl.metrics.comparison import beside
from cdcl.metrics.score import labels_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cdcl.metrics.score import Score
    from cdcl.metrics.sweep import Swept
    from cdcl.tasks import Task


def write_scores(scores: Sequence[Score], baselines: Mapping[str, Sequence[Score]], out: Path) -> Task[None]:
    """Write scores with their baselines beside, and in a second file those of each treatment, batch and mechanism."""
    with replaced_file(out) as temporary:
        beside(scores, baselines).to_csv(temporary, index=False)
    yield Wrote("scores", str(out))
    by_label = out.with_name(f"{out.stem}-by-label.csv")
    with replaced_file(by_label) as temporary:
        labels_table(scores).to_csv(temporary, index=False)
    yield Wrote("scores of each treatment, batch and mechanism", str(by_label))


def write_sweep(swept: Swept, out: Path) -> Task[None]:
    """Write all scores, and in a folder beside them those of the first source's labels, a file a correction."""
    with replaced_file(out) as temporary:
        if out.suffix == ".parquet":
            swept.table.to_parquet(temporary, index=False)
        else:
            swept.table.to_csv(temporary, index=False)
    yield Wrote("scores of corrections", str(out))
    folder = out.with_name(f"{out.stem}-by-label")
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    for name, found in swept.labels.items():
        with replaced_file(folder / f"{name}.csv") as temporary:
            found.to_csv(temporary, index=False)
    yield Wrote("scores of each treatment, batch and mechanism", str(folder))
