"""A run with a series of doses: one compound that acts from 1 µM on, one that does not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import tifffile

from cdcl.config.recipes import check_config
from cdcl.doses import dose_points, fit_curves, response, write_curves
from cdcl.hits.relation_files import write_relation_files
from cdcl.hits.relations import find_relations
from cdcl.profiles import Profiles, read_profiles, write_profiles
from cdcl.quality import wells_of
from cdcl.runs import Run, start_run
from cdcl.screen.tables import read_screen_table, write_screen
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

DOSES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


@pytest.fixture(scope="session")
def dose_run_once(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two plates of six controls and two compounds at seven doses, with curves along one feature."""
    folder, rng, rows = tmp_path_factory.mktemp("doses"), np.random.default_rng(0), []
    tifffile.imwrite(folder / "one.tif", rng.poisson(200, (2, 24, 24)).astype(np.uint16))
    wells = [("DMSO", 0.0)] * 6 + [(name, dose) for name in ("drug", "water") for dose in DOSES]
    for plate in ("P1", "P2"):
        for number, (compound, dose) in enumerate(wells):
            well = f"{'AB'[number // 12]}{number % 12 + 1:02d}"
            what = {"compound": compound, "concentration": dose, "concentration_unit": "µM" if dose else ""}
            place = {"batch": f"B{plate[1]}", "plate": plate, "well": well, "site": "1", "path": "one.tif"}
            control = "negative" if compound == "DMSO" else ""
            name = f"{compound}@{dose:g}" if dose else compound
            rows.append({**place, **what, "control": control, "treatment": name, "channel_names": "DNA;Actin"})
    table = pd.DataFrame(rows)
    table.to_csv(folder / "screen.csv", index=False)
    screen = read_screen_table(folder / "screen.csv")
    run = start_run(folder / "run", check_config({"steps": 1}, where="test"))
    write_screen(screen, run.screen)
    doses = table["concentration"].to_numpy()
    values = rng.normal(size=(len(table), 3)).astype(np.float32)
    values[:, 0] += np.where(table["compound"] == "drug", 8 * doses**2 / (1 + doses**2), 0)
    write_profiles(Profiles(values, screen.sites, "site"), run.profiles("site"))
    wells = wells_of(read_profiles(run.profiles("site")))
    for along in ("emb_0000", "distance"):
        responses = response(wells, along)
        write_curves(finish(fit_curves(wells, responses, along)), dose_points(wells, responses), run.curves(along))
    return run


@pytest.fixture
def dose_run(dose_run_once: Run, tmp_path: Path) -> Run:
    """A copy of it for one test; the images are shared."""
    shutil.copytree(dose_run_once.folder, tmp_path / "run")
    return Run(tmp_path / "run")


@pytest.fixture(scope="session")
def relations_once(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two plates of six controls and twenty treatments, two families of three and others, and their relations."""
    folder, rng, rows = tmp_path_factory.mktemp("relations"), np.random.default_rng(0), []
    tifffile.imwrite(folder / "one.tif", rng.poisson(200, (2, 24, 24)).astype(np.uint16))
    families = np.repeat(rng.normal(0, 2, (2, 24)), 3, axis=0) + rng.normal(0, 0.3, (6, 24))
    directions = np.concatenate([families, rng.normal(0, 2, (14, 24))])
    for plate in ("P1", "P2"):
        for number in range(26):
            kind = number - 6
            name = f"drug {kind:02d}" if kind >= 0 else "DMSO"
            what = {"treatment": name, "compound": name, "mechanism": "", "control": "negative"}
            if kind >= 0:
                what |= {"treatment": f"{name}@1", "mechanism": f"family {min(kind // 3, 2)}", "control": ""}
            well = f"{'AB'[number // 13]}{number % 13 + 1:02d}"
            place = {"batch": f"B{plate[1]}", "plate": plate, "well": well, "site": "1"}
            rows.append({**place, **what, "path": "one.tif", "channel_names": "DNA;Actin"})
    table = pd.DataFrame(rows)
    table.to_csv(folder / "screen.csv", index=False)
    screen = read_screen_table(folder / "screen.csv")
    run = start_run(folder / "run", check_config({"steps": 1}, where="test"))
    write_screen(screen, run.screen)
    shifts = np.concatenate([np.zeros((6, 24)), directions])
    values = np.tile(shifts, (2, 1)) + rng.normal(0, 0.5, (len(table), 24))
    write_profiles(Profiles(values.astype(np.float32), screen.sites, "site"), run.profiles("site"))
    found = finish(find_relations(wells_of(read_profiles(run.profiles("site")))))
    finish(write_relation_files(run.folder / "relations", found))
    return run


@pytest.fixture
def related_run(relations_once: Run, tmp_path: Path) -> Run:
    """A copy of it for one test; the images are shared."""
    shutil.copytree(relations_once.folder, tmp_path / "related")
    return Run(tmp_path / "related")
