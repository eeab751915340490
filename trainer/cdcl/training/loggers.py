"""What a run measures, in the form of loggers that people have: made from its events, never inside the loop."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cdcl.errors import ConfigError, unknown_name
from cdcl.events import Measured
from cdcl.wording import option

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.events import Event


class TensorBoardLog:
    """Event files that TensorBoard shows: one curve a number of log.csv.

    Raises
    ------
    ConfigError
        If the package tensorboard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ConfigError(f"{option('log')} tensorboard needs its package: pip install tensorboard.") from error
        self._writer: Any = SummaryWriter(str(folder / "tensorboard"))

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


def make_logger(name: str, folder: Path) -> TensorBoardLog:
    """Open a logger by name for a run's folder.

    Raises
    ------
    ConfigError
        If there is none of that name, or its package is missing.
    """
    makers: dict[str, Callable[[Path], TensorBoardLog]] = {"tensorboard": TensorBoardLog}
    if name not in makers:
        raise ConfigError(unknown_name("logger", name, makers))
    return makers[name](folder)
