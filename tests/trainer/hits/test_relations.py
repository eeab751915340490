"""Treatments that look alike: real kinship is found, chance is not, and pictures and tables are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cdcl.cli import main
from cdcl.errors import ProfilesError
from cdcl.hits.relations import Relations, find_relations
from cdcl.hits.springs import spring_layout
from cdcl.metrics.relations import read_relations
from cdcl.profiles import Profiles, write_profiles
from cdcl.quality import wells_of
from cdcl.report.relations import draw_heat_map, draw_network
from cdcl.tasks import finish

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PLATES, CONTROLS, FEATURES = 3, 12, 40


def screen(directions: NDArray[np.float64], seed: int = 0, noise: float = 1.0) -> Profiles:
    """Each treatment in a well of each plate, shifted along its direction (T, FEATURES); controls around 0."""
    rng = np.random.default_rng(seed)
    rows, values = [], []
    for plate in range(PLATES):
        shift = rng.normal(0, 2, FEATURES)
        for well in range(len(directions) + CONTROLS):
            number = well - CONTROLS
            own = directions[number] if number >= 0 else np.zeros(FEATURES)
            values.append(own + shift + rng.normal(0, noise, FEATURES))
            name = f"T{number:02d}" if number >= 0 else "DMSO"
            place = {"batch": "B1", "plate": f"P{plate}", "well": f"{chr(65 + well // 24)}{well % 24 + 1:02d}"}
            kind = {"compound": name, "mechanism": f"M{number // 3}" if number >= 0 else ""}
            rows.append({**place, "treatment": name, **kind, "control": "" if number >= 0 else "negative"})
    return Profiles(np.array(values, np.float32), pd.DataFrame(rows), "well")


def families(seed: int = 0) -> NDArray[np.float64]:
    """Thirty-six treatments in twelve families of three that share a direction."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.repeat(rng.normal(0, 1.5, (12, FEATURES)), 3, axis=0) + rng.normal(0, 0.5, (36, FEATURES)))


def related(profiles: Profiles, **settings: object) -> Relations:
    return finish(find_relations(wells_of(profiles), **settings))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> Relations:
    return related(screen(families()), known=[("T01", "T00"), ("T07", "T22")])


def test_families_are_found_and_stand_together(found: Relations) -> None:
    pairs = found.pairs[found.pairs["related"]]
    assert (pairs["mechanism"] != "").mean() > 0.95
    assert len(pairs) > 0.9 * 12 * 3
    runs = 1 + sum(one != other for one, other in zip(found.mechanisms, found.mechanisms[1:], strict=False))
    assert runs == 12


def test_known_pairs_are_marked_in_either_order_and_play_no_part(found: Relations) -> None:
    marked = {frozenset((row.one, row.other)) for row in found.pairs[found.pairs["known"]].itertuples()}
    assert marked == {frozenset(("T00", "T01")), frozenset(("T07", "T22"))}
    plain = related(screen(families()))
    np.testing.assert_array_equal(plain.pairs["p"], found.pairs["p"])


@pytest.mark.parametrize("strength", [0.0, 2.0])
@pytest.mark.parametrize("dims", [FEATURES, 6])
def test_treatments_without_kinship_are_not_related(strength: float, dims: int) -> None:
    """Strong or none at all, in few directions or many, all moved a little the same way: p keeps its level."""
    p_values, called = [], 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        own = np.zeros((30, FEATURES))
        own[:, :dims] = rng.normal(0, strength, (30, dims)) + 0.5 * strength
        pairs = related(screen(own, seed)).pairs
        p_values += pairs["p"].tolist()
        called += int(pairs["related"].any())
    assert np.mean(np.array(p_values) < 0.05) < 0.06
    assert called <= 2


def test_the_dendrogram_joins_neighbours(found: Relations) -> None:
    from scipy.cluster.hierarchy import leaves_list

    assert leaves_list(found.links).tolist() == list(range(36))
    assert found.cosines.shape == (36, 36)
    assert np.diag(found.cosines) == pytest.approx(1)


