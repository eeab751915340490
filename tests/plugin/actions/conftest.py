"""What the tests of actions begin with: a session without a viewer, in which the small run is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from napari_cdcl import actions
from napari_cdcl.models.session import Session

if TYPE_CHECKING:
    from cdcl.runs import Run


@pytest.fixture
def session(small_run: Run) -> Session:
    session = Session()
    actions.open_source(session, small_run.folder)
    return session
