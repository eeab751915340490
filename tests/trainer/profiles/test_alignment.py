from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles
from cdcl.profiles.alignment import same_wells


def profiles(wells: list[str], *, batch: str | None = "b", treatment: str = "t") -> Profiles:
    table = pd.DataFrame({"plate": "p", "well": wells, "treatment": treatment})
    if batch is not None:
        table["batch"] = batch
    return Profiles(np.arange(len(wells), dtype=np.float32)[:, None], table, "well")


def test_wells_come_in_one_order_with_the_labels_of_the_first() -> None:
    found, note = same_wells(
        {"ours": profiles(["A01", "A02", "A03"]), "theirs": profiles(["A03", "A02"], treatment="u")}
    )
    assert found["theirs"].values.ravel().tolist() == [1.0, 0.0]
    assert found["ours"].values.ravel().tolist() == [1.0, 2.0]
    assert found["theirs"].table["treatment"].tolist() == ["t", "t"]
    assert note == "2 wells that all have are compared, of 3"


def test_profiles_without_a_batch_are_joined_by_plate_and_well() -> None:
    found, note = same_wells({"ours": profiles(["A01"]), "theirs": profiles(["A01"], batch=None)})
    assert len(found["theirs"]) == 1
    assert note == ""


def test_profiles_of_another_screen_are_refused() -> None:
    with pytest.raises(ProfilesError, match="theirs has none of the wells of ours"):
        same_wells({"ours": profiles(["A01"]), "theirs": profiles(["B01"])})
