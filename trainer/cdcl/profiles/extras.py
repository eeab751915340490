"""Packages that only some installations have."""

from __future__ import annotations

from typing import Any

from cdcl.errors import ProfilesError


def import_anndata() -> Any:
    """Import anndata.

    Raises
    ------
    ProfilesError
        If it is not installed; the message says how to install it.
    """
    try:
        import anndata
    except ImportError as error:
        mend = 'install it with `pip install "napari-cdcl[export]"`'
        raise ProfilesError(f"the package anndata is missing; {mend}.") from error
    return anndata
