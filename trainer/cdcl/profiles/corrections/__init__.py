"""Corrections of plate and batch effects: fitted on controls or training plates, stored, applied to new plates."""

from cdcl.profiles.corrections.chain import PRESETS, AnyCorrection, Chain, learn_correction, steps_of, title_of
from cdcl.profiles.corrections.correcting import correct, fit_correction
from cdcl.profiles.corrections.correction import CORRECTIONS, STEPS, Correction
from cdcl.profiles.corrections.difference import Difference, compare
from cdcl.profiles.corrections.files import read_correction, write_correction
from cdcl.profiles.corrections.method import Settings
from cdcl.profiles.corrections.z_score import standardise_plates

__all__ = [
    "CORRECTIONS",
    "PRESETS",
    "STEPS",
    "AnyCorrection",
    "Chain",
    "Correction",
    "Difference",
    "Settings",
    "compare",
    "correct",
    "fit_correction",
    "learn_correction",
    "read_correction",
    "standardise_plates",
    "steps_of",
    "title_of",
    "write_correction",
]
