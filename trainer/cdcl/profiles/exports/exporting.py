"""The forms there are, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError, unknown_name
from cdcl.events import Began, Ended, Warned, Wrote
from cdcl.profiles.exports.annotated import write_anndata
from cdcl.profiles.exports.cytominer import find_cytominer, write_cytominer
from cdcl.profiles.exports.gallery import find_gallery, write_gallery
from cdcl.profiles.exports.tabular import write_csv
from cdcl.screen.counting import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.profiles.exports.bundle import Bundle
    from cdcl.tasks import Task


@dataclass(frozen=True)
class Export:
    """One form.

    Attributes
    ----------
    title
        What it is, for a list.
    write
        From a bundle, a place and a level (None: the form's own choice) to the files written.
    suffix
        Of the file it makes; "" where it makes a folder.
    adds
        Whether it carries what was computed of the profiles, such as projections, too.
    laid_out
        From a bundle and a folder to what lies there of this form, of this export or an earlier one.
    """

    title: str
    write: Callable[[Bundle, Path, str | None], list[Path]]
    suffix: str = ""
    adds: bool = False
    laid_out: Callable[[Bundle, Path], list[Path]] = lambda *_: []


EXPORTS: dict[str, Export] = {
    "anndata": Export("AnnData for scanpy", write_anndata, ".h5ad", adds=True),
    "pycytominer": Export(
        "parquet and csv.gz per level, as pycytominer and CytoTable name columns",
        write_cytominer,
        laid_out=find_cytominer,
    ),
    "csv": Export("one table of metadata and features", write_csv, ".csv.gz"),
    "workspace_dl": Export(
        "the Cell Painting Gallery's folders for learned profiles", write_gallery, laid_out=find_gallery
    ),
}
"""Every form that profiles are exported to."""


def export_profiles(bundle: Bundle, form: str, place: Path, level: str | None = None) -> Task[list[Path]]:
    """Write profiles in another tool's form.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ProfilesError
        If the form is unknown, the level is not there, or an optional package is missing.
    """
    if form not in EXPORTS:
        raise ProfilesError(unknown_name("form", form, EXPORTS))
    yield Began(f"export ({form})", total=None, unit="file")
    written = EXPORTS[form].write(bundle, place, level)
    yield Ended()
    count = counted(len(written), "file", "files")
    yield Wrote(f"{EXPORTS[form].title}{_added(bundle, form, level)} ({count})", str(place))
    if older := sorted(set(EXPORTS[form].laid_out(bundle, place)) - set(written)):
        # Not taken away: another program may have been at work there, and a plate may have been left out on purpose.
        files = counted(len(older), "file", "files")
        shown = older[0].relative_to(place).as_posix()
        yield Warned(
            f"{place} also holds {files} of an earlier export, such as {shown}: remove what is no longer true."
        )
    return written


def _added(bundle: Bundle, form: str, level: str | None) -> str:
    """Name the projections and corrections that go along; say that there are none where there could be."""
    if not EXPORTS[form].adds:
        return ""
    profiles = bundle.level(level)
    names = bundle.arrays.get(profiles.level, {})
    said = f"with {', '.join(names)}" if names else "without projections and corrections"
    return f", {len(profiles)} {profiles.level}s, {said}"


def default_place(folder: Path, bundle: Bundle, form: str, level: str | None = None) -> Path:
    """Name the file or folder of an export in the folder of exports: one file is called as the level that it holds."""
    suffix = EXPORTS[form].suffix
    return folder / (f"{bundle.level(level).level}{suffix}" if suffix else form)
