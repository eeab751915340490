"""Which profiles something was made of: a checksum of their values, kept in what was computed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xxhash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from cdcl.profiles.profiles import Profiles

MADE_OF = "made_of"
"""The name under which the parameters of a projection, and the provenance of corrected profiles, keep the checksum."""


def identity(profiles: Profiles) -> str:
    """Give the checksum of values, shape and level: what was computed of these profiles keeps it.

    A new embedding has as many rows of the same wells, so neither tells it from the one before.
    """
    digest = xxhash.xxh3_64(f"{profiles.level} {profiles.values.shape}".encode())
    digest.update(np.ascontiguousarray(profiles.values, dtype=np.float32).data)
    return digest.hexdigest()


def made_of(kept: Mapping[str, Any], path: Path, own: str, source: Path) -> bool:
    """Tell whether a file was made of the profiles that lie at `source` now.

    Parameters
    ----------
    kept
        What the file at `path` says of itself: a projection's parameters, a correction's provenance.
    path, source
        Files that keep no checksum, as earlier versions wrote them, are told by their time: what is older than the
        profiles cannot be made of them.
    own
        The `identity` of the profiles at `source`.
    """
    if MADE_OF in kept:
        return bool(kept[MADE_OF] == own)
    return path.stat().st_mtime_ns >= source.stat().st_mtime_ns
