"""scib-metrics as a judge: given the same neighbours and profiles, the same figures to four decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cdcl.metrics import bras, clisi, graph_connectivity, ilisi, kbet, pcr, silhouette_label
from cdcl.metrics.mixing import neighbourhoods

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from cdcl.profiles import Profiles

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scib() -> ModuleType:
    """Import it late: that takes half a minute the first time."""
    return pytest.importorskip("scib_metrics")


@pytest.fixture
def profiles(wells: Callable[..., Profiles]) -> Profiles:
    return wells(5, batches=4, treatments=10, copies=4, controls=10)


def graph(profiles: Profiles, k: int) -> object:
    from scib_metrics.nearest_neighbors import NeighborsResults

    found = neighbourhoods(profiles, "batch", k)
    return NeighborsResults(found.rows, np.sqrt(np.maximum(0, 2 - 2 * found.similarities)))


@pytest.mark.parametrize("k", [30, 60])
def test_kbet_and_lisi_agree(scib: ModuleType, profiles: Profiles, k: int) -> None:
    batch, treatment = (profiles.table[name].to_numpy(dtype=str) for name in ("batch", "treatment"))
    neighbours = graph(profiles, k)
    assert kbet(profiles, k=k).value == pytest.approx(scib.kbet(neighbours, batch)[0], abs=1e-4)
    assert ilisi(profiles, k=k).value == pytest.approx(scib.ilisi_knn(neighbours, batch), abs=1e-4)
    assert clisi(profiles, k=k).value == pytest.approx(scib.clisi_knn(neighbours, treatment), abs=1e-4)


def test_graph_connectivity_agrees(scib: ModuleType, profiles: Profiles) -> None:
    theirs = scib.graph_connectivity(graph(profiles, 15), profiles.table["treatment"].to_numpy(dtype=str))
    assert graph_connectivity(profiles, k=15).value == pytest.approx(theirs, abs=1e-4)


def test_silhouettes_agree(scib: ModuleType, profiles: Profiles) -> None:
    batch, treatment = (profiles.table[name].to_numpy(dtype=str) for name in ("batch", "treatment"))
    values = profiles.values.astype(np.float64)
    assert bras(profiles).value == pytest.approx(scib.bras(values, treatment, batch), abs=1e-4)
    theirs = scib.silhouette_label(values, treatment, metric="cosine")
    assert silhouette_label(profiles).value == pytest.approx(theirs, abs=1e-4)


def test_principal_component_regression_agrees(scib: ModuleType, profiles: Profiles) -> None:
    from scib_metrics.utils import principal_component_regression

    theirs = principal_component_regression(
        profiles.values, profiles.table["batch"].to_numpy(dtype=str), categorical=True, n_components=12
    )
    assert pcr(profiles).value == pytest.approx(theirs, abs=1e-4)
