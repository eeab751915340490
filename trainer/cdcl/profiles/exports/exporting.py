"""The forms there are, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcl.errors import ProfilesError, unknown_name
from cdcl.events import Began, Ended, Wrote
from cdcl.profiles.exports.annotated import write_anndata
from cdcl.profiles.exports.cytominer import write_cytominer
from cdcl.profiles.exports.gallery import write_gallery
from cdcl.profiles.exports.tabular import write_csv

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
    """

    title: str
    write: Callable[[Bundle, Path, str | None], list[Path]]
    suffix: str = ""


EXPORTS: dict[str, Export] = {
    "anndata": Export("AnnData for scanpy, with projections and corrections", write_anndata, ".h5ad"),
    "pycytominer": Export("parquet and csv.gz per level, as pycytominer and CytoTable name columns", write_cytominer),
    "csv": Export("one table of metadata and features", write_csv, ".csv.gz"),
    "workspace_dl": Export("the Cell Painting Gallery's folders for learned profiles", write_gallery),
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
    yield Wrote(f"{EXPORTS[form].title} ({len(written)} files)", str(place))
    return written
