"""Guides: heads on any method's features that keep a column of the table readable in them, or hide it."""

from cdcl.methods.guides.with_guides import WithGuides

__all__ = ["WithGuides"]
