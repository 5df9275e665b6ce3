"""The lattice of a linear-chain CRF: every tag at every step, and every way from one to the next.

    nodes    p(y[t] = j | x)                    by the forward and the backward sums of `crf`
    edges    p(y[t] = i, y[t+1] = j | x)
    path     the sequence of tags with the highest score, by Viterbi

Once y[t+1] = j is known, nothing after it matters to the steps before: they are a CRF of their
own, whose end scores are the column A[:, j]. Its marginal at its last step is therefore
p(y[t] = i | y[t+1] = j, x), and an edge is that times the node p(y[t+1] = j | x).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnncourse import _validate, crf
from rnncourse._validate import Array
from rnncourse.crf import CRFParams

__all__ = ["Lattice", "lattice"]


class Lattice(NamedTuple):
    """One sequence's distribution over tags, step by step."""

    nodes: Array  # (T, K)
    edges: Array  # (T - 1, K, K), from tag i at step t to tag j at step t + 1
    path: Array  # (T,), Viterbi's
    probability: float  # of that path


def lattice(params: CRFParams, emissions: Array) -> Lattice:
    """Nodes, edges and best path of one sequence.

    Args:
        params: the scores of transitions, start and end.
        emissions: (T, K), the score of each tag at each step, T at least 1.

    Raises:
        ValueError: no step, a shape or dtype that does not fit, NaN or infinity.

    >>> params = CRFParams(np.array([[0.0, 0.0], [0.0, 2.0]]), np.zeros(2), np.zeros(2))
    >>> found = lattice(params, np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]))
    >>> found.path.tolist(), found.nodes.sum(axis=1).round(12).tolist()
    ([1, 1, 1], [1.0, 1.0, 1.0])
    >>> bool(np.allclose(found.edges.sum(axis=2), found.nodes[:-1]))
    True
    """
    emissions = np.asarray(emissions)
    _validate.shape("emissions", emissions, ("T", "K"))
    T, K = emissions.shape
    if not T:
        raise ValueError("emissions must have at least one step, got none")
    batch = emissions[:, None]  # (T, 1, K)
    nodes = crf.marginals(params, batch)[:, 0]
    tags, _ = crf.viterbi(params, batch)
    log_p, _ = crf.log_likelihood(params, batch, tags)
    edges = np.zeros((T - 1, K, K), emissions.dtype)
    before = np.arange(1, T)  # steps in each prefix
    prefixes = np.repeat(batch, T - 1, axis=1)
    for j in range(K if T > 1 else 0):
        ended = params._replace(end=np.ascontiguousarray(params.A[:, j]))
        given_j = crf.marginals(ended, prefixes, before)[before - 1, before - 1]  # (T - 1, K)
        edges[:, :, j] = nodes[1:, j, None] * given_j
    return Lattice(nodes, edges, tags[:, 0], float(np.exp(log_p[0])))
