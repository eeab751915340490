"""Relations of treatments as a heat map and a network show them: places, colours, words. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cdcl.hits.relations import Relations
    from cdcl.scatter.colours import Colouring

MOST_LINES = 200
"""Lines of a network beyond which it is a ball of wool; the most alike are laid out."""


@dataclass(frozen=True, eq=False)
class Joints:
    """The dendrogram above a heat map, J joints; leaves stand at 0, 1, ..., T - 1.

    Attributes
    ----------
    ends
        (J, 2) where the two branches stand that a joint joins.
    feet
        (J, 2) how high these begin: 0 for a leaf.
    heights
        (J,) how high they are joined: 1 - cosine.
    spans
        (J, 2) first and last treatment below.
    """

    ends: NDArray[np.float64]
    feet: NDArray[np.float64]
    heights: NDArray[np.float64]
    spans: NDArray[np.int64]

    def pixels_high(self, room: float) -> float:
        """Give the pixels of a height of 1, where the highest joint takes all the room."""
        return room / max(float(self.heights.max(initial=0.0)), 1e-9)

    @classmethod
    def of(cls, links: NDArray[np.float64], num: int) -> Joints:
        """Lay out SciPy's dendrogram of `num` leaves."""
        at, high = np.zeros(num + len(links)), np.zeros(num + len(links))
        at[:num] = np.arange(num)
        spans = np.zeros((num + len(links), 2), dtype=np.int64)
        spans[:num] = np.arange(num)[:, None]
        both = np.sort(links[:, :2].astype(np.int64), axis=1)
        for number, (one, other) in enumerate(both.tolist(), start=num):
            at[number] = (at[one] + at[other]) / 2
            high[number] = links[number - num, 2]
            spans[number] = min(spans[one, 0], spans[other, 0]), max(spans[one, 1], spans[other, 1])
        return cls(at[both], high[both], high[num:], spans[num:])


@dataclass(frozen=True, eq=False)
class RelationMap:
    """T treatments in the order of their dendrogram, and what is known of their pairs.

    Attributes
    ----------
    relations
        As from `cdcl.hits.relation_files.read_relation_files`.
    known
        (T, T) which pairs somebody calls related.
    table
        (T rows) columns with one value a treatment, such as its mechanism.
    nodes
        (n,) treatments that are related to another, of the `MOST_LINES` most alike pairs.
    points
        (n, 2) their places in the network, 0..1.
    """

    relations: Relations
    known: NDArray[np.bool_]
    table: pd.DataFrame
    nodes: NDArray[np.int64]
    points: NDArray[np.float64]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the treatments."""
        return self.relations.names

    @cached_property
    def joints(self) -> Joints:
        """The dendrogram; no joints where it is not known."""
        return Joints.of(self.relations.links, len(self.names))

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each treatment stands."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def related(self) -> pd.DataFrame:
        """The pairs that chance does not explain, the most alike first."""
        pairs = self.relations.pairs
        return pairs[pairs["related"]].sort_values("similarity", ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """(E, 2) the treatments of the `MOST_LINES` most alike related pairs."""
        return ends_of(self.related, self.places)

    @cached_property
    def q_values(self) -> NDArray[np.float64]:
        """(T, T) false discovery rate of each pair; 1 of a treatment with itself."""
        pairs, q_values = self.relations.pairs, np.ones((len(self.names), len(self.names)))
        one, other = pairs["one"].map(self.places).to_numpy(), pairs["other"].map(self.places).to_numpy()
        q_values[one, other] = q_values[other, one] = pairs["q"].to_numpy()
        return q_values

    @cached_property
    def is_related(self) -> NDArray[np.bool_]:
        """(T, T) which pairs chance does not explain."""
        related = np.zeros((len(self.names), len(self.names)), dtype=np.bool_)
        one, other = self.related["one"].map(self.places), self.related["other"].map(self.places)
        related[one, other] = related[other, one] = True
        return related

    def places_of(self, names: set[str]) -> NDArray[np.int64]:
        """Give where some treatments stand, in order; those that are not here are left out."""
        return np.array(sorted(self.places[name] for name in names if name in self.places), dtype=np.int64)

    def colouring(self, column: str) -> Colouring:
        """Colour the treatments by a column of the table; all alike where there is none of that name."""
        from cdcl.scatter.colours import colour_column, one_colour  # pandas takes a moment to import

        return colour_column(self.table, column) if column in self.table else one_colour(len(self.names))

    def in_words(self, one: int, other: int, column: str = "") -> str:
        """Say what is known of a pair, or of one treatment."""
        if one == other:
            return self.treatment_in_words(one, column)
        marks = [f"cosine {self.relations.cosines[one, other]:.2f}, q {self.q_values[one, other]:.2g}"]
        marks += ["more alike than chance explains"] if self.is_related[one, other] else []
        marks += ["known as related"] if self.known[one, other] else []
        both = [self.value(place, column) for place in (one, other)]
        if any(both):
            marks.append(f"both {both[0]}" if both[0] == both[1] else " / ".join(value or "?" for value in both))
        return f"{self.names[one]} · {self.names[other]}: {', '.join(marks)}"

    def treatment_in_words(self, place: int, column: str = "") -> str:
        """Say what a treatment is, and how many it is related to."""
        value, count = self.value(place, column), int(self.is_related[place].sum())
        kind = f" ({column} {value})" if value else ""
        return f"{self.names[place]}{kind}: related to {count} other{'' if count == 1 else 's'}"

    def value(self, place: int, column: str) -> str:
        """Write what a treatment has in a column; "" where it has nothing."""
        if column not in self.table:
            return ""
        value = self.table[column].iloc[place]
        if value is None or value != value:  # NaN
            return ""
        return f"{value:.3g}" if isinstance(value, float) else str(value)


def ends_of(related: pd.DataFrame, places: dict[str, int]) -> NDArray[np.int64]:
    """Give the treatments of the most alike pairs, (E, 2)."""
    strongest = related.head(MOST_LINES)
    return np.stack([strongest[name].map(places).to_numpy(dtype=np.int64) for name in ("one", "other")], axis=1)
