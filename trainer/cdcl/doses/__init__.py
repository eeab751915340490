"""Dose-response: series of doses, one number a well, four-parameter logistic curves with intervals."""

from cdcl.doses.curves import COLUMNS, Curve, fit_curves, fit_series, read_curves
from cdcl.doses.files import points_file, read_curve_files, write_curves
from cdcl.doses.logistic import hill
from cdcl.doses.points import dose_points, points_of
from cdcl.doses.responses import AXIS, DISTANCE, response
from cdcl.doses.series import DoseSeries, dose_series

__all__ = [
    "AXIS",
    "COLUMNS",
    "DISTANCE",
    "Curve",
    "DoseSeries",
    "dose_points",
    "dose_series",
    "fit_curves",
    "fit_series",
    "hill",
    "points_file",
    "points_of",
    "read_curve_files",
    "read_curves",
    "response",
    "write_curves",
]
