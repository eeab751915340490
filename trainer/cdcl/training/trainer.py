"""The training loop: a task that yields what happens and leaves a run folder that can always go on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.parallel import DistributedDataParallel

from cdcl import __version__
from cdcl.data.loader import Loader
from cdcl.data.pairing import describe_ladder
from cdcl.data.tiles import mean_tile
from cdcl.errors import ConfigError, RunError
from cdcl.events import Advanced, Began, Ended, Measured, Said, Warned, Wrote
from cdcl.methods import Facts, Method, Outcome, Progress, build_method
from cdcl.methods.collapse import warn_of_collapse
from cdcl.models.multicrop import MultiCrop
from cdcl.training.checkpoints import load_state, save_checkpoint
from cdcl.training.devices import pick_device, use_bf16
from cdcl.training.distributed import Team, joined_team
from cdcl.training.logbook import Logbook
from cdcl.training.optimizers import Schedule, build_optimizer, clip_gradients
from cdcl.training.preparation import prepare
from cdcl.training.validation import Validator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.data.batches import Batch
    from cdcl.data.loader import TrainingSet
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task

MOST_BAD_STEPS = 3
"""So many steps in a row without a finite loss end the run."""


def train(
    config: RunConfig, screen: Screen, run: Run, *, resume: bool = False, cache_folder: Path | None = None
) -> Task[Run]:
    """Train to the last step, or until the run is asked to stop; closing the task leaves a checkpoint too.

    Raises
    ------
    RunError
        If the loss is not finite three times in a row, or there is nothing to resume from.
    ConfigError
        If the config and the screen do not go together.
    """
    device = pick_device(config.device)
    with joined_team(device) as team:
        team.share_of(config.batch_size)
        run.stop.unlink(missing_ok=True)
        data = yield from prepare(config, screen, run, cache_folder=cache_folder, leads=team.leads)
        loader = Loader(data.part("train"), config, share=(team.rank, team.size))
        yield from _tell_pairing(loader, config)
        session = Session.start(config, data, loader, Place(run, device, team))
        if resume:
            yield from session.restore()
        yield from session.run_steps()
    return run


def num_steps(config: RunConfig, num_images: int) -> int:
    """Count the steps of a run: `steps`, else as many as `epochs` take."""
    if config.steps is not None:
        return config.steps
    if config.epochs is None:
        raise ConfigError("neither steps nor epochs is set; give one of them, such as --set steps=1000.")
    return max(1, config.epochs * num_images // config.batch_size)


def _tell_pairing(loader: Loader, config: RunConfig) -> Task[None]:
    if not config.pairing.sameby:
        return
    ladder = loader.pairer.ladder()
    yield Said(f"partners: {describe_ladder(ladder)}")
    wanted = next(iter(ladder))
    if config.pairing.diffby and ladder[wanted] < 0.5 * sum(ladder.values()):
        yield Warned(
            f"{ladder[wanted]} of {sum(ladder.values())} images have a partner in another {wanted}; "
            "the rest take the next best, and what differs between these is not unlearned."
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run trains and what it writes to."""

    run: Run
    device: torch.device
    team: Team


