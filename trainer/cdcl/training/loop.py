"""The training loop: from step to step, to the end or until it is asked to stop."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.parallel import DistributedDataParallel

from cdcl.errors import RunError
from cdcl.events import Advanced, Began, Ended, Measured, Said, Warned, Wrote
from cdcl.methods import Progress
from cdcl.methods.collapse import warn_of_collapse
from cdcl.models.weight_files import WEIGHTS, read_card
from cdcl.models.weight_sources import source_of_start
from cdcl.training.acceleration import compile_failures
from cdcl.training.agreement import StopAgreement
from cdcl.training.buffer_rollback import BufferRollback
from cdcl.training.changes import lower_rate, settings_of, tell_changes
from cdcl.training.checkpoints import drop_old, load_state, save_checkpoint
from cdcl.training.collapse_diagnostics import CollapseDiagnostics
from cdcl.training.devices import use_bf16
from cdcl.training.gain import gain_over, tell_gain
from cdcl.training.logbook import Logbook
from cdcl.training.optimizers import Schedule, build_optimizer, check_moments, clip_gradients, step_where
from cdcl.training.setup import make_card, make_method, make_validator, num_steps
from cdcl.training.snapshots import SnapshotWriter
from cdcl.training.step_report import StepReport, report_step, steps_behind
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from cdcl.config import RunConfig
    from cdcl.data.batches import Batch
    from cdcl.data.loader import Loader, TrainingSet
    from cdcl.methods import Method, StepOutput
    from cdcl.runs import Run
    from cdcl.tasks import Task
    from cdcl.training.distributed import Team
    from cdcl.training.validation import Validator

MOST_BAD_STEPS = 3
"""So many steps in a row without a finite loss end the run."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a run trains and what it writes to.

    Attributes
    ----------
    run
        Its folder.
    device
        Of this process.
    team
        The processes that train together.
    """

    run: Run
    device: torch.device
    team: Team


@dataclass
class TrainingLoop:
    """All that changes while a run trains.

    Attributes
    ----------
    config, place, loader
        What is trained, where, and on which batches.
    method, optimizer, schedule
        What changes with each step, and at what rates.
    card
        Goes into each checkpoint: what embedding must know of the encoder.
    validator, snapshots
        Score the validation rows, and embed the sample; None where the run has none.
    num_steps
        Of the whole run.
    step, first_step, saved_step
        Steps done; done before this process began; in the newest checkpoint (-1 without one).
    bad_steps
        Steps in a row, up to now, whose loss or gradient was not finite.
    seconds_before
        Of training, before this process began.
    logbook
        log.csv.
    buffers
        Those of the method from before the step, to be put back where it does not count.
    reports
        Of the last steps, that are still on their way from the device.
    collapse
        Watches for a collapse that only the run so far shows.
    has_learned
        Whether this process has applied a step.
    looking
        The forward pass has begun, and nothing was learned from it yet.
    updating
        The weights are half old, half new.
    log_lost
        Whether it was said that log.csv cannot be written.
    """

    config: RunConfig
    place: Workplace
    loader: Loader
    method: Method
    optimizer: torch.optim.AdamW
    schedule: Schedule
    card: dict[str, Any]
    validator: Validator | None
    snapshots: SnapshotWriter | None
    num_steps: int
    step: int = 0
    first_step: int = 0
    saved_step: int = -1
    bad_steps: int = 0
    seconds_before: float = 0.0
    logbook: Logbook = field(init=False)
    buffers: BufferRollback = field(init=False)
    reports: deque[StepReport] = field(default_factory=deque)
    collapse: CollapseDiagnostics = field(init=False)
    has_learned: bool = False
    looking: bool = False
    updating: bool = False
    log_lost: bool = False

    def __post_init__(self) -> None:
        self.logbook = Logbook(self.place.run.log)
        self.buffers = BufferRollback(self.method)
        views = self.config.batch_size * self.config.views.global_crops.count
        self.collapse = CollapseDiagnostics(getattr(self.config.method, "prototypes", 0), views)

    @classmethod
    def start(cls, config: RunConfig, data: TrainingSet, loader: Loader, place: Workplace) -> TrainingLoop:
        """Build method and optimiser from the seed."""
        method = make_method(config, data, loader, place.device)
        if place.team.size > 1:
            method.distribute(lambda student: DistributedDataParallel(student, broadcast_buffers=False))
        schedule = Schedule(config.optimizer, config.batch_size)
        steps = num_steps(config, len(data.part("train").screen))
        begun = source_of_start(config.model)
        card = {**make_card(config, data), "processes": place.team.size, **({"source": begun} if begun else {})}
        optimizer = build_optimizer(method.student, config.optimizer)
        validator, half = make_validator(config, data), use_bf16(config.precision, place.device)
        snapshots = SnapshotWriter.of(config, data, place.run, steps, in_bf16=half) if place.team.leads else None
        return cls(config, place, loader, method, optimizer, schedule, card, validator, snapshots, steps)

    def restore(self) -> Task[None]:
        """Go back to the newest readable checkpoint; a damaged one is skipped, with a warning.

        Raises
        ------
        RunError
            If there is no readable checkpoint, or it is of another network than the config describes.
        """
        state, damaged = load_state(self.place.run)
        for path in damaged:
            yield Warned(f"{path} is damaged; the checkpoint before it is used.")
        try:
            self.method.load_state_dict(state["method"])
            self.optimizer.load_state_dict(state["optimizer"])
            check_moments(self.optimizer)
        except (RuntimeError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise RunError(
                f"the checkpoint of {self.place.run.folder} is of another network than its config describes; leave "
                "[model] and [method] as they were."
            ) from error
        self.step = self.first_step = self.saved_step = int(state["step"])
        if self.step:
            yield from tell_changes(state, self.config, self.step, self.place.device)
        # A branch goes on from weights whose file its own config need not name.
        before = read_card(self.place.run.checkpoints / str(self.step) / WEIGHTS).get("source")
        if before and "source" not in self.card:
            self.card["source"] = before
        if isinstance(state.get("frozen_start"), dict) and "validation_accuracy" in state["frozen_start"]:
            self.card["frozen_start"] = state["frozen_start"]
        if self.place.team.leads:
            self.seconds_before = self.logbook.cut_back(self.step)
            drop_old(self.place.run)
        yield Said(f"resumed at step {self.step} of {self.num_steps}")

    def run_steps(self) -> Task[None]:
        """Train to the end or until asked to stop; the last good state is on disk however it ends."""
        yield Began("train", total=self.num_steps, unit="step")
        reason = "done"
        stop = StopAgreement(self.place.run, self.place.team, self.place.device)
        try:
            yield from self._take_snapshot()
            yield from self._score_start()
            for batch, waited in self._batches():
                if stop.asked():
                    reason = "stopped"
                    break
                yield from self._one_step(batch, waited)
                yield from self._take_snapshot()
                if self.step % self.config.save_every == 0:
                    yield from self._hear()
                    if not self.bad_steps:
                        yield from self._save()
            yield from self._hear()
            yield from self._save()
            if "validation_gain" in self.card.get("validation", {}):
                yield tell_gain(self.card["validation"], self.card["frozen_start"])
        finally:
            self._write_last_checkpoint()
        self.place.run.clear_stop()
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
        self.buffers.keep()
        self.looking = True
        outcome = self.method.step(batch, progress, diagnostics=logged)
        outcome.loss.backward()  # type: ignore[no-untyped-call]
        applied, shown = self._update(outcome, batch, progress)
        self.step += 1
        self.updating = False
        if self.step == self.first_step + 1:
            for failure in compile_failures(self.method):
                yield Warned(f"the network cannot be compiled here and runs as it is, slower ({failure}).")
        yield from self._hear()  # of the step before: a GPU is through with it, and works on this one
        took = waited + time.perf_counter() - began
        speed = {"data_wait": waited / took, "images_per_second": self.config.batch_size / took}
        found = {"loss": outcome.loss, **shown, **speed, **outcome.parts, **outcome.diagnostics} if logged else {}
        self.reports.append(report_step(progress.step, applied, outcome, found, self.place.team))
        yield from self._hear(steps_behind(self.place.device))
        yield Advanced(self.step)

    def _update(
        self, outcome: StepOutput, batch: Batch, progress: Progress
    ) -> tuple[Tensor, dict[str, Tensor | float]]:
        """Apply the gradients, unless any process has a loss or gradient that is not finite: then none does.

        All of it is decided on the device.

        Returns
        -------
        applied, shown
            Whether it was; and what the log shows of it.
        """
        lr = self.schedule.apply(self.optimizer, progress.fraction)
        self.method.before_update(progress)
        norm = clip_gradients(self.method.student, self.config.optimizer)
        # One sum: it is finite only if the loss and every gradient are.
        applied = self.place.team.all_agree(torch.isfinite(outcome.loss.detach() + norm))
        self.updating, self.looking = True, False
        step_where(self.optimizer, applied)
        self.method.after_update(batch, replace(progress, applied=applied))
        self.buffers.put_back_unless(applied)
        self.optimizer.zero_grad(set_to_none=True)
        return applied, {"lr": lr, "gradient_norm": norm}

    def _hear(self, behind: int = 0) -> Task[None]:
        """Read the reports of all steps but the last few."""
        while len(self.reports) > behind:
            report = self.reports.popleft()
            applied, empty, values = report.read()
            self.bad_steps = 0 if applied else self.bad_steps + 1
            self.has_learned |= applied
            if self.bad_steps == MOST_BAD_STEPS:
                raise self._went_astray(report.step)
            if self.bad_steps:
                yield Warned(
                    f"step {report.step}: the loss is not finite; the step is skipped ({self.bad_steps} in a row)."
                )
            self.method.notice(empty=empty)
            if values:
                yield from self._log(report.step, values)

    def _went_astray(self, step: int) -> RunError:
        """Say how to go on: the weights that give no finite loss are the fault of updates before, and are not saved."""
        if self.saved_step > 0 and not self.has_learned:
            newest = self.place.run.checkpoints / str(self.saved_step)
            where = f"Already the weights of {newest} give none: delete it to go on from the one before"
        else:
            where = f"Go on from {f'step {self.saved_step}' if self.saved_step > 0 else 'the start'}"
        return RunError(
            f"the loss was not finite in {MOST_BAD_STEPS} steps in a row (last: step {step}). {where}, "
            f"with {option('resume')} "
            f"and a lower rate, {option('set')} optimizer.lr={lower_rate(self.config):.1g}, or "
            f"{option('set')} precision=fp32."
        )

    def _log(self, step: int, values: dict[str, float]) -> Task[None]:
        if self.place.team.leads:
            seconds = self.seconds_before + time.perf_counter() - self._began
            yield from self._tell_of_log(written=self.logbook.write(step, seconds, values))
        yield Measured(step, values)
        warning = warn_of_collapse(values)
        if warning and step > 0.25 * self.num_steps:
            yield Warned(f"step {step}: {warning}")
        yield from self._tell_of_collapse(values)

    def _tell_of_collapse(self, values: dict[str, float]) -> Task[None]:
        """Say once each what only the run so far shows of a collapse."""
        self.collapse.see(values)
        for sign in self.collapse.new(self.step / max(self.num_steps, 1)):  # a run of no steps measures its start
            yield Warned(f"step {self.step}: {sign}")

    def _tell_of_log(self, *, written: bool) -> Task[None]:
        """Say once that the log cannot be written, with what is at stake, and once that it can be again."""
        if written and self.log_lost:
            yield Said(f"{self.place.run.log} is written again, with the lines that waited")
        if not written and not self.log_lost:
            yield Warned(self._fate_of_log())
        self.log_lost = not written

    def _fate_of_log(self) -> str:
        run, every = self.place.run, self.config.save_every
        if run.folder.is_dir():
            return f"{run.log} cannot be written; the training goes on, and the lines wait until it can."
        due = min((self.step // every + 1) * every, self.num_steps)
        return (
            f"{run.folder} was deleted or renamed; give it back its name before step {due}, when a checkpoint is due "
            "that would have no place: then the training ends."
        )

    def _take_snapshot(self) -> Task[None]:
        if self.snapshots is not None and self.snapshots.due(self.step, self.num_steps):
            found = yield from self.snapshots.take(self.step, self.method.encoder, self.place.device)
            yield from self._tell_of_collapse(found)

    def _save(self) -> Task[None]:
        """Write a checkpoint, with a look at the validation rows where there are any."""
        if self.saved_step == self.step or not self.place.team.leads:
            return
        if self.validator is not None:
            found = self._validate(self.validator)
            if "frozen_start" in self.card:
                found |= gain_over(self.card["frozen_start"], found)
            self.card["validation"] = found
            yield Measured(self.step, found)
        self._write_checkpoint()
        yield Wrote("checkpoint", str(self.place.run.checkpoints / str(self.saved_step)))

    def _write_last_checkpoint(self) -> None:
        """Save what an interrupted loop holds, unless it is half a step: an update that was begun and not ended."""
        if not self.updating and self.bad_steps < MOST_BAD_STEPS:
            if self.looking:
                self.buffers.put_back()
            self._write_checkpoint()

    def _validate(self, validator: Validator) -> dict[str, float]:
        half = use_bf16(self.config.precision, self.place.device)
        return validator.score(self.method.encoder, self.place.device, in_bf16=half)

    def _score_start(self) -> Task[None]:
        """Look at the validation rows with the pretrained network as it is: what fine-tuning has to beat."""
        if self.step or self.validator is None or not self.config.model.pretrained or not self.place.team.leads:
            return
        self.card["frozen_start"] = self._validate(self.validator)
        yield Measured(0, self.card["frozen_start"])

    def _write_checkpoint(self) -> None:
        if not self.place.team.leads or self.saved_step == self.step:
            return
        state = {
            "method": self.method.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            **settings_of(self.config),
            "frozen_start": self.card.get("frozen_start", {}),
        }
        save_checkpoint(self.place.run, self.step, encoder=self.method.encoder, card=self.card, state=state)
        self.saved_step = self.step
