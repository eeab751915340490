"""Channel names of a table are held against those that the images declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.readers.sources import scan_source
from cdcl.readers.tables.declared_names import names_against_images

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = np.arange(3 * 32 * 32, dtype=np.uint16).reshape(3, 32, 32)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    names = {"axes": "CYX", "Channel": {"Name": ["DNA", "ER", "Mito"]}}
    tifffile.imwrite(tmp_path / "a.ome.tif", PIXELS, metadata=names)
    tifffile.imwrite(tmp_path / "plain.tif", PIXELS, photometric="minisblack")
    return tmp_path


def said(images: Path, names: str, path: str = "a.ome.tif") -> list[str]:
    return names_against_images(pd.DataFrame({"path": [path], "channel_names": [names]}), images)


def test_another_order_and_other_names_are_said(images: Path) -> None:
    (order,) = said(images, "ER;DNA;Mito")
    assert "in another order (DNA, ER, Mito) than channel_names (ER, DNA, Mito)" in order
    (other,) = said(images, "DNA;ER;RNA")
    assert "otherwise (DNA, ER, Mito) than channel_names (DNA, ER, RNA)" in other


@pytest.mark.parametrize("path", ["a.ome.tif", "plain.tif", "gone.tif", "a.png", "s3://bucket/a.tif"])
def test_what_agrees_or_declares_nothing_is_not_spoken_of(images: Path, path: str) -> None:
    assert said(images, "dna;ER;Mito", path) == []


def test_a_scan_says_it(images: Path) -> None:
    row = {"plate": "p", "well": "A01", "site": "1", "treatment": "t", "path": "a.ome.tif"}
    pd.DataFrame([{**row, "channel_names": "Mito;ER;DNA"}]).to_csv(images / "screen.csv", index=False)
    found = scan_source(images / "screen.csv")
    assert any("in another order (DNA, ER, Mito)" in note for note in found.notes)
    assert found.screen.channels == ("Mito", "ER", "DNA")
