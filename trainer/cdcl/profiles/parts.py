"""Profiles too many for memory: written piece by piece, in parts that are joined to one file, and read in pieces."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from cdcl.atomic import replaced_file
from cdcl.profiles.files import to_arrow
from cdcl.profiles.profiles import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.profiles.profiles import Profiles

_ODD = re.compile(r"[^\w.-]")

PIECE = 16384
"""Rows that are in memory at a time."""


@contextmanager
def written_part(path: Path) -> Iterator[Callable[[Profiles], None]]:
    """Give a function that appends profiles, all of one kind, to a parquet file; it is there when all are written."""
    with replaced_file(path) as temporary:
        writers: list[pq.ParquetWriter] = []

        def append(profiles: Profiles) -> None:
            table = to_arrow(check(profiles))
            if not writers:
                writers.append(pq.ParquetWriter(temporary, table.schema))
            writers[0].write_table(table.cast(writers[0].schema))

        try:
            yield append
        finally:
            for writer in writers:
                writer.close()


def join_parts(parts: Sequence[Path], path: Path) -> None:
    """Write the rows of all `parts` to one parquet file, in order and piece by piece."""
    schema = pq.read_schema(parts[0])
    with replaced_file(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for part in parts:
            file = pq.ParquetFile(part)
            for group in range(file.num_row_groups):
                writer.write_table(file.read_row_group(group).cast(schema))


def keep_plates(parts: Sequence[Path], names: Sequence[str], folder: Path) -> None:
    """Move the parts, all in one folder that nobody else uses, to `folder` as `<name>.parquet`; names become plain."""
    plain = [_ODD.sub("_", name) for name in names]
    for number, (part, name) in enumerate(zip(parts, plain, strict=True)):
        told = f"{name}-{number}" if plain.count(name) > 1 else name
        part.rename(part.with_name(f"{told}.parquet"))
    parts[0].parent.rename(folder)


def read_pieces(path: Path, features: Sequence[str]) -> Iterator[NDArray[np.float32]]:
    """Read the features of a parquet file as blocks (n, D), one a row group, in order."""
    file = pq.ParquetFile(path)
    # `iter_batches` would fetch the whole file ahead.
    for group in range(file.num_row_groups):
        piece = file.read_row_group(group, columns=list(features))
        yield np.stack([piece[name].to_numpy() for name in features], axis=1)
