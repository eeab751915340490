"""Profiles drawn on a plane."""

from cdcl.projections.projection import PROJECTIONS, Projection, project, read_projection, write_projection

__all__ = ["PROJECTIONS", "Projection", "project", "read_projection", "write_projection"]
