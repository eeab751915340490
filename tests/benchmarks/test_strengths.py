"""The figure of strengths: which setting it takes, what its curves are, and that it can be drawn."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from strengths import best, curve, draw


def line(method: str, setting: str, world: str, value: float, seed: int = 0) -> dict[str, object]:
    found = {"recognised": value, "z": value / 2, "chance": 0.1}
    return {"method": method, "setting": setting, "world": world, "seed": seed, **found}


def test_the_setting_of_the_greatest_mean_is_taken_not_of_the_greatest_value() -> None:
    lines = [line("dino", "a", "weak", 0.9), line("dino", "a", "strong", 0.1), line("dino", "b", "weak", 0.6)]
    assert best("dino", [*lines, line("cdcl", "c", "weak", 1.0)]) == "b"
    assert best("byol", lines) == ""


def test_a_curve_goes_by_strength_and_spans_its_seeds() -> None:
    lines = [line("dino", "", "strong", 0.2), line("dino", "", "weak", 0.4), line("dino", "", "strong", 0.4, seed=1)]
    np.testing.assert_allclose(curve(lines, "recognised"), [[0.25, 1.0], [0.4, 0.2], [0.4, 0.3], [0.4, 0.4]])


def test_the_picture_is_a_png_of_both_kinds_of_features() -> None:
    lines = [line(name, "", world, 0.3) for name in ("untrained", "dino") for world in ("weak", "strong")]
    with Image.open(BytesIO(draw(lines))) as image:
        assert image.format == "PNG"
        assert image.width > image.height
