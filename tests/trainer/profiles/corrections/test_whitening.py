from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cdcl.errors import ProfilesError
from cdcl.profiles import Profiles, Settings, fit_correction
from cdcl.profiles.corrections.whitening import principal_axes, rank_note

NONE = Settings(reference="controls", shrinkage=0.0)


def controls(profiles: Profiles) -> np.ndarray:
    return (profiles.table["control"] == "negative").to_numpy()


@pytest.mark.parametrize("method", ["zca", "pca"])
def test_controls_become_white(method: str, wells: Profiles) -> None:
    after = fit_correction(wells, method, NONE).apply(wells).values[controls(wells)]
    np.testing.assert_allclose(after.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(np.cov(after.T), np.eye(8), atol=1e-4)


@pytest.mark.parametrize("method", ["zca", "pca"])
def test_it_agrees_with_pycytominer(method: str, wells: Profiles) -> None:
    transform = pytest.importorskip("pycytominer.operations.transform")
    frame = pd.DataFrame(wells.values.astype(np.float64))
    oracle = transform.Spherize(method=method.upper(), epsilon=0.0).fit(frame[controls(wells)])
    theirs = np.asarray(oracle.transform(frame))
    ours = fit_correction(wells, method, NONE).apply(wells).values
    if method == "pca":  # an axis has no sign
        signs = np.sign((theirs * ours).sum(axis=0))
        theirs = theirs * signs
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_zca_turns_nothing_and_pca_only_turns(wells: Profiles) -> None:
    zca = fit_correction(wells, "zca").apply(wells)
    pca = fit_correction(wells, "pca").apply(wells)
    np.testing.assert_allclose(zca.values @ zca.values.T, pca.values @ pca.values.T, rtol=1e-3, atol=1e-3)
    assert zca.names == wells.names
    assert pca.names[0] == "pc_0000"


def test_the_shrinkage_has_no_unit(wells: Profiles) -> None:
    larger = wells.with_values(wells.values * 1000)
    one, other = (fit_correction(profiles, "zca").apply(profiles) for profiles in (wells, larger))
    np.testing.assert_allclose(one.values, other.values, rtol=1e-3, atol=1e-4)


def test_shrinkage_is_a_ridge_on_the_eigenvalues(wells: Profiles) -> None:
    reference = wells.values[controls(wells)].astype(np.float64)
    eigenvalues = np.linalg.eigvalsh(np.cov(reference.T))
    ridge = 0.3 * eigenvalues.mean()
    after = fit_correction(wells, "pca", Settings("controls", shrinkage=0.3)).apply(wells).values[controls(wells)]
    np.testing.assert_allclose(np.sort(after.var(axis=0, ddof=1)), eigenvalues / (eigenvalues + ridge), rtol=1e-3)


def test_fewer_controls_than_features_are_said_and_need_a_shrinkage(wells: Profiles) -> None:
    few = wells.take(np.r_[0:5, 20:60])
    notes = fit_correction(few, "zca").notes
    assert notes[0].startswith("5 references tell the variation in 4 of 8 directions")
    with pytest.raises(ProfilesError, match="shrinkage above 0"):
        fit_correction(few, "zca", NONE)


@pytest.mark.parametrize(
    ("rows", "shrinkage", "words"),
    [([0, 30], 0.1, "two or more reference"), (range(60), -1.0, "0 or more")],
)
def test_what_cannot_be_whitened_is_said(rows: list[int], shrinkage: float, words: str, wells: Profiles) -> None:
    with pytest.raises(ProfilesError, match=words):
        fit_correction(wells.take(np.array(rows)), "pca", Settings("controls", shrinkage=shrinkage))


def test_equal_references_are_refused(wells: Profiles) -> None:
    wells.values[:] = 2
    with pytest.raises(ProfilesError, match="no variation to whiten"):
        fit_correction(wells, "zca")


def test_axes_have_one_sign_whatever_the_library_gives() -> None:
    values = np.random.default_rng(0).normal(size=(50, 5))
    values -= values.mean(axis=0)
    _, axes = principal_axes(values)
    assert (axes[np.abs(axes).argmax(axis=0), np.arange(5)] > 0).all()


@pytest.mark.parametrize(
    ("count", "features", "rank", "words"),
    [
        (369, 128, 127, "features depend on one another; more references would not help"),
        (40, 128, 5, "features depend on one another; more references would not help"),
        (32, 128, 31, "More would be better"),
        (32, 128, 16, "More would be better"),  # 16 plates of two controls each were centred
    ],
)
def test_more_references_are_asked_for_where_they_are_what_lacks(
    count: int, features: int, rank: int, words: str
) -> None:
    (note,) = rank_note(count, features, rank, 0.05)
    assert words in note
    assert note.endswith(".")
    assert rank_note(count, features, features, 0.05) == ()