def test_pictures_are_drawn_and_the_same_again(found: Relations) -> None:
    assert draw_heat_map(found).startswith(b"\x89PNG")
    drawn = draw_network(found, "svg")
    assert drawn is not None
    assert b"<svg" in drawn
    alone = Relations(found.names, found.cosines, found.links, found.pairs.assign(related=False), found.mechanisms)
    assert draw_network(alone) is None


def test_springs_part_groups_that_no_line_joins() -> None:
    ends = np.array([[0, 1], [1, 2], [0, 2], [3, 4], [4, 5], [3, 5]])
    places = spring_layout(6, ends)
    within = np.linalg.norm(places[0] - places[1])
    between = np.linalg.norm(places[:3].mean(axis=0) - places[3:].mean(axis=0))
    assert between > 1.5 * within


def test_too_few_treatments_are_refused() -> None:
    with pytest.raises(ProfilesError, match="4 treatments are too few"):
        related(screen(families()[:4]))


def test_profiles_that_are_all_alike_are_refused() -> None:
    profiles = screen(families())
    profiles.values[:] = 3.0
    with pytest.raises(ProfilesError, match="no treatment has a shift from its controls"):
        related(profiles)


def test_a_treatment_without_any_shift_is_like_none_and_said() -> None:
    profiles = screen(families())
    table, values = profiles.table, np.round(8 * profiles.values) / 8  # so that sums and means are exact in float32
    for plate in table["plate"].unique():
        own = (table["plate"] == plate).to_numpy()
        controls = np.flatnonzero(own & (table["control"] == "negative").to_numpy())
        middle = values[controls[0]].copy()
        values[controls[1::2]] = 2 * middle - values[controls[::2]]  # in pairs about the middle
        values[own & (table["treatment"] == "T05").to_numpy()] = middle
    profiles.values[:] = values
    task, said = find_relations(wells_of(profiles)), []
    while True:
        try:
            said.append(next(task))
        except StopIteration as end:
            relations = end.value
            break
    assert any("1 of 36 treatments, such as T05" in getattr(event, "message", "") for event in said)
    pairs = relations.pairs
    own = pairs[(pairs["one"] == "T05") | (pairs["other"] == "T05")]
    assert (own["similarity"] == 0).all()
    assert not own["related"].any()


def test_the_verb_writes_tables_and_pictures_and_refuses_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_profiles(screen(families()), tmp_path / "wells.parquet")
    assert main(["relations", str(tmp_path / "wells.parquet")]) == 2
    assert "-o FOLDER" in capsys.readouterr().err
    (tmp_path / "known.csv").write_text("one,other\nT00,T01\n")
    out = tmp_path / "out"
    arguments = ["relations", str(tmp_path / "wells.parquet"), "-o", str(out), "--known", str(tmp_path / "known.csv")]
    assert main(arguments) == 0
    assert "pairs of 36 treatments are more alike than chance explains" in capsys.readouterr().out
    names = ["heat-map.png", "heat-map.svg", "network.png", "network.svg", "pairs.csv", "similarity.csv", "tree.csv"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert pd.read_csv(out / "pairs.csv")["known"].sum() == 1


def test_known_pairs_of_another_spelling_are_read_or_said_to_match_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = tmp_path / "known.csv"
    pairs.write_text("one,other\n100.0,101.0\n101.0,102.0\n")
    assert read_relations(pairs) == [("100", "101"), ("101", "102")]
    write_profiles(screen(families()), tmp_path / "wells.parquet")
    arguments = ["relations", str(tmp_path / "wells.parquet"), "-o", str(tmp_path / "out"), "--known", str(pairs)]
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "none of its 2 pairs, such as 100 and 101 names two treatments or compounds" in said.out + said.err


def test_known_pairs_of_which_one_is_not_here_are_counted_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "known.csv").write_text("one,other\nT00,T01\nT00,gone\nlost,gone\n")
    write_profiles(screen(families()), tmp_path / "wells.parquet")
    arguments = ["-o", str(tmp_path / "out"), "--known", str(tmp_path / "known.csv")]
    assert main(["relations", str(tmp_path / "wells.parquet"), *arguments]) == 0
    said = capsys.readouterr()
    told = (
        "2 of 3 pairs of known.csv cannot be marked: no treatment or compound of these profiles is called gone, lost."
    )
    assert told in said.out + said.err
