"""The lattice of a CRF against enumeration of every sequence of tags."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncourse import crf, looking


def draw(T, K, seed=0, scale=2.0):
    rng = np.random.default_rng([T, K, seed])
    params = crf.CRFParams(*(scale * rng.standard_normal(s) for s in ((K, K), K, K)))
    return params, scale * rng.standard_normal((T, K))


def enumerate_all(params, emissions):
    T, K = emissions.shape
    nodes, edges = np.zeros((T, K)), np.zeros((T - 1, K, K))
    sequences = list(itertools.product(range(K), repeat=T))
    scores = []
    for y in sequences:
        score = params.start[y[0]] + params.end[y[-1]] + emissions[np.arange(T), y].sum()
        scores.append(score + sum(params.A[i, j] for i, j in itertools.pairwise(y)))
    p = np.exp(scores - np.logaddexp.reduce(scores))
    for y, share in zip(sequences, p, strict=True):
        nodes[np.arange(T), y] += share
        for t, (i, j) in enumerate(itertools.pairwise(y)):
            edges[t, i, j] += share
    best = int(np.argmax(p))
    return nodes, edges, sequences[best], p[best]


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 9))
def test_equals_enumeration(T, K, seed):
    params, emissions = draw(T, K, seed)
    found = looking.lattice(params, emissions)
    nodes, edges, path, probability = enumerate_all(params, emissions)
    assert found.nodes == pytest.approx(nodes, rel=1e-10, abs=1e-14)
    assert found.edges == pytest.approx(edges, rel=1e-10, abs=1e-14)
    assert tuple(found.path) == path
    assert found.probability == pytest.approx(probability, rel=1e-10)


def test_edges_sum_to_the_nodes_at_both_ends_and_to_the_gradient_by_a():
    params, emissions = draw(30, 5)
    found = looking.lattice(params, emissions)
    assert found.edges.sum(axis=2) == pytest.approx(found.nodes[:-1], rel=1e-10, abs=1e-14)
    assert found.edges.sum(axis=1) == pytest.approx(found.nodes[1:], rel=1e-10, abs=1e-14)
    _, cache = crf.log_likelihood(params, emissions[:, None], found.path[:, None])
    seen = np.zeros((5, 5))
    np.add.at(seen, (found.path[:-1], found.path[1:]), 1)
    expected = seen - crf.backward(cache)[1].A
    assert found.edges.sum(axis=0) == pytest.approx(expected, rel=1e-10)


def test_a_hard_transition_leaves_one_path():
    params = crf.CRFParams(np.array([[-900.0, 900], [900, -900]]), np.zeros(2), np.zeros(2))
    found = looking.lattice(params, np.array([[1.0, 0], [0, 0], [0, 0]]))
    assert found.path.tolist() == [0, 1, 0]
    assert found.edges[:, 0, 0].max() < 1e-300
    assert found.edges[0, 0, 1] == pytest.approx(1 / (1 + np.exp(-1)))


def test_float32_is_kept():
    params, emissions = draw(3, 2)
    small = crf.CRFParams(*(part.astype(np.float32) for part in params))
    found = looking.lattice(small, emissions.astype(np.float32))
    assert found.nodes.dtype == found.edges.dtype == np.float32
    assert found.edges == pytest.approx(looking.lattice(params, emissions).edges, abs=1e-5)


@pytest.mark.parametrize(
    ("emissions", "message"),
    [
        (np.zeros((0, 2)), "emissions must have at least one step, got none"),
        (np.zeros((3, 1, 2)), r"emissions must have shape \(T, K\), got \(3, 1, 2\)"),
        (np.zeros((3, 4)), "emissions must have shape"),
        (np.full((3, 2), np.nan), "must be finite"),
    ],
)
def test_refusals(emissions, message):
    with pytest.raises(ValueError, match=message):
        looking.lattice(draw(3, 2)[0], emissions)
