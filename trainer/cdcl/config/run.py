"""The whole config of a run; the settings everyone reaches for stand at the top."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from cdcl.config.cells import CellsConfig
from cdcl.config.embedding import EmbeddingConfig
from cdcl.config.guides import GuideConfig
from cdcl.config.intensities import IntensityConfig
from cdcl.config.methods import DinoConfig, MethodConfig
from cdcl.config.model import ModelConfig
from cdcl.config.nuisance import NuisanceConfig
from cdcl.config.optimizer import OptimizerConfig
from cdcl.config.pairing import PairingConfig
from cdcl.config.section import Count, Section
from cdcl.config.split import SplitConfig
from cdcl.config.views import ViewConfig


class RunConfig(Section):
    """Everything that decides a result; with the same screen, the same config gives the same run."""

    recipe: str = Field("", description="The recipe this config began as.")
    about: str = Field("", description="One honest sentence on what the recipe does.")
    steps: int | None = Field(
        None,
        ge=0,
        le=10**9,
        description="Training steps; stands before `epochs`. 0: none, it stays as it begins.",
    )
    epochs: int | None = Field(
        None, ge=1, le=10**6, description="Passes over the training images, where `steps` is not given."
    )
    batch_size: int = Field(64, ge=2, le=10**7, description="Images a step, over all processes.")
    micro_batch: int = Field(
        0,
        ge=0,
        description="Images a process whose activations are in memory at a time; the batch and its gradients stay the "
        "same. 0: all of them.",
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Everything random follows from it.")
    device: str = Field("auto", description="'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'.")
    precision: Literal["auto", "bf16", "fp32"] = Field(
        "auto", description="'auto': bf16 where the hardware has it, else fp32."
    )
    sampler: Literal["plain", "balanced"] = Field(
        "plain", description="'balanced': `per_group` images each of as many treatments as fill the batch."
    )
    per_group: Count = Field(2, description="Images a treatment in a balanced batch.")
    save_every: Count = Field(500, description="Steps between checkpoints.")
    log_every: Count = Field(10, description="Steps between lines of log.csv.")
    probes: int = Field(
        20, ge=0, description="Times in a run that a fixed sample of fields is embedded, to watch it at work; 0: never."
    )
    workers: int = Field(2, ge=0, le=1024, description="Threads that cut crops ahead of the network; 0: none.")
    cells: CellsConfig = CellsConfig()
    pairing: PairingConfig = PairingConfig()
    views: ViewConfig = ViewConfig()
    model: ModelConfig = ModelConfig()
    method: MethodConfig = DinoConfig()
    nuisance: NuisanceConfig = NuisanceConfig()
    guides: tuple[GuideConfig, ...] = Field(
        (),
        description="Columns that the features shall keep, or hide: treatment, hide batch, regress log concentration, "
        "contrast gene. [nuisance] is the older way to hide one.",
    )
    optimizer: OptimizerConfig = OptimizerConfig()
    split: SplitConfig = SplitConfig()
    intensities: IntensityConfig = IntensityConfig()
    embedding: EmbeddingConfig = EmbeddingConfig()

    @property
    def all_guides(self) -> tuple[GuideConfig, ...]:
        """Every guide, that of [nuisance] first."""
        return (*([self.nuisance.as_guide()] if self.nuisance.weight else []), *self.guides)

    @field_validator("guides")
    @classmethod
    def _each_column_once(cls, guides: tuple[GuideConfig, ...]) -> tuple[GuideConfig, ...]:
        columns = [guide.column for guide in guides]
        twice = sorted({column for column in columns if columns.count(column) > 1})
        if twice:
            raise ValueError(f"the column {twice[0]} has two guides; one column is kept or hidden, once")
        return guides
