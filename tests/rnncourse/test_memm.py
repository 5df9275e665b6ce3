"""The chain of softmaxes against the enumeration of its labellings; label bias."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import crf, memm

steady = settings(derandomize=True, deadline=None, max_examples=40)
sizes = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))


def draw(T, B, K, dtype=np.float64):
    rng = np.random.default_rng([T, B, K])
    params = memm.MEMMParams(
        *(3 * rng.standard_normal(shape).astype(dtype) for shape in [(K, K), K])
    )
    emissions = 3 * rng.standard_normal((T, B, K)).astype(dtype)
    return params, emissions, rng.integers(K, size=(T, B)), rng.integers(0, T + 1, size=B)


def enumerated(params, emissions):
    """Every labelling of one sequence, emissions (T, K), and its probability."""
    T, K = emissions.shape
    for y in itertools.product(range(K), repeat=T):
        p = 1.0
        for t in range(T):
            weights = np.exp(emissions[t] + (params.A[y[t - 1]] if t else params.start))
            p *= weights[y[t]] / weights.sum()
        yield y, p


@steady
@given(sizes)
def test_everything_is_that_of_the_enumeration(size):
    params, emissions, tags, lengths = draw(*size)
    value, _ = memm.log_likelihood(params, emissions, tags, lengths)
    best, best_value = memm.viterbi(params, emissions, lengths)
    for b, n in enumerate(lengths):
        every = dict(enumerated(params, emissions[:n, b]))
        assert sum(every.values()) == pytest.approx(1)
        assert value[b] == pytest.approx(np.log(every[tuple(tags[:n, b])]), abs=1e-10)
        assert best_value[b] == pytest.approx(np.log(max(every.values())), abs=1e-10)
        assert every[tuple(best[:n, b])] == pytest.approx(max(every.values()), rel=1e-10)
        assert (best[n:, b] == -1).all()


def test_label_bias():
    """A tag with one successor hears nothing of the input; in a CRF it does."""
    A = np.array([[-200.0, 0.0, -200.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    tags, quiet = np.array([[0], [1]]), np.zeros((2, 1, 3))
    loud = quiet.copy()
    loud[1, 0, 1] = -50
    params = memm.MEMMParams(A, np.zeros(3))
    before, after = (memm.log_likelihood(params, e, tags)[0] for e in (quiet, loud))
    assert before == after == pytest.approx(np.log(1 / 3))
    chain = crf.CRFParams(A, np.zeros(3), np.zeros(3))
    before, after = (crf.log_likelihood(chain, e, tags)[0] for e in (quiet, loud))
    assert after < before - 40
