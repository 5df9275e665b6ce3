"""The chain against the enumeration of its labellings, also where sums of shares underflow."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import _labelling, crf

steady = settings(derandomize=True, deadline=None, max_examples=40)
sizes = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))


def draw(T, B, K, dtype=np.float64):
    rng = np.random.default_rng([T, B, K])
    params = crf.CRFParams(
        *(3 * rng.standard_normal(shape).astype(dtype) for shape in [(K, K), K, K])
    )
    emissions = 3 * rng.standard_normal((T, B, K)).astype(dtype)
    return params, emissions, rng.integers(K, size=(T, B)), rng.integers(0, T + 1, size=B)


def enumerated(params, emissions):
    """Every labelling of one sequence, emissions (T, K), and its score."""
    T, K = emissions.shape
    for y in itertools.product(range(K), repeat=T):
        s = sum(emissions[t, y[t]] for t in range(T))
        s += sum(params.A[i, j] for i, j in itertools.pairwise(y))
        yield y, s + (params.start[y[0]] + params.end[y[-1]] if T else 0)


@steady
@given(sizes)
def test_everything_is_that_of_the_enumeration(size):
    params, emissions, tags, lengths = draw(*size)
    value, _ = crf.log_likelihood(params, emissions, tags, lengths)
    log_z = crf.log_partition(params, emissions, lengths)
    p = crf.marginals(params, emissions, lengths)
    best, best_score = crf.viterbi(params, emissions, lengths)
    scores = crf.score(params, emissions, tags, lengths)
    for b, n in enumerate(lengths):
        every = dict(enumerated(params, emissions[:n, b]))
        z = sum(np.exp(s) for s in every.values())
        assert log_z[b] == pytest.approx(np.log(z), abs=1e-10)
        assert scores[b] == pytest.approx(every[tuple(tags[:n, b])], abs=1e-10)
        assert value[b] == pytest.approx(every[tuple(tags[:n, b])] - np.log(z), abs=1e-10)
        expected = np.zeros_like(p[:, b])
        for y, s in every.items():
            expected[np.arange(n), y] += np.exp(s) / z
        assert p[:, b] == pytest.approx(expected, abs=1e-10)
        assert tuple(best[:n, b]) == max(every, key=every.get)
        assert best_score[b] == pytest.approx(max(every.values()), abs=1e-10)
        assert (best[n:, b] == -1).all()


def log_sum_exp(scores):
    top = max(scores)
    return top + np.log(sum(np.exp(s - top) for s in scores))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("apart", [0, 30, 300, 3e3, 1e4])
def test_scores_far_apart_that_cancel(apart, dtype):
    # no way into tag 1 but where the emission makes up for it: e^-apart underflows on the way
    params, emissions, tags, _ = draw(4, 3, 3, dtype)
    params.A[:, 1] -= apart
    emissions[2, :2, 1] += apart
    value, cache = crf.log_likelihood(params, emissions, tags)
    d_emissions, grads = crf.backward(cache)
    p = crf.marginals(params, emissions)
    eps = float(np.finfo(dtype).eps) * (100 + 4 * apart)
    pairs = np.zeros_like(params.A)
    for b in range(3):
        every = dict(enumerated(params, emissions[:, b].astype(float)))
        log_z = log_sum_exp(every.values())
        truth = every[tuple(tags[:, b])] - log_z
        assert value[b] == pytest.approx(truth, rel=eps, abs=eps)
        expected = np.zeros_like(p[:, b])
        for y, s in every.items():
            expected[np.arange(4), y] += np.exp(s - log_z)
            for pair in itertools.pairwise(y):
                pairs[pair] -= np.exp(s - log_z)
        for pair in itertools.pairwise(tags[:, b]):
            pairs[tuple(pair)] += 1
        assert p[:, b] == pytest.approx(expected, abs=eps)
        seen = np.eye(3)[tags[:, b]]
        assert d_emissions[:, b] == pytest.approx(seen - expected, abs=eps)
    assert np.abs(grads.A - pairs).max() < 4 * eps


def test_where_nothing_underflows_both_ways_of_summing_agree(monkeypatch):
    params, emissions, tags, lengths = draw(9, 4, 5)

    def results():
        value, cache = crf.log_likelihood(params, emissions, tags, lengths)
        d_emissions, grads = crf.backward(cache)
        return value, d_emissions, *grads, crf.marginals(params, emissions, lengths)

    by_product, shares = results(), _labelling.shares
    monkeypatch.setattr(_labelling, "shares", lambda A: (*shares(A)[:2], np.inf))
    in_logarithms = results()
    for a, b in zip(by_product, in_logarithms, strict=True):
        assert a == pytest.approx(b, rel=1e-12, abs=1e-13)
    assert not np.array_equal(by_product[1], in_logarithms[1])  # it did sum otherwise
