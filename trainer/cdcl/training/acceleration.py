"""How a network computes, not what: precision of products, memory layout, compilation, recomputed activations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from cdcl.errors import ConfigError
from cdcl.models.multicrop import MultiCrop
from cdcl.models.packed import can_pack
from cdcl.training.devices import use_bf16

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdcl.config import RunConfig
    from cdcl.methods import Method


def accelerate(method: Method, config: RunConfig, device: torch.device, passes: int = 1) -> None:
    """Set up the method's networks for this device.

    Parameters
    ----------
    passes
        Parts that the backbone takes the views of a step in, so that the activations of only one are in memory.

    Raises
    ------
    ConfigError
        If activations are to be recomputed in a network with BatchNorm, whose statistics would count twice.
    """
    if device.type == "cuda":
        # TF32 for what stays in float32: ten bits of mantissa, as much as half precision has.
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.allow_tf32 = True
    _check_recomputing(method, config, passes)
    if _has_batch_norm(method) and device.type == "cuda":
        # Convolutions run on tensor cores in this layout alone; cuDNN tries its kernels for each of two sizes of view.
        nn.Module.to(method, memory_format=torch.channels_last)  # type: ignore[call-overload]
        torch.backends.cudnn.benchmark = True
    for module in networks(method):
        module.packed = config.model.pack and _check_packing(module, config, passes)
        module.in_bf16 = use_bf16(config.precision, device)
        module.passes = passes
        if config.model.checkpointing:
            _checkpoint_blocks(module.backbone)
        if wants_compiling(config, device) and not module.packed:
            # In place: names in checkpoints stay. Each resolution is a shape of its own, and there are two.
            _compile(module.backbone)


def networks(method: nn.Module) -> Iterator[MultiCrop]:
    """Go through backbones with their heads: the student, and a teacher that has a head."""
    yield from (module for module in method.modules() if isinstance(module, MultiCrop))


def wants_compiling(config: RunConfig, device: torch.device) -> bool:
    """Tell whether the backbone is compiled: "auto" does so on CUDA; a CPU gains 7 % after two minutes of compiling."""
    return config.model.compile == "on" or (config.model.compile == "auto" and device.type == "cuda")


def compile_failures(method: nn.Module) -> list[str]:
    """Give and forget what kept networks from being compiled, a line each."""
    found = []
    for module in networks(method):
        guard = getattr(module.backbone, "_compiled_call_impl", None)
        if isinstance(guard, _Guarded) and guard.failure:
            found.append(guard.failure)
            module.backbone._compiled_call_impl = None
    return list(dict.fromkeys(found))


class _Guarded:
    """A compiled network that falls back on the plain one where compilation fails."""

    def __init__(self, network: nn.Module, compiled: Any) -> None:
        self._network, self._compiled = network, compiled
        self.failure = ""

    def __call__(self, *inputs: Any) -> Any:
        if not self.failure:
            try:
                return self._compiled(*inputs)
            except torch.OutOfMemoryError:
                raise
            except Exception as error:
                self.failure = f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"
        return self._network._call_impl(*inputs)  # type: ignore[no-untyped-call]


def _compile(network: nn.Module) -> None:
    network.compile(dynamic=False)
    network._compiled_call_impl = _Guarded(network, network._compiled_call_impl)


def _checkpoint_blocks(backbone: nn.Module) -> None:
    for part in backbone.modules():
        switch = getattr(part, "set_grad_checkpointing", None)
        if callable(switch):
            switch(True)


def _has_batch_norm(method: Method) -> bool:
    return any(isinstance(part, nn.BatchNorm2d) for part in method.student.modules())


def _check_packing(module: MultiCrop, config: RunConfig, passes: int) -> bool:
    if can_pack(module.backbone) and passes == 1 and not config.model.checkpointing:
        return True
    raise ConfigError(
        "model.pack = true is for a plain Vision Transformer, without micro_batch and model.checkpointing; leave it "
        f"out for {config.model.backbone}."
    )


def _check_recomputing(method: Method, config: RunConfig, passes: int) -> None:
    if not _has_batch_norm(method) or (passes == 1 and not config.model.checkpointing):
        return
    setting = "model.checkpointing = true" if config.model.checkpointing else f"micro_batch = {config.micro_batch}"
    raise ConfigError(
        f"{setting} is for networks without BatchNorm, and {config.model.backbone} has it: its statistics are of the "
        "whole batch. Take a smaller batch_size, or a Vision Transformer."
    )