@dataclass
class Session:
    """All that changes while a run trains."""

    config: RunConfig
    place: Place
    loader: Loader
    method: Method
    optimizer: torch.optim.AdamW
    schedule: Schedule
    card: dict[str, Any]
    validator: Validator | None
    num_steps: int
    step: int = 0
    saved_step: int = -1
    bad_steps: int = 0
    seconds_before: float = 0.0
    logbook: Logbook = field(init=False)

    def __post_init__(self) -> None:
        self.logbook = Logbook(self.place.run.log)

    @classmethod
    def start(cls, config: RunConfig, data: TrainingSet, loader: Loader, place: Place) -> Session:
        """Build method and optimiser from the seed."""
        torch.manual_seed(config.seed)
        method = build_method(config, _facts(config, data, loader)).to(place.device)
        for module in method.modules():
            if isinstance(module, MultiCrop):
                module.in_bf16 = use_bf16(config.precision, place.device)
        method.train()
        if place.team.size > 1:
            method.drive(DistributedDataParallel(method.student, broadcast_buffers=False))
        schedule = Schedule(config.optimizer, config.batch_size)
        steps = num_steps(config, len(data.part("train").screen))
        card, optimizer = _card(config, data), build_optimizer(method.student)
        return cls(config, place, loader, method, optimizer, schedule, card, _validator(config, data), steps)

    def restore(self) -> Task[None]:
        """Go back to the newest readable checkpoint; a damaged one is named and passed over."""
        state, damaged = load_state(self.place.run)
        for path in damaged:
            yield Warned(f"{path} is damaged; the checkpoint before it is used.")
        self.method.load_state_dict(state["method"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = self.saved_step = int(state["step"])
        if self.place.team.leads:
            self.seconds_before = self.logbook.cut_back(self.step)
        yield Said(f"resumed at step {self.step} of {self.num_steps}")

    def run_steps(self) -> Task[None]:
        """Step until the end or until asked to stop; whatever ends it, the last good state is on disk."""
        yield Began("train", total=self.num_steps, unit="step")
        reason = "done"
        try:
            for batch, waited in self._batches():
                if self._asked_to_stop():
                    reason = "stopped"
                    break
                yield from self._one_step(batch, waited)
                if self.step % self.config.save_every == 0:
                    yield from self._save()
            yield from self._save()
        finally:
            self._write_checkpoint()
        self.place.run.stop.unlink(missing_ok=True)
        yield Ended(reason, f"{reason} at step {self.step} of {self.num_steps}")

    def _batches(self) -> Iterator[tuple[Batch, float]]:
        """Give each batch with the seconds that were waited for it."""
        self._began = time.perf_counter()
        batches = self.loader.batches(self.step, self.num_steps, self.place.device)
        while True:
            asked = time.perf_counter()
            batch = next(batches, None)
            if batch is None:
                return
            yield batch, time.perf_counter() - asked

    def _one_step(self, batch: Batch, waited: float) -> Task[None]:
        began = time.perf_counter()
        progress = Progress(self.step, self.num_steps)
        logged = self.step % self.config.log_every == 0 or self.step == self.num_steps - 1
        outcome = self.method.step(batch, progress, signs=logged)
        outcome.loss.backward()  # type: ignore[no-untyped-call]
        norm, lr = self._update(outcome, batch, progress)
        took = waited + time.perf_counter() - began
        self.step += 1
        if self.bad_steps:
            yield Warned(
                f"step {progress.step}: the loss is not finite; the step is skipped ({self.bad_steps} in a row)."
            )
        if logged:
            speed = {"data_wait": waited / took, "images_per_second": self.config.batch_size / took}
            yield from self._log(progress.step, {"lr": lr, "gradient_norm": float(norm), **speed}, outcome)
        yield Advanced(self.step)

    def _update(self, outcome: Outcome, batch: Batch, progress: Progress) -> tuple[torch.Tensor, float]:
        """Apply the gradients, unless any process has a loss or gradient that is not finite: then none does."""
        lr = self.schedule.apply(self.optimizer, progress.fraction)
        self.method.before_update(progress)
        norm = clip_gradients(self.method.student, self.config.optimizer)
        finite = bool(torch.isfinite(outcome.loss.detach() + norm))
        if self.place.team.all_agree(finite, self.place.device):
            self.optimizer.step()
            self.method.after_update(batch, progress)
            self.bad_steps = 0
        else:
            self.bad_steps += 1
        self.optimizer.zero_grad(set_to_none=True)
        if self.bad_steps == MOST_BAD_STEPS:
            raise RunError(
                f"the loss was not finite in {MOST_BAD_STEPS} steps in a row (last: step {progress.step}). The weights "
                f"before them are saved. Try a lower optimizer.lr (now {lr:.2g}) or precision = 'fp32', then --resume."
            )
        return norm, lr

    def _log(self, step: int, values: dict[str, float], outcome: Outcome) -> Task[None]:
        found = {name: float(value) for name, value in {**outcome.parts, **outcome.signs}.items()}
        values = {"loss": float(outcome.loss.detach()), **values, **found}
        if self.place.team.leads:
            self.logbook.write(step, self.seconds_before + time.perf_counter() - self._began, values)
        yield Measured(step, values)
        warning = warn_of_collapse(values)
        if warning and step > 0.25 * self.num_steps:
            yield Warned(f"step {step}: {warning}")

    def _asked_to_stop(self) -> bool:
        return not self.place.team.all_agree(not self.place.run.stop.exists(), self.place.device)

    def _save(self) -> Task[None]:
        """Write a checkpoint, with a look at the validation rows where there are any."""
        if self.saved_step == self.step or not self.place.team.leads:
            return
        if self.validator is not None:
            half = use_bf16(self.config.precision, self.place.device)
            found = self.validator.score(self.method.encoder, self.place.device, in_bf16=half)
            self.card["validation"] = found
            yield Measured(self.step, found)
        self._write_checkpoint()
        yield Wrote("checkpoint", str(self.place.run.checkpoints / str(self.saved_step)))

    def _write_checkpoint(self) -> None:
        if not self.place.team.leads or self.saved_step == self.step:
            return
        state = {"method": self.method.state_dict(), "optimizer": self.optimizer.state_dict()}
        save_checkpoint(self.place.run, self.step, encoder=self.method.encoder, card=self.card, state=state)
        self.saved_step = self.step


def _facts(config: RunConfig, data: TrainingSet, loader: Loader) -> Facts:
    return Facts(
        num_channels=len(data.screen.channels),
        image_size=config.views.global_crops.size,
        num_labels=int(loader.labels.max(initial=-1)) + 1,
        domain_sizes=tuple(int(size) for size in torch.from_numpy(loader.domains).bincount()),
    )


def _validator(config: RunConfig, data: TrainingSet) -> Validator | None:
    """Watch the validation rows, where there are any and they have a treatment to recognise."""
    if not len(data.part("validation").screen):
        return None
    label = config.pairing.sameby[0] if config.pairing.sameby else "treatment"
    side = int(data.cache.sizes[data.cache_rows].min())
    return Validator(data, label, mean_tile(config, side), config.views.global_crops.size)


def _card(config: RunConfig, data: TrainingSet) -> dict[str, Any]:
    """Describe the encoder for whoever uses it: channels in order, intensities, config, versions."""
    return {
        "format": 1,
        "channels": list(data.screen.channels),
        "pixel_size": data.screen.pixel_size,
        "field_side": int(data.cache.sizes[data.cache_rows].min()),
        "intensities": data.intensities.to_dict(),
        "config": config.model_dump(mode="json"),
        "versions": {"cdcl": __version__, "torch": torch.__version__},
    }
