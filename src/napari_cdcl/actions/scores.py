"""Score profiles by children, keep the table, and select what a treatment's score is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.errors import ProfilesError
from cdcl.profiles import read_profiles
from cdcl.runs import Run
from napari_cdcl.actions.opening import Opened, read_source, show_opened
from napari_cdcl.actions.run_profiles import list_run_profiles
from napari_cdcl.models.items import Items
from napari_cdcl.models.score_files import is_scores_table, scores_folder
from napari_cdcl.models.score_table import to_frame

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from napari_cdcl.actions.run_profiles import RunProfiles
    from napari_cdcl.models.score_files import Scored
    from napari_cdcl.models.score_table import Board
    from napari_cdcl.models.session import Session

NONE, ALL = "none", "all"
"""Corrections to score after, besides the name of one."""


@dataclass(frozen=True)
class Scoring:
    """What shall be scored.

    Attributes
    ----------
    source
        A run's folder, or a file of profiles.
    key
        Which profiles of a run, as `RunProfiles.key` has it; "" the fields.
    correction
        "none", "all", or the name of one: its profiles are kept in the run, to explore.
    baselines
        Score noise, the layout, ... beside.
    """

    source: Path
    key: str = ""
    correction: str = NONE
    baselines: bool = False


def scorable(source: Path) -> dict[str, str]:
    """Name the profiles of a run that can be scored, key to title, none of a file; wells are made of fields anyway."""
    if not source.is_dir():
        return {}
    return {entry.key: entry.title for entry in _of_run(source)}


def can_correct(source: Path, key: str) -> bool:
    """Tell whether these profiles can be corrected: those that are not yet, of fields, wells, or of a file."""
    return not source.is_dir() or key in ("", "site", "well")


def scoring_steps(wish: Scoring) -> list[list[str]]:
    """Give the arguments of the children that score, one after the other; each writes where `read_scored` looks.

    Raises
    ------
    ProfilesError
        If the run has no profiles.
    """
    source, folder = wish.source, scores_folder(wish.source)
    more = ["--baselines"] if wish.baselines else []
    run = Run(source) if source.is_dir() else None
    key, entry = wish.key or "site", None
    if run is not None:
        entry = next((one for one in _of_run(source) if one.key == key), None)
        if entry is None:
            raise ProfilesError(f"{source.name} has no such profiles; embed it first (Runs panel, Embed).")
    whole = run is not None and key == "site"
    profiles = str(source if whole or entry is None else entry.path)
    stem = "profiles" if run is None else key
    out = [] if whole else ["-o", str(folder / f"{stem}.csv")]
    steps = [["score", profiles, *out, *more]]
    if wish.correction == ALL:
        out = [] if whole else ["-o", str(folder / f"{stem}-corrections.parquet")]
        steps.append(["score", profiles, "--correct", ALL, *out])
    elif wish.correction != NONE:
        name = wish.correction
        kept = folder / "corrected" / f"{name}.parquet" if run is None else _corrected(run, name, key)
        steps.append(["correct", profiles, "--method", name, "-o", str(kept)])
        steps.append(["score", str(kept), "-o", str(folder / f"{stem}@{name}.csv")])
    return steps


def comparing_step(run: Path, sources: Iterable[Path]) -> list[str]:
    """Give the arguments of the child that compares a run with all else that is shown; it writes `comparison_page`.

    Parameters
    ----------
    sources
        Runs and files of profiles; tables of scores take no part.
    """
    others = [source for source in sources if source != run and not is_scores_table(source)]
    words = [word for one in others for word in ("--run" if one.is_dir() else "--profiles", str(one))]
    return ["compare", str(run), *words, "-o", str(comparison_page(run).parent)]


def comparison_page(run: Path) -> Path:
    """Give the place of a run's comparison."""
    return run / "compared" / "compare.html"


def read_scored_points(session: Session, scored: Scored) -> Opened | Items:
    """Read the profiles that scores are of, to be explored; it changes nothing and may run in any thread.

    Raises
    ------
    CDCLError
        If they are gone, or there is only a table of scores.
    """
    if scored.source.is_dir():
        keys = {entry.key for entry in list_run_profiles(Run(scored.source))}
        return read_source(scored.source, scored.key if scored.key in keys else "")
    profiles = read_profiles(scored.source)
    return Items.of_profiles(profiles, session.screen, title=f"{profiles.level}s of {scored.title}")


def show_scored_points(session: Session, found: Opened | Items) -> None:
    """Explore what `read_scored_points` has read."""
    if isinstance(found, Items):
        session.items = found
    else:
        show_opened(session, found)


def export_board(board: Board, path: Path) -> None:
    """Write what the table shows as CSV.

    Raises
    ------
    DiskError
        If it cannot be written.
    """
    with replaced_file(path) as temporary:
        to_frame(board).to_csv(temporary, index=False)


def _of_run(folder: Path) -> list[RunProfiles]:
    return [one for one in list_run_profiles(Run(folder)) if not one.pooled and one.level != "treatment"]


def _corrected(run: Run, name: str, level: str) -> Path:
    return run.folder / "corrections" / name / f"{level}.parquet"
