from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import CORRECTIONS, Profiles, Settings, fit_correction, read_correction, write_correction

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("method", sorted(CORRECTIONS))
def test_what_was_fitted_is_read_back(method: str, wells: Profiles, tmp_path: Path) -> None:
    correction = fit_correction(wells, method, Settings(shrinkage=0.2))
    write_correction(correction, tmp_path / "c.npz")
    back = read_correction(tmp_path / "c.npz")
    assert (back.method, back.settings, back.fitted_on) == (method, correction.settings, correction.fitted_on)
    np.testing.assert_array_equal(back.apply(wells).values, correction.apply(wells).values)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "c.npz", card=np.array([{"method": "z"}], dtype=object))
    with pytest.raises(ProfilesError, match="holds no fitted correction"):
        read_correction(tmp_path / "c.npz")


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "c.npz").write_bytes(content)
    with pytest.raises(ProfilesError, match=r"c\.npz holds no fitted correction"):
        read_correction(tmp_path / "c.npz")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfilesError, match="no fitted correction at"):
        read_correction(tmp_path / "c.npz")


def test_a_method_of_a_later_version_is_named(wells: Profiles, tmp_path: Path) -> None:
    write_correction(fit_correction(wells, "z"), tmp_path / "c.npz")
    with np.load(tmp_path / "c.npz") as file:
        arrays = dict(file)
    card = json.loads(str(arrays["card"])) | {"method": "warp"}
    np.savez(tmp_path / "c.npz", **(arrays | {"card": np.array(json.dumps(card))}))
    with pytest.raises(ProfilesError, match="unknown correction 'warp'"):
        read_correction(tmp_path / "c.npz")
