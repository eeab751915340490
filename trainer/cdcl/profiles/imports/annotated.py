"""Profiles from AnnData: ours, or anybody's whose rows are cells, sites, wells or treatments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from cdcl.errors import ProfilesError
from cdcl.profiles.extras import import_anndata
from cdcl.profiles.names import own_names
from cdcl.profiles.profiles import Profiles

if TYPE_CHECKING:
    from pathlib import Path


def read_anndata(path: Path) -> tuple[Profiles, str | None]:
    """Read `X` and `obs` of an .h5ad; gives the level too, where the file says it.

    Raises
    ------
    ProfilesError
        If the file is not readable, or anndata is not installed.
    """
    anndata = import_anndata()
    try:
        data = anndata.read_h5ad(path)
    except (OSError, KeyError, ValueError) as error:
        raise ProfilesError(f"{path} is not readable: {str(error).splitlines()[0]}") from error
    values = data.X.toarray() if hasattr(data.X, "toarray") else np.asarray(data.X)
    table = own_names(data.obs.reset_index(drop=True))
    card = _card(data)
    provenance = json.loads(card["provenance"]) if "provenance" in card else {"source": "AnnData"}
    profiles = Profiles(
        values.astype(np.float32), table, card.get("level", "cell"), tuple(map(str, data.var_names)), provenance
    )
    return profiles, card.get("level")


def _card(data: Any) -> dict[str, str]:
    card = data.uns.get("cdcl", {})
    return {str(name): str(value) for name, value in card.items()} if hasattr(card, "items") else {}
