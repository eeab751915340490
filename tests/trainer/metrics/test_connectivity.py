from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.metrics import graph_connectivity
from cdcl.profiles import Profiles
from cdcl.profiles.scaling import unit

if TYPE_CHECKING:
    from collections.abc import Callable


def slow_connectivity(profiles: Profiles, k: int) -> dict[str, float]:
    """Follow the arrows from every profile, and back."""
    units = unit(profiles.values)
    cosines = units @ units.T
    label = profiles.table["treatment"].to_numpy(dtype=str)
    np.fill_diagonal(cosines, -9)
    arrows = [{int(n) for n in np.argsort(-row, kind="stable")[:k] if label[n] == label[q]}
              for q, row in enumerate(cosines)]  # fmt: skip

    def reached(start: int) -> set[int]:
        seen, todo = {start}, [start]
        while todo:
            for other in arrows[todo.pop()] - seen:
                seen.add(other)
                todo.append(other)
        return seen

    reach = [reached(row) for row in range(len(label))]
    shares = {}
    for name in np.unique(label):
        rows = np.flatnonzero(label == name)
        largest = max(sum(a in reach[b] and b in reach[a] for b in rows) for a in rows)
        shares[str(name)] = largest / len(rows)
    return shares


@pytest.mark.parametrize("k", [3, 8])
def test_it_equals_the_definition_written_as_a_loop(wells: Callable[..., Profiles], k: int) -> None:
    score = graph_connectivity(wells(), k=k)
    assert dict(zip(score.groups["label"], score.groups["value"], strict=True)) == slow_connectivity(wells(), k)


def test_a_label_of_two_far_clusters_is_half_connected() -> None:
    rng = np.random.default_rng(0)
    values = np.repeat(np.eye(4), 20, axis=0) + 0.01 * rng.normal(size=(80, 4))
    table = pd.DataFrame({"treatment": ["a"] * 40 + ["b"] * 20 + ["c"] * 20})
    score = graph_connectivity(Profiles(values.astype(np.float32), table, "well"), k=19)
    assert list(score.groups["value"]) == [0.5, 1.0, 1.0]


def test_labels_of_one_well_are_left_out(wells: Callable[..., Profiles]) -> None:
    profiles = wells()
    profiles.table.loc[0, "treatment"] = "alone"
    score = graph_connectivity(profiles)
    assert "1 of one well left out" in score.note
    assert "alone" not in set(score.groups["label"])


def test_a_small_table_is_refused_in_words(wells: Callable[..., Profiles]) -> None:
    assert "more than 15 wells" in graph_connectivity(wells(batches=1, plates=1)).note


def test_of_many_labels_some_are_drawn_whole(wells: Callable[..., Profiles], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdcl.metrics.connectivity.COMPARISONS", 1)
    monkeypatch.setattr("cdcl.metrics.connectivity.FEWEST", 20)
    score = graph_connectivity(wells(controls=0))
    assert score.note == "15 neighbours; 3 of 8 labels asked, drawn at random"
    assert set(score.groups["count"]) == {6}
