"""Train, embed and score high-content screens; no napari, no Qt, and no torch until it is needed."""

from __future__ import annotations

__version__ = "0.1.0"
