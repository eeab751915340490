"""Hits: one row a treatment, with activity, effect, reproducibility, toxicity, likeness, and the reasons."""

from cdcl.hits.treatments import find_hits

__all__ = ["find_hits"]
