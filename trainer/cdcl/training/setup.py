"""What a run is made of (method, optimiser, loader), built from its config and its seed."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import torch

from cdcl import __version__
from cdcl.data.tiles import mean_tile, usual_side
from cdcl.errors import ConfigError
from cdcl.methods import Method, ScreenInfo, build_method
from cdcl.models.freezing import freeze
from cdcl.training.acceleration import accelerate
from cdcl.training.validation import Validator
from cdcl.wording import option

if TYPE_CHECKING:
    from cdcl.config import RunConfig
    from cdcl.data.loader import Loader, TrainingSet


def num_steps(config: RunConfig, num_images: int) -> int:
    """Count the steps of a run: `steps`, else as many as `epochs` take.

    Parameters
    ----------
    num_images
        Rows that are trained on; with `epochs`, their batches are counted over all epochs and rounded down.

    Raises
    ------
    ConfigError
        If neither is set.
    """
    if config.steps is not None:
        return config.steps
    if config.epochs is None:
        raise ConfigError(f"neither steps nor epochs is set; give one of them, such as {option('set')} steps=1000.")
    return max(1, config.epochs * num_images // config.batch_size)


def num_passes(config: RunConfig, loader: Loader) -> int:
    """Count the parts that a step's views go through the backbone in, by `micro_batch`."""
    return ceil(loader.images_per_step / config.micro_batch) if config.micro_batch else 1


def make_method(config: RunConfig, data: TrainingSet, loader: Loader, device: torch.device) -> Method:
    """Build the method from the seed, on its device and in its precision."""
    torch.manual_seed(config.seed)
    facts = ScreenInfo(
        num_channels=len(data.screen.channels),
        image_size=config.views.global_crops.size,
        num_labels=int(loader.labels.max(initial=-1)) + 1,
        domain_sizes=tuple(int(size) for size in torch.from_numpy(loader.domains).bincount()),
        guide_sizes=tuple(column.num_values for column in loader.guides),
    )
    method = build_method(config, facts).to(device)
    freeze(method.student, config.optimizer.trained_blocks, adapters=config.model.lora > 0)
    accelerate(method, config, device, num_passes(config, loader))
    method.train()
    return method


def make_validator(config: RunConfig, data: TrainingSet) -> Validator | None:
    """Make what scores the validation rows; None where there are none, or none with a treatment to recognise."""
    if not len(data.part("validation").screen):
        return None
    label = config.pairing.sameby[0] if config.pairing.sameby else "treatment"
    side = usual_side(data.frames)
    return Validator(data, label, mean_tile(config, side), config.views.global_crops.size)


def make_card(config: RunConfig, data: TrainingSet) -> dict[str, Any]:
    """Describe the encoder for its later use: channels in order, intensities, config, versions."""
    return {
        "format": 1,
        "channels": list(data.screen.channels),
        "pixel_size": data.screen.pixel_size,
        "field_side": usual_side(data.frames),
        "intensities": data.intensities.to_dict(),
        "illumination": None if data.illumination is None else data.illumination.to_dict(),
        "config": config.model_dump(mode="json"),
        "versions": {"cdcl": __version__, "torch": torch.__version__},
    }
