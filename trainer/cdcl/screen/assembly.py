"""From a table with paths to a checked `Screen`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ImageError, ScreenError
from cdcl.images.pages import FILE_PAGES, Pages
from cdcl.images.reading import count_channels
from cdcl.images.reduction import Reduction
from cdcl.screen.columns import as_text, standardise
from cdcl.screen.screen import Screen

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_REDUCTION = ("binning", "full_scale")

HEADER_ROWS = 2
"""Row 0 of the data is row 2 of the spreadsheet."""


TRIED = 20
"""Images that are opened to count channels: with more of them unreadable in a row, the first is told."""


def assemble(table: pd.DataFrame, *, source: Path, folder: Path) -> Screen:
    """Make a screen of `table`, whose images stand in `path` or `path_<channel>`, relative to `folder`.

    Parameters
    ----------
    table
        With our column names, as from `interpret`.
    source
        What the table is called in an error.
    folder
        Where relative paths begin.

    Returns
    -------
    Screen
        Sites are numbered where the table does not.

    Raises
    ------
    ScreenError
        If there are no rows, no plate or well, no paths, or rows contradict each other; the message names file and row.
    """
    if not len(table):
        raise ScreenError(f"{source} has no rows.")
    sites = _with_places(standardise(table), source)
    channels, pixel_size = _channels(sites, source, folder), _pixel_size(sites, source)
    reduction, pages = _reduction(sites, source), _pages(sites, source)
    sites = sites.drop(columns=["channel_names", "pixel_size", FILE_PAGES, *_REDUCTION], errors="ignore")
    _check_paths(sites, source)
    _check_duplicates(sites, source)
    return Screen(sites.reset_index(drop=True), channels, folder, pixel_size, pages=pages).reduced(reduction)


def row_name(position: int) -> str:
    """Name a row as a spreadsheet numbers it, the header being row 1."""
    return str(position + HEADER_ROWS)


def _channels(sites: pd.DataFrame, source: Path, folder: Path) -> tuple[str, ...]:
    own = tuple(str(name).removeprefix("path_") for name in sites.columns if str(name).startswith("path_"))
    if "path" not in sites and not own:
        raise ScreenError(f"{source} names no images; expected a column path, or path_<channel>; it has {seen(sites)}.")
    if "channel_names" not in sites:
        return own if "path" not in sites else _counted_channels(sites, folder)
    named = _named_channels(as_text(sites["channel_names"]), source)
    if "path" not in sites and set(named) != set(own):
        raise ScreenError(f"{source}: channel_names says {', '.join(named)}, but there are paths for {', '.join(own)}.")
    return named


def _named_channels(values: pd.Series, source: Path) -> tuple[str, ...]:
    different = values.ne(values.iloc[0])
    if different.any():
        other = int(different.to_numpy().argmax())
        raise ScreenError(
            f"{source}, rows {row_name(0)} and {row_name(other)} name different channels: '{values.iloc[0]}' and "
            f"'{values.iloc[other]}'; all images of a screen need the same."
        )
    names = tuple(name.strip() for name in str(values.iloc[0]).split(";"))
    if "" in names or len(set(names)) < len(names):
        raise ScreenError(f"{source}, column channel_names: '{values.iloc[0]}' is not a list of different names.")
    return names


def _counted_channels(sites: pd.DataFrame, folder: Path) -> tuple[str, ...]:
    """Number the channels of the first image that can be read, where the table does not name them."""
    first: ImageError | None = None
    for path in sites["path"].astype(str).iloc[:TRIED]:
        try:
            count = count_channels(folder / path)
        except ImageError as error:
            first = first or error
        else:
            return tuple(f"channel_{number}" for number in range(1, count + 1))
    assert first is not None
    raise first


def _pixel_size(sites: pd.DataFrame, source: Path) -> float | None:
    values = [value for value in as_text(sites["pixel_size"]).unique() if value] if "pixel_size" in sites else []
    if len(values) > 1:
        raise ScreenError(f"{source}, column pixel_size: more than one size ({values[0]}, {values[1]}); keep one.")
    try:
        return float(values[0]) if values else None
    except ValueError as error:
        raise ScreenError(f"{source}, column pixel_size: '{values[0]}' is not a number of micrometres.") from error


def _reduction(sites: pd.DataFrame, source: Path) -> Reduction:
    said = {}
    for name in _REDUCTION:
        values = as_text(sites[name]).unique().tolist() if name in sites else [""]
        if len(values) > 1:
            raise ScreenError(f"{source}, column {name}: more than one value ({values[0]}, {values[1]}); keep one.")
        said[name] = values[0]
    return Reduction.read(said, str(source))


def _pages(sites: pd.DataFrame, source: Path) -> Pages | None:
    """Read what the pages of files are; rows without it name no pages, or count them by their own files."""
    if FILE_PAGES not in sites:
        return None
    values = as_text(sites[FILE_PAGES]).unique().tolist()
    if len(values) > 1:
        raise ScreenError(f"{source}, column {FILE_PAGES}: more than one value ({values[0]}, {values[1]}); keep one.")
    try:
        return Pages.read_text(values[0])
    except ValueError as error:
        raise ScreenError(f"{source}, column {FILE_PAGES}: {error}; remove the column, or scan the images.") from error


def _with_places(sites: pd.DataFrame, source: Path) -> pd.DataFrame:
    """Check plate and well, and number the sites of each well where the table does not."""
    for name in ("plate", "well"):
        if name not in sites:
            raise ScreenError(f"{source} has no column {name}; it has {seen(sites)}. Rename one of them to {name}.")
        if (sites[name] == "").any():
            row = row_name(int((sites[name] == "").to_numpy().argmax()))
            raise ScreenError(f"{source}, row {row}: no {name}; fill it in, or remove the row.")
    if "site" not in sites:
        numbers = sites.groupby(_place_columns(sites)[:-1], sort=False).cumcount() + 1
        sites = sites.assign(site=numbers.astype(str))
    return sites


def _check_paths(sites: pd.DataFrame, source: Path) -> None:
    for column in (name for name in map(str, sites.columns) if name == "path" or name.startswith("path_")):
        sites[column] = as_text(sites[column])
        empty = (sites[column] == "").to_numpy()
        if empty.any():
            raise ScreenError(f"{source}, row {row_name(int(empty.argmax()))}: no {column}; fill it or remove the row.")


def _check_duplicates(sites: pd.DataFrame, source: Path) -> None:
    """Refuse two rows for one site, unless an `image_id` or `cell` tells them apart (crops of single cells)."""
    if "image_id" in sites and sites["image_id"].is_unique:
        return
    columns = _place_columns(sites) + (["cell"] if "cell" in sites else [])
    twice = sites.duplicated(columns).to_numpy()
    if twice.any():
        second = int(twice.argmax())
        same = (sites[columns] == sites[columns].iloc[second]).all(axis=1).to_numpy()
        where = ", ".join(f"{name} {sites[name].iat[second]}" for name in columns)
        raise ScreenError(
            f"{source}, rows {row_name(int(same.argmax()))} and {row_name(second)} are both {where}; remove one, or "
            "tell them apart by a column cell or image_id."
        )


def _place_columns(sites: pd.DataFrame) -> list[str]:
    return [name for name in ("batch", "plate", "well", "site") if name in sites or name == "site"]


def seen(sites: pd.DataFrame) -> str:
    """List the columns of a table for an error."""
    return ", ".join(map(str, sites.columns[:20])) + (", ..." if len(sites.columns) > 20 else "")
