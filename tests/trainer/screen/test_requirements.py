"""What a config asks of a screen's columns, and what is said where they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cdcl.config.recipes import check_config, load_config
from cdcl.errors import ConfigError
from cdcl.screen.requirements import check_columns, check_labels

if TYPE_CHECKING:
    from cdcl.config import RunConfig


@pytest.fixture
def sites() -> pd.DataFrame:
    table = {"batch": ["B1", "B2"], "plate": ["P1", "P2"], "well": ["A01", "A01"], "treatment": ["T1", "T2"]}
    return pd.DataFrame({**table, "path": ["1.tif", "2.tif"]})


def config(**sections: object) -> RunConfig:
    return check_config({"steps": 1, **sections}, where="test")


def test_what_is_there_is_enough(sites: pd.DataFrame) -> None:
    wanted = config(pairing={"sameby": ["treatment"], "diffby": ["batch"]}, method={"name": "supervised"})
    check_columns(sites, wanted)
    check_labels(sites, wanted)


def test_archetypes_name_the_command_that_makes_them(sites: pd.DataFrame) -> None:
    with pytest.raises(ConfigError, match=r"unknown column 'archetype'.*`cdcl archetypes RUN --labelled") as caught:
        check_columns(sites, load_config("archetypes"))
    assert "path" not in str(caught.value)
    empty = sites.assign(archetype="")
    with pytest.raises(ConfigError, match=r"fewer than two values.*`cdcl archetypes"):
        check_labels(empty, load_config("archetypes"))


@pytest.mark.parametrize(
    ("sections", "setting"),
    [
        ({"pairing": {"sameby": ["tratment"], "diffby": ["batch"]}}, "pairing.sameby"),
        ({"pairing": {"sameby": ["treatment"], "diffby": ["tratment"]}}, "pairing.diffby"),
        ({"method": {"name": "supervised", "label": "tratment"}}, "method.label"),
        ({"nuisance": {"weight": 0.1, "column": "tratment"}}, "nuisance.column"),
        ({"pairing": {"sameby": ["tratment"]}, "sampler": "balanced"}, "pairing.sameby"),
    ],
)
def test_a_missing_column_is_named_with_its_setting(
    sites: pd.DataFrame, sections: dict[str, object], setting: str
) -> None:
    with pytest.raises(ConfigError, match=rf"{setting}: unknown column 'tratment'\. Did you mean 'treatment'\?"):
        check_columns(sites, config(**sections))


def test_a_screen_without_batches_is_told_how_to_come_to_some(sites: pd.DataFrame) -> None:
    with pytest.raises(ConfigError, match=r"unknown column 'batch'.*--batch-from.*pairing.diffby=\['plate'\]"):
        check_columns(sites.drop(columns="batch"), load_config("cdcl-small"))


def test_a_column_that_was_renamed_is_named(sites: pd.DataFrame) -> None:
    asked = config(guides=[{"column": "dose", "kind": "regress"}])
    with pytest.raises(ConfigError, match=r"unknown column 'dose'\. It is called 'concentration' here\."):
        check_columns(sites.assign(concentration=1.0), asked)


def test_a_balanced_sampler_wants_a_label(sites: pd.DataFrame) -> None:
    wanted = config(sampler="balanced", pairing={"sameby": ["treatment"]})
    with pytest.raises(ConfigError, match="needs a treatment for at least one training image"):
        check_labels(sites.assign(treatment=["", ""]), wanted)
