"""What a run measures, in the form of loggers that people have: made from its events, never inside the loop."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from cdcl.bounded import read_toml
from cdcl.errors import ConfigError, unknown_name
from cdcl.events import Measured
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.events import Event


class Log(Protocol):
    """What hears of every event of a run."""

    def note(self, event: Event) -> None:
        """Write down what was measured."""

    def close(self) -> None:
        """Write what is left."""


class TensorBoardLog:
    """Event files that TensorBoard shows: one curve a number of log.csv.

    Parameters
    ----------
    begins_at
        The step that is trained first. What a killed process wrote of later ones is not shown: they come again.

    Raises
    ------
    ConfigError
        If the package tensorboard is not installed.
    """

    def __init__(self, folder: Path, begins_at: int = 0) -> None:
        package = load_package("tensorboard")
        self._writer: Any = package.SummaryWriter(str(folder / "tensorboard"), purge_step=begins_at)

    def note(self, event: Event) -> None:
        """Write down what was measured; what cannot be written is left out, for it must not end a training."""
        if not isinstance(event, Measured):
            return
        with suppress(OSError):
            for name, value in event.values.items():
                self._writer.add_scalar(name, value, event.step)
            self._writer.flush()

    def close(self) -> None:
        """Write what is left, where that is possible."""
        with suppress(OSError):
            self._writer.close()


class WandbLog:
    """An offline folder of Weights & Biases, RUN/wandb: nothing is sent; `wandb sync RUN/wandb/offline-run-*` does.

    Every start of a run has its own, and a process that is killed leaves what the package's own process had written.

    Raises
    ------
    ConfigError
        If the package wandb is not installed, or cannot begin a folder.
    """

    def __init__(self, folder: Path, begins_at: int = 0) -> None:
        wandb = load_package("wandb")
        path = folder / "config.toml"
        settings = read_toml(path, ConfigError) if path.exists() else {}
        # Quiet, and without what was not asked for: the source code, the machine, what is printed.
        quiet = wandb.Settings(
            silent=True, console="off", disable_git=True, save_code=False, x_disable_stats=True, x_disable_meta=True
        )
        try:
            self._run: Any = wandb.init(
                mode="offline", dir=str(folder), project="cdcl", name=folder.name, config=settings, settings=quiet
            )
        except (wandb.Error, OSError) as error:
            raise ConfigError(f"{option('log')} wandb cannot begin a folder in {folder}: {error}.") from error
        self._failures, self._end_process = (wandb.Error, OSError), wandb.teardown
        # Its own count of steps only goes up, and drops what comes late: ours is a column, and the axis of all curves.
        self._run.define_metric("step")
        self._run.define_metric("*", step_metric="step")

    def note(self, event: Event) -> None:
        """Write down what was measured; what cannot be written is left out, for it must not end a training."""
        if isinstance(event, Measured):
            with suppress(*self._failures):
                self._run.log({"step": event.step, **event.values})

    def close(self) -> None:
        """Write what is left, where that is possible."""
        with suppress(*self._failures):
            self._run.finish()
            self._end_process()  # which writes on after `finish` has returned


PACKAGES = {"tensorboard": "torch.utils.tensorboard", "wandb": "wandb"}
"""The module that each logger needs."""


def load_package(name: str) -> Any:
    """Import what a logger needs.

    Raises
    ------
    ConfigError
        If there is no logger of that name, or its package is missing.
    """
    if name not in PACKAGES:
        raise ConfigError(unknown_name("logger", name, PACKAGES))
    try:
        return import_module(PACKAGES[name])
    except ImportError as error:
        raise ConfigError(
            f'{option("log")} {name} needs its package: pip install "napari-cdcl[{name}]", or pip install {name}.'
        ) from error


def make_logger(name: str, folder: Path, begins_at: int = 0) -> Log:
    """Open a logger by name for a run's folder, from the step that is trained first.

    Raises
    ------
    ConfigError
        If there is none of that name, or its package is missing.
    """
    load_package(name)
    makers: dict[str, Callable[[Path, int], Log]] = {"tensorboard": TensorBoardLog, "wandb": WandbLog}
    return makers[name](folder, begins_at)
