"""The schedules' ends, and what is scaled with the batch."""

from __future__ import annotations

import pytest

from cdcl.config import OptimizerConfig
from cdcl.training.optimizers import Schedule


def test_the_peak_grows_with_the_batch_and_the_end_does_not() -> None:
    config = OptimizerConfig(lr=1e-3, lr_start=1e-5, lr_end=1e-6, warmup=0.1, scale_lr=True)
    schedule = Schedule(config, batch_size=1024)
    assert schedule.lr(0.0) == pytest.approx(4e-5)
    assert schedule.lr(0.1) == pytest.approx(4e-3)
    assert schedule.lr(1.0) == pytest.approx(1e-6)
