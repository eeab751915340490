"""Training: the loop, its optimiser, checkpoints, devices and processes."""

from cdcl.training.trainer import train

__all__ = ["train"]
