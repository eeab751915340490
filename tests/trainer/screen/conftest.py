"""Small screens of real files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from cdcl.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture
def make_screen(tmp_path: Path) -> Callable[..., Screen]:
    """Write images as `.npy` files, one a row, and give their screen; further keywords are columns."""

    def make(images: Sequence[NDArray[Any]], **columns: Any) -> Screen:
        folder = tmp_path / "images"
        folder.mkdir(exist_ok=True)
        names = [f"{row:04d}.npy" for row in range(len(images))]
        for name, image in zip(names, images, strict=True):
            np.save(folder / name, image)
        sites = {"plate": "P1", "well": [f"A{row + 1:02d}" for row in range(len(images))], "site": "1", "path": names}
        return Screen(pd.DataFrame({**sites, **columns}), ("DNA", "Actin"), folder)

    return make


@pytest.fixture
def noise() -> Callable[..., list[NDArray[Any]]]:
    """Give `count` images of (2, height, width) random counts."""

    def draw(count: int, shape: tuple[int, int] = (9, 11), dtype: Any = np.uint16) -> list[NDArray[Any]]:
        rng = np.random.default_rng(count)
        return [rng.integers(0, 250, (2, *shape)).astype(dtype) for _ in range(count)]

    return draw
