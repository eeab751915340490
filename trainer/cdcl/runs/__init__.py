"""Runs: the folder of each training run, with its files, its state and its lock."""

from cdcl.runs.branching import branch_run, find_checkpoint
from cdcl.runs.listing import Summary, list_runs, summarise
from cdcl.runs.lookup import find_run, open_run
from cdcl.runs.models import export_model
from cdcl.runs.opening import reopen_run, start_run
from cdcl.runs.recording import read_events, record
from cdcl.runs.run import Run, Status

__all__ = [
    "Run",
    "Status",
    "Summary",
    "branch_run",
    "export_model",
    "find_checkpoint",
    "find_run",
    "list_runs",
    "open_run",
    "read_events",
    "record",
    "reopen_run",
    "start_run",
    "summarise",
]
