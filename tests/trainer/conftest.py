"""Screens of tiny real files, and a tiny config that every training test can afford."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.config.recipes import check_config
from cdcl.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.config import RunConfig

CHANNELS = ("DNA", "Actin")


@pytest.fixture(scope="session")
def tiny_screen(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    """3 batches x 1 plate x 4 treatments x 2 wells, fields of 2 x 40 x 40; brightness tells treatments apart."""
    folder = tmp_path_factory.mktemp("tiny")
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for batch in ("B1", "B2", "B3"):
        for number in range(8):
            treatment = number % 4
            image = rng.poisson(200 + 100 * treatment, (2, 40, 40)).astype(np.uint16)
            name = f"{batch}_{number}.tif"
            tifffile.imwrite(folder / name, image)
            control = "negative" if treatment == 0 else ""
            row = {"batch": batch, "plate": f"{batch}P1", "well": f"A{number + 1:02d}", "site": "1", "path": name}
            rows.append({**row, "treatment": f"T{treatment}", "compound": f"T{treatment}", "control": control})
    return Screen(pd.DataFrame(rows), CHANNELS, folder)


NUCLEI = ((12, 24), (12, 52), (30, 44), (46, 18), (50, 62), (30, 88))
"""Where the nuclei of `cell_screen` are, y and x, shifted by the row of the field."""


@pytest.fixture(scope="session")
def cell_screen(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    """2 batches x 1 plate x 3 treatments x 2 wells, fields of 2 x 64 x 100 with six nuclei each, 10 pixels wide."""
    folder = tmp_path_factory.mktemp("cells")
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:64, :100]
    rows: list[dict[str, Any]] = []
    for number in range(12):
        image = rng.poisson(200, (2, 64, 100)).astype(np.float64)
        for top, left in NUCLEI:
            inside = np.square(y - top - number % 3) + np.square(x - left + number % 2) <= 25
            image += inside * np.array([800, 100 * (number % 3)])[:, None, None]
        batch, treatment = f"B{number // 6 + 1}", f"T{number % 3}"
        tifffile.imwrite(folder / f"{number}.tif", image.astype(np.uint16))
        row = {"batch": batch, "plate": f"{batch}P1", "well": f"A{number % 6 + 1:02d}", "site": "1"}
        control = "negative" if treatment == "T0" else ""
        rows.append({**row, "path": f"{number}.tif", "treatment": treatment, "compound": treatment, "control": control})
    return Screen(pd.DataFrame(rows), CHANNELS, folder, pixel_size=0.5)


@pytest.fixture
def tiny_config() -> Callable[..., RunConfig]:
    """Make the config of a run that takes a second; keyword arguments replace whole sections or top settings."""

    def make(recipe: str = "cdcl", **changes: Any) -> RunConfig:
        methods: dict[str, dict[str, Any]] = {
            "dino": {"name": "dino", "prototypes": 16, "hidden": 16, "bottleneck": 8, "batch_norm": True},
            "cdcl": {"name": "cdcl", "prototypes": 16, "hidden": 16, "bottleneck": 8, "batch_norm": True},
            "supervised": {"name": "supervised"},
            "byol": {"name": "byol", "hidden": 16, "projection": 8},
            "simclr": {"name": "simclr", "projection": 8},
            "triplet": {"name": "triplet", "label": "treatment"},
        }
        pairing = {"sameby": ["treatment"], "diffby": ["batch"]} if recipe == "cdcl" else {}
        table: dict[str, Any] = {
            "steps": 6,
            "batch_size": 8,
            "precision": "fp32",
            "device": "cpu",
            "save_every": 3,
            "log_every": 2,
            "workers": 1,
            "pairing": pairing,
            "views": {
                "gain": 0.1,
                "global_crops": {"count": 2, "size": 16, "scale": [0.3, 0.6]},
                "local_crops": {"count": 2, "size": 8, "scale": [0.1, 0.2]},
            },
            "model": {
                "backbone": "vit_tiny_patch16_224",
                "patch": 4,
                "width": 16,
                "depth": 2,
                "heads": 2,
                "drop_path": 0.1,
            },
            "method": methods[recipe],
            "optimizer": {"lr": 1e-3},
        }
        return check_config({**table, **changes}, where="test")

    return make


@pytest.fixture
def cache_folder(tmp_path: Path) -> Path:
    """A cache of this test's own."""
    return tmp_path / "cache"


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
