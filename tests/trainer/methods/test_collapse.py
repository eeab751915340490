"""Signs of a collapse, against what their definitions say."""

from __future__ import annotations

import math

import pytest
import torch

from cdcl.methods.collapse import effective_rank, feature_diagnostics


@pytest.mark.parametrize("rank", [1, 3, 8])
def test_features_that_spread_evenly_over_some_dimensions_have_that_rank(rank: int) -> None:
    axes = torch.eye(8)[:rank]
    found = feature_diagnostics(torch.cat([axes, -axes]))
    assert float(effective_rank(found["effective_rank"])) == pytest.approx(rank, abs=1e-4)


def test_rank_is_that_of_singular_values_whatever_the_length_of_features() -> None:
    features = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    unit = (features / features.norm(dim=1, keepdim=True)).double()
    share = torch.linalg.svdvals(unit - unit.mean(0))
    share /= share.sum()
    expected = math.exp(-sum(float(p) * math.log(float(p)) for p in share))
    lengths = torch.rand(20, 1, generator=torch.Generator().manual_seed(1)) + 0.1
    assert float(effective_rank(feature_diagnostics(features * lengths)["effective_rank"])) == pytest.approx(expected)


def test_rank_of_several_is_the_mean() -> None:
    both = torch.randn(2, 20, 6, generator=torch.Generator().manual_seed(0))
    each = [float(effective_rank(one)) for one in both]
    assert float(effective_rank(both)) == pytest.approx(sum(each) / 2)
    assert each[0] != each[1]


def test_features_that_are_not_finite_have_no_rank_and_no_spread() -> None:
    features = torch.randn(5, 4)
    features[2, 1] = torch.inf
    found = feature_diagnostics(features)
    assert found["feature_spread"].isnan()
    assert effective_rank(found["effective_rank"]).isnan()
