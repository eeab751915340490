"""A tiny screen on disk and a config that trains on it in a second, for tests with real children."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import tifffile

from cdcl.config.recipes import check_config
from cdcl.screen import Screen

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.config import RunConfig


def make_screen(folder: Path) -> Screen:
    """2 batches x 4 treatments x 2 wells, fields of 2 x 40 x 40; brightness tells treatments apart."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    rows = []
    for batch in ("B1", "B2"):
        for number in range(8):
            treatment, name = number % 4, f"{batch}_{number}.tif"
            tifffile.imwrite(folder / name, rng.poisson(200 + 100 * treatment, (2, 40, 40)).astype(np.uint16))
            place = {"batch": batch, "plate": f"{batch}P1", "well": f"A{number + 1:02d}", "site": "1", "path": name}
            control = "" if treatment else "negative"
            rows.append({**place, "treatment": f"T{treatment}", "compound": f"T{treatment}", "control": control})
    return Screen(pd.DataFrame(rows), ("DNA", "Actin"), folder)


def make_config(**changes: Any) -> RunConfig:
    """CDCL with a network of a few thousand weights; keyword arguments replace top settings."""
    table: dict[str, Any] = {
        "recipe": "tiny",
        "steps": 6,
        "batch_size": 8,
        "precision": "fp32",
        "device": "cpu",
        "save_every": 3,
        "log_every": 1,
        "probes": 2,
        "workers": 1,
        "pairing": {"sameby": ["treatment"], "diffby": ["batch"]},
        "views": {"global_crops": {"count": 2, "size": 16}, "local_crops": {"count": 2, "size": 8}},
        "model": {"backbone": "vit_tiny_patch16_224", "patch": 4, "width": 16, "depth": 2, "heads": 2},
        "method": {"name": "cdcl", "prototypes": 16, "hidden": 16, "bottleneck": 8, "batch_norm": True},
    }
    return check_config({**table, **changes}, where="test")
