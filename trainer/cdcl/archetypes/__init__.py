"""Archetypal analysis: the extreme phenotypes of a screen, and every profile as a mixture of them."""

from cdcl.archetypes.analysis import Analysis, find_archetypes
from cdcl.archetypes.choosing import Choice, agreement, choose, elbow, fit
from cdcl.archetypes.corners import mixed, polygon
from cdcl.archetypes.files import Files, write_analysis
from cdcl.archetypes.furthest_sum import furthest_sum
from cdcl.archetypes.joining import label_screen
from cdcl.archetypes.pcha import Hull, improve, weigh
from cdcl.archetypes.quality import compositions, controls_outside, describe
from cdcl.archetypes.space import SCALES, Scale

__all__ = [
    "SCALES",
    "Analysis",
    "Choice",
    "Files",
    "Hull",
    "Scale",
    "agreement",
    "choose",
    "compositions",
    "controls_outside",
    "describe",
    "elbow",
    "find_archetypes",
    "fit",
    "furthest_sum",
    "improve",
    "label_screen",
    "mixed",
    "polygon",
    "weigh",
    "write_analysis",
]
