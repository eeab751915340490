"""The watch of a run under the path that it had before `napari_cdcl.runs`; scripts still ask for it."""

from __future__ import annotations

from napari_cdcl.runs.run_watch import Glance, RunWatch

__all__ = ["Glance", "RunWatch"]
