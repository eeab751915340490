"""What is said of a setting that there is not: which one was meant."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel

from cdcl.config.methods import METHOD_CONFIGS

if TYPE_CHECKING:
    from collections.abc import Iterable

_ELSEWHERE = {
    "optimizer.lr": ("learning_rate", "base_lr", "max_lr", "peak_lr", "init_lr", "rate", "eta"),
    "optimizer.lr_end": ("min_lr", "lr_min", "final_lr", "end_lr"),
    "optimizer.lr_start": ("warmup_lr", "start_lr", "lr_warmup"),
    "optimizer.warmup": ("warmup_steps", "warmup_epochs", "num_warmup_steps", "warmup_ratio"),
    "optimizer.weight_decay": ("wd", "decay", "l2"),
    "optimizer.clip": ("clip_grad", "grad_clip", "gradient_clip", "max_grad_norm", "gradient_clip_val"),
    "batch_size": ("bs", "batch", "train_batch_size", "per_device_train_batch_size", "batch_size_per_gpu"),
    "micro_batch": ("accumulate", "grad_accumulation", "gradient_accumulation_steps", "accumulate_grad_batches"),
    "epochs": ("num_epochs", "max_epochs", "n_epochs", "num_train_epochs", "epoch"),
    "steps": ("max_steps", "num_steps", "iterations", "iters", "num_iterations", "max_iter", "step"),
    "seed": ("random_seed", "random_state", "manual_seed"),
    "workers": ("num_workers", "n_jobs", "threads", "dataloader_num_workers"),
    "precision": ("amp", "fp16", "bf16", "mixed_precision", "dtype", "half"),
    "save_every": ("checkpoint_every", "save_steps", "save_freq", "saveckp_freq"),
    "log_every": ("logging_steps", "log_interval", "print_freq"),
    "model.backbone": ("arch", "architecture", "encoder", "network", "model_name"),
    "model.pretrained": ("weights", "checkpoint", "init_from", "pretrained_weights"),
    "model.patch": ("patch_size",),
    "model.width": ("embed_dim", "hidden_size", "dim"),
    "model.heads": ("num_heads", "n_heads"),
    "model.drop_path": ("drop_path_rate",),
    "method.projection": ("out_dim", "projection_dim", "proj_dim"),
    "method.prototypes": ("num_prototypes", "n_prototypes"),
    "method.momentum": ("momentum_teacher", "ema", "ema_decay", "tau"),
    "method.smoothing": ("label_smoothing",),
    "method.student_temperature": ("student_temp",),
    "method.teacher_temperature": ("teacher_temp",),
    "views.global_crops.size": ("crop_size", "image_size", "img_size", "input_size", "global_crop_size"),
    "views.global_crops.scale": ("global_crops_scale",),
    "views.local_crops.count": ("local_crops_number", "num_local_crops"),
    "views.local_crops.scale": ("local_crops_scale",),
}
"""What other trainers (DINO's scripts, PyTorch Lightning, Hugging Face, Keras, timm) call a setting."""

_OURS = {other: ours for ours, others in _ELSEWHERE.items() for other in others}

_ALIKE = 0.6
"""Likeness of a slip, as `difflib` measures it: what `errors.unknown_name` takes, too."""


def unknown_setting(written: str, known: Iterable[str]) -> str:
    """Say that there is no such setting, which was meant, and what is known beside it.

    A name that other trainers use comes first, then the same name in another section, then the nearest of its own
    section, then the nearest of all.

    Parameters
    ----------
    written
        As it was given, such as `optimizer.learning_rate`.
    known
        All settings, with their sections.

    Returns
    -------
    str
        One line.
    """
    names = set(known)
    name = re.sub(r"\.\d+\.", ".", written)  # the third of a list has the settings of all
    section = name.rpartition(".")[0]
    siblings = sorted(other for other in names if other.rpartition(".")[0] == section)
    meant = _meant(name, siblings, sorted(names))
    hint = f" Did you mean '{meant}'?" if meant else ""
    return f"unknown setting '{written}'.{hint} Known here: {', '.join(siblings) or 'nothing'}."


def _meant(name: str, siblings: list[str], names: list[str]) -> str:
    section, _, leaf = name.lower().replace("-", "_").rpartition(".")
    if (ours := _OURS.get(leaf, "")) in names:
        return ours
    same = [other for other in names if other.rpartition(".")[2] == leaf]
    if same:
        return (get_close_matches(name, same, n=1, cutoff=0.0) or same)[0]
    leaves = {other.rpartition(".")[2]: other for other in siblings}
    if near := get_close_matches(leaf, list(leaves), n=1, cutoff=_ALIKE):
        return leaves[near[0]]
    return next(iter(get_close_matches(f"{section}.{leaf}".strip("."), names, n=1, cutoff=_ALIKE)), "")


def setting_names(section: type[BaseModel], prefix: str = "") -> set[str]:
    """Name every setting of a section and of the sections in it, `section.setting`; methods share theirs."""
    names: set[str] = set()
    for name, field in section.model_fields.items():
        inner = METHOD_CONFIGS.values() if prefix + name == "method" else [field.annotation]
        inner = [kind for outer in inner for kind in (outer, *get_args(outer))]
        sections = [kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel)]
        names |= {prefix + name} if not sections else set()
        for kind in sections:
            names |= setting_names(kind, f"{prefix}{name}.")
    return names
