"""A screen: one row a field of view, the names of its channels, and where its images lie."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cdcl.errors import ScreenError, unknown_name
from cdcl.images.pages import Pages, check_pages
from cdcl.images.reading import read_image
from cdcl.images.reduction import WHOLE, Reduction
from cdcl.images.references import is_plain, parse_reference
from cdcl.images.remote import is_remote

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.images.reading import Pixels


@dataclass(frozen=True)
class Screen:
    """All plates of one experiment.

    Attributes
    ----------
    sites
        One row a field of view, index 0..N-1. Always there: `plate`, `well` ("A01"), `site`; known: `batch`,
        `treatment`, `compound`, `concentration`, `mechanism`, `control` ("negative", "positive", "empty" or ""),
        `split`; further columns are kept. Images: one column `path` (a file with all channels) or one column
        `path_<channel>` each; what a path may say beside a file stands in `cdcl.images.references`.
    channels
        Names of the channels, in the order of `image`'s first axis.
    folder
        Relative paths in `sites` start here.
    pixel_size
        Side of a pixel of `image` in micrometres, where it is known.
    reduction
        How much smaller `image` is than what lies on disk.
    pages
        What the pages of all its files are, where references name pages that the layout counted; else None.
    """

    sites: pd.DataFrame
    channels: tuple[str, ...]
    folder: Path
    pixel_size: float | None = None
    reduction: Reduction = WHOLE
    pages: Pages | None = None

    def __len__(self) -> int:
        """Count the fields of view."""
        return len(self.sites)

    @property
    def path_columns(self) -> tuple[str, ...]:
        """Name the columns that hold paths: `path`, or `path_<channel>` in channel order."""
        return ("path",) if "path" in self.sites else tuple(f"path_{name}" for name in self.channels)

    def paths(self, row: int) -> tuple[Path, ...]:
        """Give the image files of a row: one for all channels, or one a channel in channel order.

        Returns
        -------
        tuple of Path
            Absolute, or remote.
        """
        named = (str(self.sites[column].iat[row]) for column in self.path_columns)
        return tuple(Path(path) if is_remote(path) else self.folder / path for path in named)

    def image_references(self) -> list[tuple[str, ...]]:
        """Give the absolute references of all rows' planes, one a path column (`cdcl.images.references`)."""
        folder = os.path.realpath(self.folder)
        columns = [self.sites[column].astype(str).tolist() for column in self.path_columns]
        joined = [[path if _is_whole(path) else f"{folder}/{path}" for path in column] for column in columns]
        return [tuple(map(_normalise, row)) for row in zip(*joined, strict=True)]

    def image_files(self) -> list[tuple[str, ...]]:
        """Give the absolute paths of all rows' files; in bulk this is much faster than `paths`."""
        rows = self.image_references()
        if is_plain(reference for row in rows for reference in row):
            return rows
        return [_files(row) for row in rows]

    def image(self, row: int) -> Pixels:
        """Read a field of view.

        Parameters
        ----------
        row
            Which field.

        Returns
        -------
        pixels
            (channels, height, width), of the file's data type unless the screen is reduced.

        Raises
        ------
        ImageError
            If a file is missing, unreadable, not of the shape that the channels ask for, or its pages are others.
        """
        paths = self.paths(row)
        if self.pages is not None:
            check_pages(paths, self.pages)
        return self.reduction.apply(read_image(paths, self.channels), str(paths[0]))

    def other_depth(self, row: int) -> str:
        """Say how much deeper than others the files of a row are; "" where they are not.

        Raises
        ------
        ImageError
            If their pages are others.
        """
        return "" if self.pages is None else check_pages(self.paths(row), self.pages)

    def reduced(self, reduction: Reduction) -> Screen:
        """Give the screen with its images read smaller than they lie on disk.

        Parameters
        ----------
        reduction
            Counts from what lies on disk; an earlier reduction is replaced.
        """
        size = self.pixel_size and self.pixel_size / self.reduction.binning * reduction.binning
        return replace(self, reduction=reduction, pixel_size=size)

    def column(self, name: str) -> pd.Series:
        """Give a column by name.

        Raises
        ------
        ScreenError
            If the screen has no such column; the message names those it has.
        """
        if name not in self.sites:
            raise ScreenError(unknown_name("column", name, map(str, self.sites.columns)))
        return self.sites[name]

    def codes(self, name: str) -> NDArray[np.int64]:
        """Number the values of a column in sorted order; a missing value is -1. Shape (N,)."""
        labels = self.column(name).astype("string").replace("", None)
        _, codes = np.unique(labels.dropna().to_numpy(dtype=str), return_inverse=True)
        result = np.full(len(self), -1, dtype=np.int64)
        result[labels.notna().to_numpy()] = codes
        return result

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Screen:
        """Keep only `rows`, in that order; the new index starts at 0.

        Parameters
        ----------
        rows
            Numbers, each as often as it is wanted.
        """
        return replace(self, sites=self.sites.iloc[np.asarray(rows)].reset_index(drop=True))


def _is_whole(path: str) -> bool:
    return os.path.isabs(path) or is_remote(path)  # noqa: PTH117, there may be millions


def _normalise(reference: str) -> str:
    # Behind a bar stands a path of its own: ".." in it does not take back the file before the bar.
    return reference if "|" in reference else os.path.normpath(reference)


def _files(references: tuple[str, ...]) -> tuple[str, ...]:
    """Give each file of a row once."""
    files = (plane.file for reference in references for plane in parse_reference(reference))
    return tuple(dict.fromkeys(map(os.path.normpath, files)))
