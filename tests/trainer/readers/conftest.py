"""Folders of tiny images in the layouts that readers know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def touch(tmp_path: Path) -> Callable[..., None]:
    """Write tiny images of one channel; each holds the number of its place in the call."""

    def write(*names: str) -> None:
        for value, name in enumerate(names):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(path, np.full((4, 5), value, np.uint16))

    return write
