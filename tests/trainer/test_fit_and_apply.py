"""Whatever is fitted is applied as it was stored: adding rows to what is embedded changes no other row's profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from cdcl.inference import TrainedModel, embed
from cdcl.models.backbones import build_backbone
from cdcl.pixels.cache import fill_cache
from cdcl.pixels.intensities import measure_intensities
from cdcl.profiles import CORRECTIONS, Profiles, Settings, fit_correction
from cdcl.screen import Screen
from cdcl.tasks import finish
from cdcl.training.checkpoints import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cdcl.config import RunConfig

FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SIZES = ((40, 40), (24, 40), (64, 48))


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Screen:
    """Plates P1 and P2 are trained on, P3 is held out, P4 is new; fields of three sizes, of different brightness."""
    folder, rng, rows = tmp_path_factory.mktemp("screen"), np.random.default_rng(0), []
    for number in range(24):
        plate = f"P{number // 6 + 1}"
        image = rng.poisson(100 * (number % 6 + 1) * (number // 6 + 1), (2, *SIZES[number % 3])).astype(np.uint16)
        tifffile.imwrite(folder / f"{number}.tif", image)
        control = "negative" if number % 6 < 2 else ""
        split = {"P3": "test"}.get(plate, "train")
        row = {"plate": plate, "well": f"A{number % 6 + 1:02d}", "site": "1", "path": f"{number}.tif"}
        rows.append({**row, "control": control, "split": split})
    return Screen(pd.DataFrame(rows), ("DNA", "Actin"), folder)


def make_model(screen: Screen, config: RunConfig, folder: Path) -> TrainedModel:
    trained = screen.take(np.flatnonzero((screen.sites["plate"] != "P4").to_numpy()))
    cache = finish(fill_cache(trained, folder / "cache"))
    intensities = finish(measure_intensities(trained, cache, config.intensities))
    encoder = build_backbone(config.model, 2, config.views.global_crops.size).eval()
    save_file(encoder.state_dict(), folder / WEIGHTS)
    return TrainedModel(encoder, config, screen.channels, intensities, tile=20, folder=folder)


@pytest.mark.parametrize("mode", ["tiles", "field"])
@pytest.mark.parametrize("method", ["controls", "plate", "percentiles", "dataset", "none"])
def test_a_field_has_the_same_profile_alone_and_among_others(
    method: str, mode: str, screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    model = make_model(
        screen, tiny_config(intensities={"method": method}, embedding={"mode": mode, "batch_size": 5}), tmp_path
    )
    whole = finish(embed(model, screen, cache_folder=tmp_path / "cache")).values

    @FEW
    @given(st.sets(st.integers(0, 17), min_size=1))
    def check(some: set[int]) -> None:
        # A new plate is measured by its own references, which it brings whole: rows of P4 come together.
        rows = np.array([*sorted(some), *range(18, 24)])
        part = finish(embed(model, screen.take(rows), cache_folder=tmp_path / "cache")).values
        np.testing.assert_allclose(part, whole[rows], rtol=1e-4, atol=1e-4)

    check()


def test_with_controls_the_treated_of_a_new_plate_teach_nothing(
    screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    model = make_model(screen, tiny_config(intensities={"method": "controls"}), tmp_path)
    new = screen.take(np.arange(18, 24))
    whole = finish(embed(model, new, cache_folder=tmp_path / "cache")).values
    part = finish(embed(model, new.take(np.array([0, 1, 4])), cache_folder=tmp_path / "cache")).values
    np.testing.assert_allclose(part, whole[[0, 1, 4]], rtol=1e-4, atol=1e-4)


def test_dataset_intensities_are_those_of_training_rows(
    screen: Screen, tiny_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    model = make_model(screen, tiny_config(intensities={"method": "dataset"}), tmp_path)
    pixels = np.concatenate([screen.image(row).reshape(2, -1) for row in range(12)], axis=1)
    np.testing.assert_allclose(model.intensities.offset[0], pixels.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(model.intensities.scale[0], pixels.std(axis=1), rtol=1e-6)


def make_profiles() -> Profiles:
    rng, rows = np.random.default_rng(0), []
    for number in range(160):
        plate = number // 40
        control = "negative" if number % 4 == 0 else ""
        row: dict[str, Any] = {"batch": str(plate // 2), "plate": str(plate), "well": f"A{number % 40:02d}"}
        rows.append({**row, "control": control, "treatment": f"T{number % 5}", "split": "train"})
    table = pd.DataFrame(rows)
    shift = table["plate"].astype(int).to_numpy()[:, None] * rng.normal(size=(1, 6))
    return Profiles((rng.normal(size=(160, 6)) + shift).astype(np.float32), table, "well")


@pytest.mark.parametrize("reference", ["controls", "all"])
@pytest.mark.parametrize("method", sorted(CORRECTIONS))
def test_a_profile_is_corrected_the_same_alone_and_among_others(method: str, reference: str) -> None:
    profiles = make_profiles()
    correction = fit_correction(profiles, method, Settings(reference=reference))  # type: ignore[arg-type]
    whole = correction.apply(profiles).values

    @FEW
    @given(st.sets(st.integers(0, 159), min_size=1))
    def check(some: set[int]) -> None:
        rows = np.array(sorted(some))
        np.testing.assert_allclose(correction.apply(profiles.take(rows)).values, whole[rows], rtol=1e-4, atol=1e-4)

    check()
