"""How the run went: its curves, and who was paired with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cdcl.events import Event, Measured, Said, Warned
from cdcl.report.page import PngFigure, Section
from cdcl.report.plots import plot_curves
from cdcl.report.tables import plain_table
from cdcl.runs.log_table import read_log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cdcl.runs import Run

_RECOGNITION = "How often treatments were recognised while the network trained."
_SAMPLE = (
    "A fixed sample of images, embedded while the network trained: how often neighbours name the treatment (from "
    "another batch) and the batch (from another well)."
)
_GUIDES = (
    "How well the heads of the guides read their columns from training images; a hidden one should fall to guessing."
)
_COLLAPSE = (
    "Signs of collapse. A teacher entropy at 1 means that nothing is learned yet; a prototype entropy or feature "
    "spread near 0 that all images look the same to the network."
)
GAIN = "fine-tuning "
"""How the line begins in which a run says what fine-tuning gained (`cdcl.training.gain`)."""
_PROBE = "probe_"
"""In front of the names of what was measured on the sample."""


def training_section(run: Run, events: Iterable[Event]) -> Section | None:
    """Draw the losses, the accuracies and the signs of collapse over the steps; None before there is a log."""
    if not run.log.exists():
        return None
    log = read_log(run)
    losses = [str(name) for name in log if str(name).startswith("loss") or str(name) in ("dino", "barlow")]
    if "step" not in log or not losses or not len(log):
        return None
    figures = [PngFigure(plot_curves(_curves(log, losses)), "Loss over the steps of training; faint: as logged.")]
    accuracies = [name for name in ("validation_accuracy", "validation_chance", "accuracy") if name in log]
    if accuracies:
        figures.append(PngFigure(plot_curves(_curves(log, accuracies), ylabel="accuracy"), _RECOGNITION))
    sample = sample_curves(events)
    if len(sample):
        names = [str(name) for name in sample if name != "step"]
        figures.append(PngFigure(plot_curves(_curves(sample, names), ylabel="accuracy"), _SAMPLE))
    guides = [str(name) for name in log if str(name).startswith("guide_") and str(name).endswith(("_accuracy", "_r2"))]
    if guides:
        figures.append(PngFigure(plot_curves(_curves(log, guides), ylabel="accuracy, or R2"), _GUIDES))
    signs = [name for name in ("teacher_entropy", "prototype_entropy", "feature_spread") if name in log]
    if signs:
        figures.append(PngFigure(plot_curves(_curves(log, signs), ylabel="of the possible"), _COLLAPSE))
    return Section("Training", pace(log), figures)


def sample_curves(events: Iterable[Event]) -> pd.DataFrame:
    """Collect what was measured on the fixed sample: `step`, then a column each; of a resumed step the last counts."""
    rows: dict[int, dict[str, float]] = {}
    for event in events:
        if isinstance(event, Measured):
            found = {name.removeprefix(_PROBE): x for name, x in event.values.items() if name.startswith(_PROBE)}
            if found:
                rows.setdefault(event.step, {}).update(found)
    return pd.DataFrame([{"step": step, **rows[step]} for step in sorted(rows)])


def _curves(log: pd.DataFrame, names: list[str]) -> dict[str, tuple[Any, Any]]:
    """Give each curve where it was measured."""
    known = {name: log.dropna(subset=[name]) for name in names}
    return {name.replace("_", " "): (rows["step"].to_numpy(), rows[name].to_numpy()) for name, rows in known.items()}


def pace(log: pd.DataFrame) -> str:
    """Say how long the logged steps took."""
    if "seconds" not in log:
        return ""
    minutes = float(log["seconds"].max()) / 60
    done = int(log["step"].max()) + 1  # steps are numbered from 0, and a line is written when its step is done
    return f"{minutes:.1f} minutes for {done} {'step' if done == 1 else 'steps'}."


def fine_tuning(events: Iterable[Event]) -> str:
    """Give what the run last said of its gain over the network it began as; "" where it was not measured."""
    told = [event.message for event in events if isinstance(event, Said | Warned)]
    last = [message for message in told if message.startswith(GAIN)][-1:]
    return f"{last[0][0].upper()}{last[0][1:].rstrip('.')}." if last else ""


def pairing_section(events: Iterable[Event]) -> Section | None:
    """Say from where the partners of images came."""
    told = [event.message for event in events if isinstance(event, Said) and event.message.startswith("partners: ")]
    if not told:
        return None
    text = (
        "Each image was shown together with a partner that should look alike. How far apart the two were made decides "
        "what the network can learn to look past. Images by where their partner came from:"
    )
    rungs = [rung.rsplit(" ", 1) for rung in told[-1].removeprefix("partners: ").split(", ")]
    rows = [(name, int(count)) for name, count in (rung for rung in rungs if len(rung) == 2) if count.isdigit()]
    return Section("Pairing", text, tables=[plain_table(rows, ("partner from", "images"))])
