"""Which checkpoint of a run did best on its validation rows."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from cdcl.bounded import read_json
from cdcl.errors import CDCLError, RunError
from cdcl.wording import option

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.runs.run import Run

CARD = "weights.json"


@dataclass(frozen=True, slots=True)
class Best:
    """A kept checkpoint that does best by validation.

    Attributes
    ----------
    step
        Its step.
    accuracy
        Of the validation rows' nearest neighbours, 0 to 1.
    newest
        The newest step beside it.
    """

    step: int
    accuracy: float
    newest: int

    def in_words(self) -> str:
        """Say which one is used, in a line."""
        if self.step == self.newest:
            return f"the newest checkpoint, step {self.step}, is the best by validation ({self.accuracy:.3f})"
        return (
            f"the best by validation is used: step {self.step} ({self.accuracy:.3f}), and not the newest, {self.newest}"
        )


def best_checkpoint(run: Run) -> Best:
    """Find the kept checkpoint with the highest validation accuracy, the latest of equals.

    Raises
    ------
    RunError
        If no checkpoint was validated.
    """
    found = best_of({step: run.checkpoints / str(step) for step in run.checkpoint_steps()})
    if found is None:
        raise RunError(
            f"no checkpoint of {run.folder} was validated: its config holds no group out for it "
            f"([split] validation); leave {option('best')} out to use the newest."
        )
    return found


def best_of(folders: dict[int, Path]) -> Best | None:
    """Compare checkpoints by step; None where none was validated."""
    accuracies = {step: _validation(folder / CARD) for step, folder in folders.items()}
    known = {step: value for step, value in accuracies.items() if value is not None}
    if not known:
        return None
    step = max(known, key=lambda step: (known[step], step))
    return Best(step, known[step], max(folders))


def _validation(card: Path) -> float | None:
    try:
        value = float(read_json(card)["validation"]["validation_accuracy"])
    except (CDCLError, LookupError, TypeError, ValueError, OverflowError):
        return None
    return value if isfinite(value) else None
