"""A run's network in forms that need no cdcl to be used, each a folder with a README that runs."""

from cdcl.inference.exports.exporting import NETWORK_FORMS, export_network

__all__ = ["NETWORK_FORMS", "export_network"]
