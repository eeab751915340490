"""Where two tables of one screen say different things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.screen.site_names import comparable_sites

if TYPE_CHECKING:
    import pandas as pd

    from cdcl.screen.screen import Screen


def first_difference(screen: Screen, other: Screen) -> str:
    """Say in which columns two tables of the same fields differ, and first where; "" where they agree.

    The split, which a run adds, and the paths, which may have moved, are not compared.
    """
    left_out = {
        "split",
        "channel_names",
        "pixel_size",
        "binning",
        "full_scale",
        *screen.path_columns,
        *other.path_columns,
    }
    names = [name for name in {**screen.sites, **other.sites} if name not in left_out]
    differing = [name for name in names if not _same(screen, other, name)]
    if not differing:
        return ""
    name = differing[0]
    columns = f"{len(differing)} columns differ ({', '.join(map(str, differing[:5]))})" if len(differing) > 1 else ""
    for table, where in ((screen, "the new table"), (other, "the old one")):
        if name not in table.sites:
            return columns or f"{name} is not in {where}"
    new, old = _column(screen, other, name)
    row = int((new != old).to_numpy().argmax())
    place = ", ".join(str(other.sites[part].iloc[row]) for part in ("plate", "well", "site"))
    return f"{columns or f'{name} differs'}; {name} of {place} was {old[row]!r} and is {new[row]!r}"


def _same(screen: Screen, other: Screen, name: str) -> bool:
    if name not in screen.sites or name not in other.sites:
        return False
    new, old = _column(screen, other, name)
    return bool(new.equals(old))


def _column(screen: Screen, other: Screen, name: str) -> list[pd.Series]:
    """Give a column of both tables as text; sites that are spelled otherwise are the same."""
    if name == "site":
        return [sites.reset_index(drop=True) for sites in comparable_sites(screen.sites, other.sites)]
    return [table.sites[name].astype(str).reset_index(drop=True) for table in (screen, other)]
