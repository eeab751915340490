"""Feature vectors of sites, wells and treatments, with the table that says what each one is."""

from cdcl.profiles.profiles import Profiles

__all__ = ["Profiles"]
