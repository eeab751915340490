"""Whether a screen has the columns that a config names, asked before anything costs time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.errors import ConfigError, unknown_name
from cdcl.screen.guide_columns import guide_columns
from cdcl.screen.headings import read_heading
from cdcl.wording import option, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from cdcl.config import RunConfig

_ARCHETYPES = verb(f"archetypes RUN {option('labelled')} labelled.csv")

MAKERS = {
    "archetype": (
        f" {_ARCHETYPES} makes it from the profiles of a trained run; then train with {option('screen')} labelled.csv."
    ),
    "batch": (
        f" Name the batches in the plate map, or let {verb('scan')} tell them with {option('batch-from')}; without "
        f"any, pair across plates with {option('set')} \"pairing.diffby=['plate']\" and, for CDCL, method.domain=plate."
    ),
}
"""Columns that a screen may lack, and how one comes to them."""


def check_columns(sites: pd.DataFrame, config: RunConfig) -> None:
    """Look for the columns that pairing, method and sampler name.

    Raises
    ------
    ConfigError
        If one is missing; the message names the setting, the columns there are, and the command that makes it.
    """
    for setting, column in _named(config):
        if column and column not in sites and column != "site":
            known = [str(name) for name in sites.columns if not str(name).startswith("path")]
            raise ConfigError(
                f"{setting}: {unknown_name('column', column, known, read_heading(column).name)}{MAKERS.get(column, '')}"
            )


def check_labels(sites: pd.DataFrame, config: RunConfig) -> None:
    """Look whether the rows that are trained on have the labels that the method, the sampler and the guides need.

    Raises
    ------
    ConfigError
        If a method that learns labels has fewer than two, a balanced sampler none, or a guide nothing to read.
    """
    guide_columns(sites, config)
    label, groups = config.method.label_column, _groups_column(config)
    if label and _known(sites, label).nunique() < 2:
        raise ConfigError(
            f"method.label = '{label}' has fewer than two values in the training rows, so nothing can be told apart."
            f"{MAKERS.get(label, '')}"
        )
    if groups and not len(_known(sites, groups)):
        raise ConfigError(
            f"sampler = 'balanced' needs a {groups} for at least one training image; use 'plain'."
            f"{MAKERS.get(groups, '')}"
        )


def _named(config: RunConfig) -> Iterator[tuple[str, str]]:
    for name in config.pairing.sameby:
        yield "pairing.sameby", name
    for name in config.pairing.diffby:
        yield "pairing.diffby", name
    yield "method.label", config.method.label_column
    yield "method.domain", config.method.domain_column
    for guide in config.all_guides:
        yield "guides" if guide.masks_missing else "nuisance.column", guide.column
    yield "sampler", _groups_column(config)


def _groups_column(config: RunConfig) -> str:
    """Name the column whose values a balanced sampler takes in turn; "" for a plain one."""
    if config.sampler != "balanced":
        return ""
    return config.pairing.sameby[0] if config.pairing.sameby else "treatment"


def _known(sites: pd.DataFrame, column: str) -> pd.Series:
    labels = sites[column].astype("string").fillna("")
    return labels[labels != ""]
