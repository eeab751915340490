"""What is said of the sample: in which cases it is good, and in which it is not yet."""

from __future__ import annotations

import numpy as np

from napari_cdcl.runs.run_watch import Curve, Glance
from napari_cdcl.runs.snapshot_texts import describe_sample


def glance(**curves: list[float]) -> Glance:
    return Glance("running", curves={n: Curve(np.arange(len(v)) * 100, np.array(v)) for n, v in curves.items()})


def test_held_out_batches_are_told_of_where_there_are_any() -> None:
    words = describe_sample(
        glance(
            probe_treatment=[0.2, 0.9],
            probe_treatment_chance=[0.125, 0.125],
            probe_held_out_treatment=[0.2, 0.6],
            probe_held_out_treatment_chance=[0.125, 0.125],
            probe_held_out_batch=[0.9, 0.5],
            probe_held_out_batch_chance=[0.2, 0.2],
        )
    )
    assert words.startswith("Sample after step 100: 60% of fields of held-out batches find their treatment again")
    assert "(by chance 12%, at first 20%): it rises" in words
    assert "50% are recognised by their batch (by chance 20%, at first 90%): batches are mixing" in words


def test_without_held_out_batches_the_whole_sample_is_told_of() -> None:
    words = describe_sample(glance(probe_batch=[0.9, 0.22], probe_batch_chance=[0.2, 0.2]))
    assert "the sample's fields" not in words
    assert "22% are recognised by their batch (by chance 20%, at first 90%): batches are mixed." in words


def test_what_does_not_learn_is_said_plainly() -> None:
    flat = describe_sample(
        glance(
            probe_treatment=[0.15, 0.16],
            probe_treatment_chance=[0.125, 0.125],
            probe_batch=[0.9, 0.89],
            probe_batch_chance=[0.2, 0.2],
        )
    )
    assert "treatments are not told apart yet" in flat
    assert "batches are not unlearned yet" in flat


def test_the_first_probe_is_not_judged_and_no_probe_says_nothing() -> None:
    assert "at first" not in describe_sample(glance(probe_batch=[0.9], probe_batch_chance=[0.2]))
    assert describe_sample(glance(loss=[1.0])) == ""
