"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("without deadline", deadline=None)  # a loaded machine is slow, and no test is about speed
settings.load_profile("without deadline")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images; tests that want it are skipped where it is not."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real images are not here: no folder {SHARED_DATA}")
    return SHARED_DATA
