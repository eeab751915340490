"""Hits: one row a treatment, with activity, effect, reproducibility, toxicity, likeness, and the reasons."""

from cdcl.hits.comparison import beside_controls
from cdcl.hits.files import read_hits, write_hits
from cdcl.hits.treatments import find_hits

__all__ = ["beside_controls", "find_hits", "read_hits", "write_hits"]
