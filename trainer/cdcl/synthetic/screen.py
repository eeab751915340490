"""Write a simulated screen to a folder: 16-bit TIFF fields and the table that names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import tifffile

from cdcl.atomic import disk_errors, remove, write_text
from cdcl.events import Advanced, Began, Ended, Wrote
from cdcl.screen.screen import Screen
from cdcl.synthetic.config import PLATE_FORMATS
from cdcl.synthetic.effects import draw_effects
from cdcl.synthetic.painting import CHANNELS, paint
from cdcl.synthetic.population import draw_population
from cdcl.synthetic.treatments import DMSO, treatments_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cdcl.synthetic.config import SyntheticConfig
    from cdcl.synthetic.effects import Effects
    from cdcl.synthetic.treatments import Treatment
    from cdcl.tasks import Task

PIXEL_SIZE = 1.3
"""Side of a pixel in micrometres: a 10x objective."""
TABLE = "screen.csv"


class Field(NamedTuple):
    """A field of view.

    Attributes
    ----------
    pixels
        Counts (3, Y, X) in the order of `CHANNELS`.
    num_cells
        How many cells have their centre in it.
    """

    pixels: NDArray[np.uint16]
    num_cells: int


def simulate_field(treatment: Treatment, effects: Effects, *, seed: int | Sequence[int], size: int = 160) -> Field:
    """Simulate one field of view; same arguments, same bytes.

    Parameters
    ----------
    treatment
        What its cells look like.
    effects
        Of microscope and staining.
    seed
        One number, or several such as seed, batch, plate, well and site.
    size
        Side in pixels.

    Returns
    -------
    Field
        Counts (3, size, size) as uint16, and how many cells have their centre in it.
    """
    rng = np.random.default_rng(seed)
    magnification = effects.magnification
    population = draw_population(
        treatment.phenotype, rng, size=size, density=effects.density, magnification=magnification
    )
    light = paint(population, rng, size=size, magnification=magnification)
    return Field(effects.acquire(light, rng), population.inside(size))


def plan_sites(config: SyntheticConfig) -> pd.DataFrame:
    """Lay out the table of a screen: each plate holds all treatments, in wells drawn anew for it.

    Parameters
    ----------
    config
        How many batches, plates, wells and sites, and how many doses.

    Returns
    -------
    DataFrame
        A row a field: batch, plate, well, site, treatment, compound, concentration, mechanism, control, path and
        channel_names, all that follows from the seed without drawing a pixel.
    """
    treatments = treatments_at(config.doses)
    names = [DMSO.name] * config.control_wells
    names += [name for name in treatments if name != DMSO.name for _ in range(config.wells_per_treatment)]
    plates = [(batch, plate) for batch in range(config.batches) for plate in range(config.plates_per_batch)]
    records = [
        (f"B{batch + 1}", f"B{batch + 1}P{plate + 1}", well, site + 1, name)
        for batch, plate in plates
        for well, name in _assign_wells(names, [config.seed, 2, batch, plate])
        for site in range(config.sites_per_well)
    ]
    sites = pd.DataFrame(records, columns=["batch", "plate", "well", "site", "treatment"])
    for column in ("compound", "concentration", "mechanism", "control"):
        sites[column] = sites["treatment"].map({name: getattr(t, column) for name, t in treatments.items()})
    where = sites["well"] + "_s" + sites["site"].astype(str)
    sites["path"] = "images/" + sites["plate"] + "/" + where + ".tif"
    return sites.assign(channel_names=";".join(CHANNELS))


def simulate_screen(config: SyntheticConfig, folder: Path) -> Task[Screen]:
    """Simulate a screen into `folder`: `images/<plate>/<well>_s<site>.tif`, and last `screen.csv`.

    Each field follows from the seed, its batch, plate, well and site alone. The table is written when all images are
    there, so a folder with a table is a whole screen.

    Parameters
    ----------
    folder
        Made if it is not there; images of the same names are replaced.

    Returns
    -------
    Screen
        What reading `screen.csv` gives, with the number of cells of each field.

    Raises
    ------
    DiskError
        If the folder cannot be written.
    """
    sites = plan_sites(config)
    yield Began("simulate", total=len(sites), unit="field")
    with disk_errors(folder):
        remove(folder / TABLE)
        for plate in sites["plate"].unique():
            (folder / "images" / plate).mkdir(parents=True, exist_ok=True)
    num_cells = []
    for path, field in zip(sites["path"].tolist(), _simulate_fields(config, sites), strict=True):
        with disk_errors(folder):
            tifffile.imwrite(folder / path, field.pixels, photometric="minisblack", metadata={"axes": "CYX"})
        num_cells.append(field.num_cells)
        yield Advanced(done=len(num_cells))
    sites["num_cells"] = num_cells
    written = sites.assign(pixel_size=PIXEL_SIZE)
    write_text(folder / TABLE, written.to_csv(index=False, lineterminator="\n"))
    yield Wrote("screen", str(folder / TABLE))
    yield Ended()
    return Screen(sites, CHANNELS, folder, pixel_size=PIXEL_SIZE)


def _simulate_fields(config: SyntheticConfig, sites: pd.DataFrame) -> Iterator[Field]:
    """Simulate each row of `sites`, in order."""
    effects, treatments = draw_effects(config), treatments_at(config.doses)
    columns = (sites[name].tolist() for name in ("plate", "well", "site", "treatment"))
    for name, well, site, treatment in zip(*columns, strict=True):
        batch, plate = (int(part) - 1 for part in name[1:].split("P"))
        place = [batch, plate, *well.encode()]
        yield simulate_field(
            treatments[treatment],
            effects[batch][plate].at_well(np.random.default_rng([config.seed, 4, *place])),
            seed=[config.seed, 3, *place, site],
            size=config.field_size,
        )


def _assign_wells(names: list[str], seed: list[int]) -> list[tuple[str, str]]:
    """Pair each name with a random well of the smallest plate that holds them all; sorted by well."""
    rows, columns = next((r, c) for r, c in PLATE_FORMATS if r * c >= len(names))
    chosen = np.random.default_rng(seed).permutation(rows * columns)[: len(names)]
    wells = [f"{chr(ord('A') + place // columns)}{place % columns + 1:02d}" for place in chosen.tolist()]
    return sorted(zip(wells, names, strict=True))
