"""Profiles in the forms that other tools open."""

from cdcl.profiles.exports.bundle import Bundle
from cdcl.profiles.exports.exporting import EXPORTS, export_profiles

__all__ = ["EXPORTS", "Bundle", "export_profiles"]
