"""The settings of a run: one frozen pydantic model a section, free of torch so that forms can be drawn."""

from cdcl.config.cells import CellsConfig
from cdcl.config.embedding import EmbeddingConfig
from cdcl.config.guides import GuideConfig
from cdcl.config.intensities import IntensityConfig
from cdcl.config.methods import (
    METHOD_CONFIGS,
    ByolConfig,
    CdclConfig,
    DinoConfig,
    MethodConfig,
    SimclrConfig,
    SupervisedConfig,
    TripletConfig,
)
from cdcl.config.model import ModelConfig
from cdcl.config.nuisance import NuisanceConfig
from cdcl.config.optimizer import OptimizerConfig
from cdcl.config.pairing import PairingConfig
from cdcl.config.recipes import list_recipes, load_config, write_config
from cdcl.config.run import RunConfig
from cdcl.config.split import SplitConfig
from cdcl.config.views import CropConfig, ViewConfig

__all__ = [
    "METHOD_CONFIGS",
    "ByolConfig",
    "CdclConfig",
    "CellsConfig",
    "CropConfig",
    "DinoConfig",
    "EmbeddingConfig",
    "GuideConfig",
    "IntensityConfig",
    "MethodConfig",
    "ModelConfig",
    "NuisanceConfig",
    "OptimizerConfig",
    "PairingConfig",
    "RunConfig",
    "SimclrConfig",
    "SplitConfig",
    "SupervisedConfig",
    "TripletConfig",
    "ViewConfig",
    "list_recipes",
    "load_config",
    "write_config",
]
