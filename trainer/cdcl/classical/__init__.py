"""Profiles as CellProfiler measures them, without a network: shape, intensity and correlation of nuclei and cells."""

from cdcl.classical.measuring import Recipe, measure_field
from cdcl.classical.profiling import Objects, classical_profiles

__all__ = ["Objects", "Recipe", "classical_profiles", "measure_field"]
