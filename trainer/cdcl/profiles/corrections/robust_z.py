"""Robust z-scores: median and median absolute deviation of each plate's references."""

from __future__ import annotations

from cdcl.profiles.corrections.spread import medians, own_mads, pooled_mad
from cdcl.profiles.corrections.z_score import Statistics, standardising

ROBUST_Z = standardising("Plate robust z-scores", Statistics(medians, own_mads, pooled_mad))
"""As pycytominer's `mad_robustize` on each plate, but with a pooled scale where a plate has few references."""
