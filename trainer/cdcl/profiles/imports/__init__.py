"""Profiles that other tools made: CellProfiler's tables, DeepProfiler's arrays, AnnData, any table."""

from cdcl.profiles.imports.annotated import read_anndata
from cdcl.profiles.imports.columns import split_columns
from cdcl.profiles.imports.deepprofiler import is_deepprofiler, read_deepprofiler

__all__ = ["is_deepprofiler", "read_anndata", "read_deepprofiler", "split_columns"]
