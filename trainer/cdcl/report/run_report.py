"""The report of a run: whatever its folder holds, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from cdcl.bounded import check_archive, read_json
from cdcl.errors import RunError
from cdcl.events import Ended, Event, Warned
from cdcl.projections import PROJECTIONS, Projection, read_projection
from cdcl.report.activity import activity_section
from cdcl.report.assay import broken_section, quality_section
from cdcl.report.corrections import beside_section, corrections_section
from cdcl.report.decisions import doses_section, hits_section, relations_section
from cdcl.report.degrees import degrees_section
from cdcl.report.findings import read_findings
from cdcl.report.learning import fine_tuning, pairing_section, training_section
from cdcl.report.meeting import meeting_section
from cdcl.report.page import PngFigure, Section, write_page
from cdcl.report.plots import Embedding, plot_attention, plot_embeddings
from cdcl.report.summary import in_short
from cdcl.report.tables import plain_table, scores_html
from cdcl.runs import read_events
from cdcl.runs.settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from cdcl.report.findings import Findings
    from cdcl.runs import Run

_COLOURED_BY = ("batch", "treatment", "mechanism")
_MOST_FIELDS = 12
"""So many fields' attention fit a page that still opens quickly."""


def write_report(run: Run) -> Path:
    """Put what a run's folder holds on one page: scores, corrections, maps, quality, attention, training, settings.

    What the folder does not hold yet is left out.

    Returns
    -------
    Path
        Of the page, `run.report`.

    Raises
    ------
    RunError
        If the folder is no run, or its config or scores cannot be read.
    """
    config = read_settings(run)
    events = [event for _, event in read_events(run)]
    findings = read_findings(run)
    found = [
        _told(findings, events),
        hits_section(run),
        doses_section(run),
        relations_section(run),
        _scores(findings),
        degrees_section(findings.scores),
        activity_section(findings),
        corrections_section(findings, run),
        beside_section(findings),
        _maps(run),
        broken_section(findings, run),
        quality_section(findings),
        _attention(run),
        training_section(run, events),
        pairing_section(events),
        _warnings(events),
        _settings(config, run),
    ]
    sections = [section for section in found if section is not None]
    meeting = meeting_section(run, findings, [section.title for section in sections])
    sections = [meeting, *sections] if meeting is not None else sections
    return write_page(run.report, run.folder.name, sections, subtitle=_subtitle(config, events))


def _subtitle(config: dict[str, Any], events: list[Event]) -> str:
    ends = [event.message for event in events if isinstance(event, Ended) and event.message]
    about = f"Its recipe says of itself: {about}" if (about := str(config.get("about", ""))) else ""
    return "\n\n".join(filter(None, [about, ends[-1] if ends else ""]))


def _settings(config: dict[str, Any], run: Run) -> Section:
    top = [(name, value) for name, value in config.items() if not isinstance(value, dict) and name != "about"]
    groups = [
        (name, ", ".join(f"{key} {_in_short(value)}" for key, value in group.items()))
        for name, group in config.items()
        if isinstance(group, dict)
    ]
    environment = read_json(run.environment, RunError) if run.environment.exists() else {}
    machine = [(name, _in_short(value)) for name, value in environment.items()]
    tables = [plain_table([*((name, _in_short(value)) for name, value in top), *groups])]
    return Section("Settings", tables=[*tables, *([plain_table(machine)] if machine else [])])


def _in_short(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{key} {_in_short(inner)}" for key, inner in value.items()) + ")"
    return ", ".join(map(_in_short, value)) if isinstance(value, list) else str(value)


def _told(findings: Findings, events: list[Event]) -> Section | None:
    points = in_short(findings)
    if gained := fine_tuning(events):
        points = [*points, ("What fine-tuning gained", gained)]
    return Section("In short", points=points) if points else None


def _scores(findings: Findings) -> Section | None:
    if not len(findings.scores):
        return None
    text = (
        "Bars run from 0 to 1, thin lines are 95 % intervals, the orange tick is chance, and the orange band what "
        "labels shuffled within batches (within plates, where controls are asked) reach: a value in it says nothing "
        "of treatments. Arrows say which way is better. Good mixing of batches alone proves nothing: noise mixes "
        "perfectly. Open a level for notes."
    )
    return Section("Scores", text, tables=[scores_html(findings.scores)])


def _maps(run: Run) -> Section | None:
    projections = [read_projection(run.projection(name)) for name in PROJECTIONS if run.projection(name).exists()]
    figures = [PngFigure(plot_embeddings(_panels(projection)), _caption(projection)) for projection in projections]
    return Section("Maps", figures=figures) if figures else None


def _panels(projection: Projection) -> list[Embedding]:
    shown = [name for name in _COLOURED_BY if name in projection.table and projection.table[name].astype(str).any()]
    return [Embedding(f"by {name}", projection.points, projection.table[name], name) for name in shown] or [
        Embedding("profiles", projection.points, [""] * len(projection.points))
    ]


def _caption(projection: Projection) -> str:
    level = projection.parameters.get("level", "profile")
    return f"{projection.method.upper()} of {len(projection.points):,} {level} profiles; each dot is a {level}."


def _attention(run: Run) -> Section | None:
    paths = sorted((run.folder / "attention").glob("*.npz"))[:_MOST_FIELDS]
    figures = [PngFigure(*_attention_figure(path)) for path in paths]
    text = "Where the network's last layer looks in a field, head by head; bright is most."
    return Section("Attention", text, figures) if figures else None


def _attention_figure(path: Path) -> tuple[bytes, str]:
    try:
        check_archive(path, RunError)
        with np.load(path, allow_pickle=False) as arrays:
            return plot_attention(arrays["image"], arrays["maps"]), path.stem
    except (ValueError, LookupError, TypeError, EOFError, OSError, BadZipFile) as error:
        raise RunError(f"{path} holds no attention (arrays `image` and `maps`); delete it.") from error


def _warnings(events: list[Event]) -> Section | None:
    told = list(dict.fromkeys(event.message for event in events if isinstance(event, Warned)))
    return Section("Warnings", tables=[plain_table([(message,) for message in told])]) if told else None
