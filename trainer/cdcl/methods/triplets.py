"""Triplets in a batch: pairs of one label, each with all negatives that are a little further away."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cdcl.models.collectives import gathered


@dataclass(frozen=True, slots=True)
class Samples:
    """n embedded views and what is known of each.

    Attributes
    ----------
    embeddings
        (n, D), of unit length.
    labels
        (n,); -1 where unknown: such a view is in no triplet.
    domains
        (n,) number of its plate.
    images
        (n,) number of the image whose place in the batch it fills.
    """

    embeddings: Tensor
    labels: Tensor
    domains: Tensor
    images: Tensor

    def gathered(self) -> Samples:
        """Put the views of all processes together."""
        parts = (self.embeddings, self.labels, self.domains, self.images)
        return Samples(*(gathered(part) for part in parts))


def triplet_loss(samples: Samples, margin: float) -> tuple[Tensor, Tensor]:
    """Average ||a - p||^2 - ||a - n||^2 + margin over the semi-hard triplets of a batch (Schroff et al. 2015).

    Anchors a are all views with a label, p their positives as `choose_positives` gives them. Negatives n are all views
    of another label that are further from the anchor than the positive, but by less than the margin; where none is
    further, the furthest.

    All such negatives are averaged, not only the nearest: the nearest is hardly further than the positive, so its loss
    stays near the margin, and shrinking the embedding to a point would cost nothing.

    Parameters
    ----------
    samples
        n views, of all processes.
    margin
        Of squared distances, which are 0 to 4.

    Returns
    -------
    loss
        A scalar; 0, with a gradient of zeros, where there is no triplet.
    semi_hard
        Share of all triplets that are averaged; NaN where a batch has no triplet at all.
    """
    distances = 2.0 - 2.0 * samples.embeddings @ samples.embeddings.T  # (n, n), squared: ||a - b||^2 of unit vectors
    positive = choose_positives(samples)
    window = _Window.of(distances, _different(samples.labels))
    starts, stops = window.span(distances, margin)  # (n, n) each, of which those of positives count
    taken = torch.where(positive, stops - starts, 0)
    # The sum over the window of ||a - p||^2 + margin - ||a - n||^2, without a table of triplets. Pairs that are not
    # positives are reckoned too and left out: how many there are only the device knows.
    terms = taken * (distances + margin) - (window.sums.gather(1, stops) - window.sums.gather(1, starts))
    total = torch.where(positive, terms, 0.0).sum()
    triplets = (positive * window.counts[:, None]).sum()
    return total / taken.sum().clamp(min=1), taken.sum() / triplets


def choose_positives(samples: Samples) -> Tensor:
    """Mark the positives of each anchor.

    Those are views of its label from another plate; where there are none, from another image; else from its own image.

    Returns
    -------
    Tensor
        (n, n) bool, a row an anchor.
    """
    labels, domains, images = samples.labels, samples.domains, samples.images
    same = (labels[:, None] == labels) & (labels >= 0)[:, None]  # (n, n)
    same.fill_diagonal_(False)
    elsewhere = same & (domains[:, None] != domains)
    others = same & (images[:, None] != images)
    chosen = torch.where(others.any(1, keepdim=True), others, same)
    return torch.where(elsewhere.any(1, keepdim=True), elsewhere, chosen)


@dataclass(frozen=True, slots=True)
class _Window:
    """The negatives of each anchor, sorted by distance, so that any range of them is summed at once.

    A table of all triplets would hold n^3 numbers; this holds n^2.
    """

    sorted: Tensor
    """(n, n) distances of the negatives, near to far; infinite behind the last."""
    counts: Tensor
    """(n,) how many there are."""
    sums: Tensor
    """(n, n + 1) sums of the first 0, 1, 2, ... of them; differentiable."""

    @classmethod
    def of(cls, distances: Tensor, negative: Tensor) -> _Window:
        # The order has no gradient; the distances that it sorts have.
        ordered, order = distances.detach().masked_fill(~negative, torch.inf).sort(dim=1)
        there = ordered.isfinite()
        sums = torch.where(there, distances.gather(1, order), 0.0).cumsum(1)
        return cls(ordered, there.sum(1), torch.nn.functional.pad(sums, (1, 0)))  # (n, n), (n,), (n, n + 1)

    @torch.no_grad()
    def span(self, distances: Tensor, margin: float) -> tuple[Tensor, Tensor]:
        """Give the first and the behind-last negative of each anchor with each other view; (n, n) each."""
        counts = self.counts[:, None]  # (n, 1)
        starts = torch.searchsorted(self.sorted, distances.contiguous(), right=True)
        stops = torch.searchsorted(self.sorted, distances + margin)
        starts = torch.minimum(starts, (counts - 1).clamp(min=0))
        none_further = distances >= self.sorted.gather(1, starts)
        stops = torch.where(none_further, counts, torch.maximum(torch.minimum(stops, counts), starts))
        return torch.where(counts > 0, starts, 0), torch.where(counts > 0, stops, 0)


def _different(labels: Tensor) -> Tensor:
    known = labels >= 0
    return (labels[:, None] != labels) & known[:, None] & known
