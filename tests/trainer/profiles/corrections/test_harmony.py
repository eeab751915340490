from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.events import Advanced, Began, Ended
from cdcl.metrics import ilisi
from cdcl.profiles import Profiles, Settings, fit_correction
from cdcl.profiles.corrections import learn_correction


def clouds(shift: float = 8.0, *, num_batches: int = 3) -> Profiles:
    """4 groups x 3 batches x 60 profiles x 10 features, batches far apart in a direction of small variance."""
    rng = np.random.default_rng(0)
    batch, group = np.repeat(np.arange(num_batches), 240), np.tile(np.arange(4), 60 * num_batches)
    values = 6 * rng.normal(size=(4, 10))[group] + rng.normal(size=(len(batch), 10))
    values += shift * rng.normal(size=(num_batches, 10))[batch]
    table = pd.DataFrame({"batch": batch.astype(str), "treatment": group.astype(str)})
    return Profiles(values.astype(np.float32), table, "cell")


def purity(profiles: Profiles) -> float:
    """Share of nearest profiles of another batch that are of the same group."""
    unit = profiles.values / np.linalg.norm(profiles.values, axis=1, keepdims=True)
    similarities = unit @ unit.T
    batch, group = (profiles.table[name].to_numpy() for name in ("batch", "treatment"))
    similarities[batch[:, None] == batch] = -2
    return float((group[similarities.argmax(axis=1)] == group).mean())


def test_batches_mix_and_groups_stay_apart() -> None:
    before = clouds()
    after = fit_correction(before, "harmony").apply(before)
    assert ilisi(before).value < 0.05
    assert ilisi(after).value > 0.6
    assert purity(after) > 0.95


def test_components_are_scaled_so_that_it_does_something() -> None:
    """Where one component has nearly all the variance, unscaled Harmony leaves the batches as they were."""
    before = clouds()
    stretched = before.values.copy()
    stretched[:, 0] *= 1000
    after = fit_correction(before, "harmony").apply(before.with_values(stretched))
    stretched_profiles = before.with_values(stretched)
    after = fit_correction(stretched_profiles, "harmony").apply(stretched_profiles)
    assert ilisi(after).value > 0.5


def test_it_mixes_as_well_as_harmony_pytorch() -> None:
    harmony = pytest.importorskip("harmony")
    before = clouds()
    ours = fit_correction(before, "harmony").apply(before)
    centred = before.values - before.values.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    scaled = left * np.sqrt(len(before)) * (sizes > 0)
    theirs = harmony.harmonize(scaled, before.table, batch_key="batch", random_state=0, verbose=False)
    peer = before.with_values(np.asarray(theirs))
    assert ilisi(ours).value == pytest.approx(ilisi(peer).value, abs=0.1)
    assert purity(ours) == pytest.approx(purity(peer), abs=0.05)


def test_a_new_batch_is_mapped_onto_the_old_ones() -> None:
    four = clouds(num_batches=4)
    old = four.take((four.table["batch"] != "3").to_numpy())
    after = fit_correction(old, "harmony").apply(four)
    assert ilisi(after).value > 0.5
    assert purity(after) > 0.9


def test_same_seed_same_values() -> None:
    before = clouds()
    one, two = (fit_correction(before, "harmony", Settings(seed=3)).apply(before) for _ in range(2))
    np.testing.assert_array_equal(one.values, two.values)


def test_the_order_of_the_rows_changes_nothing() -> None:
    before = clouds()
    order = np.random.default_rng(3).permutation(len(before))
    after = fit_correction(before, "harmony").apply(before)
    shuffled = fit_correction(before.take(order), "harmony").apply(before.take(order))
    np.testing.assert_allclose(shuffled.values, after.values[order], atol=1e-4)


def test_no_more_components_than_asked_for() -> None:
    after = fit_correction(clouds(), "harmony", Settings(components=4)).apply(clouds())
    assert after.names == ("harmony_0000", "harmony_0001", "harmony_0002", "harmony_0003")


def test_the_fit_tells_how_far_it_is() -> None:
    events = list(learn_correction(clouds(), "harmony"))
    assert isinstance(events[0], Began)
    assert isinstance(events[-1], Ended)
    done = [event.done for event in events if isinstance(event, Advanced)]
    assert done == sorted(done)
    assert 1 <= done[-1] <= events[0].total


def test_the_fit_can_be_closed_in_between() -> None:
    task = learn_correction(clouds(), "harmony")
    for event in task:
        if isinstance(event, Advanced):
            break
    task.close()
    assert next(task, None) is None
