from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from cdcl.metrics import Score, beside, compare, comparison_table
from cdcl.profiles.baselines import table_baselines
from cdcl.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdcl.profiles import Profiles


def test_several_profiles_are_laid_out_below_each_other_and_beside(wells: Callable[..., Profiles]) -> None:
    profiles = wells(effect=3.0)
    rows = finish(compare({"ours": profiles, **table_baselines(profiles)}))
    assert list(rows) == ["ours", "noise", "batch only", "batch and position", "cell count"]
    table = comparison_table(rows)
    assert list(table.columns[:3]) == ["profiles", "name", "level"]
    assert len(table) == 5 * len(rows["ours"])
    wide = beside(rows.pop("ours"), rows).set_index("name")
    assert wide.loc["treatment_other_batch", "value"] > 0.8 > wide.loc["treatment_other_batch", "noise"]
    assert wide.loc["batch_recognised", "batch only"] == 1.0
    assert wide.loc["pcr", "batch only"] > 0.9


def test_what_a_baseline_lacks_is_blank() -> None:
    table = beside([Score("kbet", 0.5, level="site")], {"noise": [Score("kbet", 0.9, level="well")]})
    assert isnan(table.loc[0, "noise"])
    assert np.array_equal(beside([Score("kbet", 0.5)], {}).columns[:2], ["name", "level"])
