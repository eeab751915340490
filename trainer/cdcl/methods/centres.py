"""Centering: what is subtracted from the teacher's logits, one centre for all (DINO) or one a domain (CDCL)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cdcl.models.collectives import summed


class Centres(nn.Module):
    """Moving averages of the teacher's logits, one row a domain.

    Parameters
    ----------
    domain_sizes
        Training images a domain, E_d; a single entry makes DINO's one centre.
    num_prototypes
        K.
    momentum
        m_c of the moving average, 0 to 1; 0.9 as in DINO.
    """

    def __init__(self, domain_sizes: tuple[int, ...], num_prototypes: int, momentum: float) -> None:
        super().__init__()
        self.momentum = momentum
        sizes = torch.tensor([float(size) for size in domain_sizes])
        self.register_buffer("share", sizes / sizes.sum(), persistent=False)
        self.register_buffer("values", torch.zeros(len(domain_sizes), num_prototypes))
        self.share: Tensor
        self.values: Tensor

    def forward(self, logits: Tensor, domains: Tensor) -> Tensor:
        """Subtract each sample's centre. `logits` (..., K), `domains` (...)."""
        return logits - self.values[domains]  # values (domains, K), picked to (..., K)

    @torch.no_grad()
    def update(self, logits: Tensor, domains: Tensor) -> None:
        """Move the centres of the domains that are present.

        C_d <- C_d + min(1, (1 - m_c) w_d) (mean of d's logits - C_d) with w_d = (n_d / n) / (E_d / sum E): a domain
        moves with its share of the batch against its share of the data. The published weight is not bounded and can
        overshoot.
        """
        flat, domains = logits.reshape(-1, logits.shape[-1]).to(self.values.dtype), domains.reshape(-1)
        counts = torch.zeros_like(self.share).index_add_(0, domains, torch.ones_like(flat[:, 0]))  # n_d, (domains,)
        sums = torch.zeros_like(self.values).index_add_(0, domains, flat)  # (domains, K)
        # Counts are summed over processes too: a mean of the processes' means would be wrong where one lacks a domain.
        counts, sums = summed(counts), summed(sums)
        weight = (1.0 - self.momentum) * (counts / counts.sum()) / self.share
        means = sums / counts.clamp(min=1.0)[:, None]
        self.values.lerp_(means, weight.clamp(max=1.0)[:, None])
