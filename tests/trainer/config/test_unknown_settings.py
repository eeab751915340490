"""A setting that there is not: the one that was meant is named."""

from __future__ import annotations

import pytest

from cdcl.config.run import RunConfig
from cdcl.config.unknown_settings import _OURS, setting_names, unknown_setting

KNOWN = setting_names(RunConfig)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("optimizer.learning_rate", "optimizer.lr"),
        ("optimizer.Learning-Rate", "optimizer.lr"),
        ("learning_rate", "optimizer.lr"),
        ("lr", "optimizer.lr"),
        ("optimiser.lr", "optimizer.lr"),
        ("optimizer.lrr", "optimizer.lr"),
        ("optimizer.weight_decy", "optimizer.weight_decay"),
        ("optimizer.batch_size", "batch_size"),
        ("batchsize", "batch_size"),
        ("num_epochs", "epochs"),
        ("max_steps", "steps"),
        ("model.patch_size", "model.patch"),
        ("method.prototype", "method.prototypes"),
        ("split.validation_", "split.validation"),
        ("guides.2.column_", "guides.column"),
    ],
)
def test_the_setting_that_was_meant_is_named(written: str, meant: str) -> None:
    told = unknown_setting(written, KNOWN)
    assert told.startswith(f"unknown setting '{written}'. Did you mean '{meant}'? Known here: ")


def test_nothing_is_offered_for_what_is_like_nothing() -> None:
    assert "Did you mean" not in unknown_setting("zzz", KNOWN)


def test_names_of_other_trainers_lead_to_settings_and_are_none_themselves() -> None:
    assert set(_OURS.values()) <= KNOWN
    assert not set(_OURS) & KNOWN
