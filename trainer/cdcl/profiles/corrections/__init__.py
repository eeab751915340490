"""Corrections of plate and batch effects: fitted on controls or training plates, stored, applied to new plates."""

from cdcl.profiles.corrections.correction import CORRECTIONS, Correction, correct, fit_correction, learn_correction
from cdcl.profiles.corrections.difference import Difference, compare
from cdcl.profiles.corrections.files import read_correction, write_correction
from cdcl.profiles.corrections.method import Settings
from cdcl.profiles.corrections.z_score import standardise_plates

__all__ = [
    "CORRECTIONS",
    "Correction",
    "Difference",
    "Settings",
    "compare",
    "correct",
    "fit_correction",
    "learn_correction",
    "read_correction",
    "standardise_plates",
    "write_correction",
]
