"""The tables of a screen that lies in an S3 bucket, copied here; its pixels stay there until they are decoded.

Of the Cell Painting Gallery these are `workspace/load_data_csv/<batch>/<plate>/load_data.csv` and what stands in
`workspace/metadata` of the same batches. Nothing else of a bucket is listed: it may hold a hundred million files.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cdcl.atomic import replaced_file
from cdcl.errors import ScreenError
from cdcl.images.remote import fetch, list_files, remote_url, split_remote
from cdcl.readers.tables.gallery import FOLDER
from cdcl.screen.tables import is_table

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TABLES = 20_000
"""Of one screen, a table a plate."""


def copy_tables(source: Path, folder: Path) -> Path:
    """Copy the tables at `source`, s3://bucket/key, to `folder/bucket/key`, and give that place.

    Raises
    ------
    ScreenError
        If there is no LoadData table.
    ImageError
        If the bucket cannot be reached, or the extra is not installed.
    """
    bucket, key = split_remote(source)
    key = key.rstrip("/")
    places = [f"s3://{bucket}/{key}"] if is_table(PurePosixPath(key)) else _find(bucket, key)
    if len(places) > MAX_TABLES:
        raise ScreenError(f"{remote_url(source)} holds {len(places)} tables; name a batch or a plate below it.")
    for place in [*places, *_metadata(places)]:
        _copy(place, folder)
    return folder / bucket / key


def _find(bucket: str, key: str) -> list[str]:
    """List LoadData tables below the folder that holds them, wherever above it the user points."""
    above = [key] if FOLDER in key.split("/") else [f"{key}/workspace/{FOLDER}", f"{key}/{FOLDER}"]
    for place in above:
        found = [file for file in list_files(f"s3://{bucket}/{place.strip('/')}/") if _is_loaddata(file)]
        if found:
            return _plainest(found)
    raise ScreenError(
        f"s3://{bucket}/{key} holds no LoadData table; name a folder of the gallery, such as "
        f"s3://cellpainting-gallery/PROJECT/SOURCE/workspace/{FOLDER}/BATCH/PLATE, or one such table."
    )


def _is_loaddata(place: str) -> bool:
    name = PurePosixPath(place)
    return name.name.startswith("load_data") and is_table(name)


def _plainest(places: list[str]) -> list[str]:
    """Of the variants of a folder keep the one with the shortest name, as a scan would."""
    kept: dict[str, str] = {}
    for place in sorted(places, key=lambda place: (len(place), place)):
        kept.setdefault(place.rpartition("/")[0], place)
    return sorted(kept.values())


def _metadata(places: list[str]) -> Iterator[str]:
    """Give the platemaps of the batches that were found, and what is known of perturbations."""
    batches = {_batch(place) for place in places} - {None}
    for above, batch in sorted(filter(None, batches)):
        yield from filter(_is_text, list_files(f"{above}/metadata/platemaps/{batch}/"))
    for above in sorted({above for above, _ in filter(None, batches)}):
        yield from filter(_is_text, list_files(f"{above}/metadata/external_metadata/"))


def _batch(place: str) -> tuple[str, str] | None:
    above, found, below = place.partition(f"/{FOLDER}/")
    parts = below.split("/")
    return (above, parts[0]) if found and len(parts) > 1 else None


def _is_text(place: str) -> bool:
    return is_table(PurePosixPath(place))


def _copy(place: str, folder: Path) -> None:
    """Copy a table anew each time: it is small, and may have changed."""
    try:
        content = fetch(place)
    except FileNotFoundError as error:
        raise ScreenError(f"no table at {place}.") from error
    with replaced_file(folder.joinpath(*split_remote(place))) as temporary:
        temporary.write_bytes(content)
