"""Files that lie in an S3 bucket anyone may read, such as the Cell Painting Gallery's; fetched without a key.

A path table may name them as `s3://bucket/key`. Where paths are joined and tidied, one of the slashes may be lost.
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from cdcl.errors import ImageError
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"
"""Where the Cell Painting Gallery is; AWS_REGION names another."""

_URL = re.compile(r"s3:[/\\]{1,2}([^/\\]+)[/\\]*(.*)", re.DOTALL)


def is_remote(path: str | Path) -> bool:
    """Tell whether a path names a place in a bucket.

    >>> [is_remote(path) for path in ("s3://bucket/a.tif", "s3:/bucket/a.tif", "/data/a.tif")]
    [True, True, False]
    """
    return str(path).startswith(("s3:/", "s3:\\"))


def split_remote(path: str | Path) -> tuple[str, str]:
    """Split a place into bucket and key.

    >>> split_remote("s3:/gallery/cpg0016/a.tif")
    ('gallery', 'cpg0016/a.tif')

    Raises
    ------
    ImageError
        If no bucket is named.
    """
    match = _URL.fullmatch(str(path))
    if match is None:
        raise ImageError(f"{path} names no bucket; expected s3://bucket/key.")
    return match[1], match[2].replace("\\", "/")


def remote_url(path: str | Path) -> str:
    """Spell a place the usual way, with both slashes."""
    return "s3://" + "/".join(split_remote(path))


@contextmanager
def fetched(path: str | Path) -> Iterator[Path]:
    """Give a local copy of a file for as long as it is needed, with the same ending.

    Raises
    ------
    FileNotFoundError
        If the bucket has no such file.
    ImageError
        If the extra is not installed, or the bucket cannot be reached.
    """
    content = fetch(path)
    with tempfile.TemporaryDirectory(prefix="cdcl-") as folder:
        copy = Path(folder) / PurePosixPath(split_remote(path)[1]).name
        copy.write_bytes(content)
        yield copy


def fetch(path: str | Path) -> bytes:
    """Give the bytes of a file; errors as in `fetched`."""
    bucket, key = split_remote(path)
    with _clear_errors(path):
        return bytes(_store(bucket).get(key).bytes())


def list_files(path: str | Path) -> list[str]:
    """List the places of all files below a place, in order; errors as in `fetched`."""
    bucket, prefix = split_remote(path)
    with _clear_errors(path):
        pages = list(_store(bucket).list(prefix or None))
    return sorted(f"s3://{bucket}/{entry['path']}" for page in pages for entry in page)


@contextmanager
def _clear_errors(path: str | Path) -> Iterator[None]:
    from_store = _exceptions()
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(remote_url(path)) from error
    except from_store as error:
        reason = " ".join(str(error).split())[:160]
        raise ImageError(
            f"{remote_url(path)} cannot be fetched ({reason}); try again, or copy it and {option('remap')}."
        ) from error


def _store(bucket: str) -> Any:
    # The endpoint is asked for each time: another one is another store.
    return _open_store(bucket, os.environ.get("AWS_ENDPOINT_URL", ""), os.environ.get("AWS_REGION", REGION))


@cache
def _open_store(bucket: str, endpoint: str, region: str) -> Any:
    """Keep the connections to a bucket, which take longer to make than a small file to fetch."""
    from obstore.store import S3Store

    own: dict[str, Any] = {"endpoint": endpoint, "client_options": {"allow_http": True}} if endpoint else {}
    return S3Store(bucket, region=region, skip_signature=True, virtual_hosted_style_request=not endpoint, **own)


def _exceptions() -> type[Exception]:
    try:
        from obstore.exceptions import BaseError
    except ImportError as error:
        raise ImageError(
            f"files in s3:// buckets want `pip install napari-cdcl[s3]`; or copy them and say {option('remap')} s3://BUCKET=FOLDER."
        ) from error
    found: type[Exception] = BaseError
    return found
