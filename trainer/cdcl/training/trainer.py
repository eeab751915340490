"""Train a method on a screen: a task that yields events and leaves a run folder from which training can go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cdcl.data.loader import Loader
from cdcl.errors import RunError
from cdcl.events import Measured, Said, Warned
from cdcl.pairing.ladder import describe_ladder, doubt_pairing
from cdcl.training.devices import note_hardware, pick_device
from cdcl.training.distributed import joined_team
from cdcl.training.loop import TrainingLoop, Workplace
from cdcl.training.memory import describe_shortage, fitting_setting
from cdcl.training.preparation import prepare, ready_network

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.config import RunConfig
    from cdcl.data.loader import TrainingSet
    from cdcl.runs import Run
    from cdcl.screen import Screen
    from cdcl.tasks import Task


def train(
    config: RunConfig, screen: Screen, run: Run, *, resume: bool = False, cache_folder: Path | None = None
) -> Task[Run]:
    """Train to the last step, or until the run is asked to stop.

    Closing the task leaves a checkpoint too, from which the run is resumed.

    Parameters
    ----------
    config
        The run's.
    screen
        All of it; `config.split` says which rows are trained on.
    run
        A new one (`start_run`), or one to resume (`reopen_run`).
    resume
        Go on from the newest checkpoint; without it training begins at step 0.
    cache_folder
        Where decoded pixels are kept; None takes the usual folder.

    Returns
    -------
    Run
        The same, with checkpoints and log.csv; it may be unfinished, which its status says.

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
        run.clear_stop()
        config = yield from ready_network(config, screen.channels)
        if team.leads:
            note_hardware(run.environment, device)
        data = yield from prepare(config, screen, run, cache_folder=cache_folder, leads=team.leads)
        yield from _train_together(config, data, Workplace(run, device, team), resume=resume)
    return run


def _train_together(config: RunConfig, data: TrainingSet, place: Workplace, *, resume: bool) -> Task[None]:
    """Train; a function of its own so that nothing refers to the other processes when they part."""
    loader = Loader(data.part("train"), config, share=(place.team.rank, place.team.size))
    yield from _tell_pairing(loader, config)
    for column in loader.guides:
        yield Said(column.told())
    if not (yield from _steps_fit(config, data, loader, place, resume)):
        # Found out here, where nothing of the session is left in memory.
        size = place.team.size
        yield Said(f"batch_size = {config.batch_size} needs more memory than there is; what fits is tried …")
        setting, value = found = fitting_setting(config, data, place.device, size)
        if value:
            yield Measured(0, {f"fitting_{setting}": value})
        raise RunError(describe_shortage(config, place.device, found, size))


def _steps_fit(config: RunConfig, data: TrainingSet, loader: Loader, place: Workplace, resume: bool) -> Task[bool]:
    """Train; False where the device's memory is too small for a step."""
    try:
        session = TrainingLoop.start(config, data, loader, place)
        if resume:
            yield from session.restore()
        yield from session.run_steps()
    except torch.OutOfMemoryError:
        return False
    return True


def _tell_pairing(loader: Loader, config: RunConfig) -> Task[None]:
    if not config.pairing.sameby:
        return
    ladder = loader.pairer.ladder
    yield Said(f"partners: {describe_ladder(ladder.counts())}")
    for doubt in doubt_pairing(ladder, config.pairing):
        yield Warned(doubt)
