"""A run as one self-contained page, and its plots."""

from cdcl.report.composite import composite
from cdcl.report.page import PngFigure, Section, render_page, write_page
from cdcl.report.plots import Embedding, plot_attention, plot_curves, plot_embeddings
from cdcl.report.run_report import write_report
from cdcl.report.tables import comparison_html, plain_table, scores_html

__all__ = [
    "Embedding",
    "PngFigure",
    "Section",
    "comparison_html",
    "composite",
    "plain_table",
    "plot_attention",
    "plot_curves",
    "plot_embeddings",
    "render_page",
    "scores_html",
    "write_page",
    "write_report",
]
