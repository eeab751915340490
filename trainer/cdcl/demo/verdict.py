"""The demo's table in plain words, generated from its numbers: no win that the intervals do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcl.demo.baselines import NOISE, STATISTICS
from cdcl.demo.plan import UNTRAINED
from cdcl.demo.table import Z_SCORED

if TYPE_CHECKING:
    from cdcl.demo.table import Comparison
    from cdcl.metrics import Score


def narrate(comparison: Comparison) -> str:
    """Say in two paragraphs what the table shows and what it does not.

    Parameters
    ----------
    comparison
        With the rows that `compare` makes.

    Returns
    -------
    str
        What it says of treatments, an empty line, and what it says of batches.
    """
    return f"{_on_treatments(comparison)}\n\n{_on_batches(comparison)}"


def beats(one: Score, other: Score) -> bool:
    """Tell whether `one` is better than `other` beyond doubt: their 95 % intervals do not touch."""
    return one.low > other.high if one.higher_is_better else one.high < other.low


def versus(name: str, one: Score, rival: str, other: Score) -> str:
    """Put a comparison of two rows into a clause."""
    if beats(one, other):
        return f"{name} is ahead of {rival} beyond the intervals"
    if beats(other, one):
        return f"{name} is behind {rival} beyond the intervals"
    return f"the intervals of {name} and {rival} overlap, so this run shows no difference between them"


def _on_treatments(comparison: Comparison) -> str:
    cdcl, dino, taught = (comparison.score(name) for name in ("CDCL", "DINO", "supervised"))
    scaled, rival, plain = (comparison.score(name + Z_SCORED) for name in ("CDCL", "DINO", STATISTICS))
    return (
        f"Shown a field from a batch it has never seen, CDCL names the treatment in {_percent(cdcl)} of cases, DINO in "
        f"{_percent(dino)}; guessing gives {cdcl.chance:.0%}, and a network that was taught the labels "
        f"{_percent(taught)}. Here {versus('CDCL', cdcl, 'DINO', dino)}. With features standardised plate by plate, "
        f"CDCL reaches {_percent(scaled)}, DINO {_percent(rival)}, and intensity statistics, which need no network, "
        f"{_percent(plain)}: {versus('CDCL', scaled, 'DINO', rival)}, and "
        f"{versus('CDCL', scaled, 'intensity statistics', plain)}."
    )


def _on_batches(comparison: Comparison) -> str:
    corrected = f"DINO{Z_SCORED}"
    rows = ("CDCL", "DINO", corrected, UNTRAINED, NOISE)
    told = {row: comparison.score(row, "batch_recognised") for row in rows}
    mixed = {row: comparison.score(row, "kbet") for row in rows}
    return (
        f"From a profile of CDCL the batch can be told in {_percent(told['CDCL'])} of cases, from one of DINO in "
        f"{_percent(told['DINO'])}, by chance in {told['CDCL'].chance:.0%}: "
        f"{versus('CDCL', told['CDCL'], 'DINO', told['DINO'])}. The batches around a profile are mixed as in the whole "
        f"screen for {mixed['CDCL'].value:.0%} of CDCL's profiles and {mixed['DINO'].value:.0%} of DINO's. Forgetting "
        f"batches alone proves nothing: noise is mixed for {mixed[NOISE].value:.0%}, and an untrained network gives "
        f"the batch away in {told[UNTRAINED].value:.0%}. A plate-wise z-score of the features, which costs nothing, "
        f"brings DINO to {_percent(told[corrected])}. This is one screen and one seed; benchmarks/demo.py repeats it."
    )


def _percent(score: Score) -> str:
    return f"{score.value:.0%} ({score.low:.0%} to {score.high:.0%})"
