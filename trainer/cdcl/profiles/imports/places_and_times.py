"""Names of columns that say where or when something was, or draw the features on a plane: they measure nothing."""

from __future__ import annotations

import re

_UNIT = r"(_?(um|nm|mm|px|pixels?|microns?|micrometers?|micrometres?))?"

_PLACES = re.compile(
    r"((centroid|centre|center|bbox|bounding_?box|position|pos|location|loc|coord|coordinate|stage|origin|offset|"
    r"abs|absolute|global|local|weighted_centroid|centroid_weighted|centroid_local)_?([xyz]|[0-5])" + _UNIT + r"|"
    r"[xyz]_?(pos|position|coord|coordinate|centroid|center|centre|location|loc|min|max|start|end|offset|stage)"
    + _UNIT
    + r"|(min|max)_?[xyz]"
    + _UNIT
    + r"|"
    r"(cell|nucleus|nuclei|cells|object|well|image|field|plate|tile|site)?_?[xyz]" + _UNIT + r"|"
    r"(bbox|bounding_?box)_?(\w+_)?(left|top|right|bottom|(min|max)_?(r|c|row|col|[xyz])|(max|min)imum_?[xyz])"
    + _UNIT
    + r"|"
    r"area_?shape_(center|bounding_?box_?(max|min)imum)_?[xyz])",
    re.IGNORECASE,
)
"""Where a cell or field lies, as scikit-image, QuPath, Harmony and microscopes write it."""

_SPAN = r"(h|hr|hrs|hours?|min|mins|minutes?|s|sec|secs|seconds?|ms|us|ns|d|days?|unix|utc|epoch|rel|abs)"

_TIMES = re.compile(
    r"((acquisition|acq|imaging|measurement|meas|experiment|relative|rel|absolute|abs|start|end|exposure|incubation|"
    r"image|scan|plate|well|field|frame|treatment|elapsed|file|creation|unix|utc|local)?_?(time|timestamp|time_?stamp|date_?time|elapsed|elapsed_time|delta_?t|deltat)(_"
    + _SPAN
    + r")*|"
    r"(unix|epoch)_?(time|seconds?|ms)?|h(p|r)[ti]|(hours|hrs|minutes|mins|seconds|secs|days)(_(post|after|since)_\w+)?|"
    r"(incubation|acquisition|imaging|exposure|treatment|elapsed|duration)_" + _SPAN + r")",
    re.IGNORECASE,
)
"""When something was measured, or for how long."""

AXES = re.compile(
    r"(x_?)?(umap|t_?sne|pca|pcs?|phate|trimap|pacmap|isomap|mds|lda|ica|principal_?component|diffmap|dc|densmap)_?(\w{0,12}_)?"
    r"(x|y|z|\d{1,3})",
    re.IGNORECASE,
)
"""Axes of maps that are made of features: UMAP1, tsne-2, PC_1, X_pca_1."""


def plain_name(name: str) -> str:
    """Write a heading in snake case, without brackets, its micro sign a u.

    >>> plain_name("Centroid X µm"), plain_name("Time [s]"), plain_name("tsne-1"), plain_name("PositionX")
    ('centroid_x_um', 'time_s', 'tsne_1', 'position_x')
    """
    bare = re.sub(r"[\[\](){}]", " ", name).replace("\u00b5", "u").replace("\u03bc", "u").strip()
    return re.sub(r"[\s.:/_-]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", bare)).strip("_").lower()


def is_place(name: str) -> bool:
    """Tell whether a heading says where something lies.

    >>> [is_place(name) for name in ("x_um", "Position X [µm]", "Centroid-1", "y", "x_intensity")]
    [True, True, True, True, False]
    """
    return _PLACES.fullmatch(plain_name(name)) is not None


def is_time(name: str) -> bool:
    """Tell whether a heading says when something was, or how long it took.

    >>> [is_time(name) for name in ("timestamp", "time_h", "AcquisitionTime", "Time [s]", "lifetime")]
    [True, True, True, True, False]
    """
    return _TIMES.fullmatch(plain_name(name)) is not None
