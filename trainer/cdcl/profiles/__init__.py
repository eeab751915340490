"""Feature vectors of sites, wells and treatments, with the table that says what each one is."""

from cdcl.profiles.aggregate import aggregate
from cdcl.profiles.correction import standardise_plates
from cdcl.profiles.files import feature_names, read_profiles, write_profiles
from cdcl.profiles.profiles import LEVELS, Profiles, check

__all__ = [
    "LEVELS",
    "Profiles",
    "aggregate",
    "check",
    "feature_names",
    "read_profiles",
    "standardise_plates",
    "write_profiles",
]
