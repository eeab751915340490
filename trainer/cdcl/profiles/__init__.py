"""Feature vectors of sites, wells and treatments, with the table that says what each one is."""

from cdcl.profiles.aggregate import aggregate
from cdcl.profiles.corrections import (
    CORRECTIONS,
    Correction,
    Settings,
    correct,
    fit_correction,
    read_correction,
    standardise_plates,
    write_correction,
)
from cdcl.profiles.files import feature_names, read_profiles, write_profiles
from cdcl.profiles.profiles import LEVELS, Profiles, check

__all__ = [
    "CORRECTIONS",
    "LEVELS",
    "Correction",
    "Profiles",
    "Settings",
    "aggregate",
    "check",
    "correct",
    "feature_names",
    "fit_correction",
    "read_correction",
    "read_profiles",
    "standardise_plates",
    "write_correction",
    "write_profiles",
]
