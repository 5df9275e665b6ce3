"""The chain against the enumeration of its labellings, its gradient measured, padding, refusals."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import crf, gradcheck

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


@steady
@given(sizes)
def test_the_gradient(size):
    params, emissions, tags, lengths = draw(*size)
    d_value = np.random.default_rng(1).standard_normal(size[1])

    def loss(at):
        return (d_value * crf.log_likelihood(at[0], at[1], tags, lengths)[0]).sum()

    _, cache = crf.log_likelihood(params, emissions, tags, lengths)
    d_emissions, grads = crf.backward(cache, d_value)
    assert np.abs(d_emissions).max() <= np.abs(d_value).max()
    # a single tag has gradients of exactly 0, so errors are absolute; the entries are of size 1
    for measure, bound in [(gradcheck.complex_step, 1e-13), (gradcheck.central_difference, 1e-7)]:
        of_params, of_emissions = measure(loss, (params, emissions))
        assert np.abs(d_emissions - of_emissions).max() < bound
        for derived, measured in zip(grads, of_params, strict=True):
            assert np.abs(derived - measured).max() < bound


def test_left_out_every_sequence_weighs_one():
    params, emissions, tags, _ = draw(4, 3, 2)
    _, cache = crf.log_likelihood(params, emissions, tags)
    for ours, given_ones in zip(crf.backward(cache)[1], crf.backward(cache, np.ones(3))[1]):  # noqa: B905
        assert np.array_equal(ours, given_ones)


def everything(params, emissions, tags, lengths=None):
    value, cache = crf.log_likelihood(params, emissions, tags, lengths)
    d_emissions, grads = crf.backward(cache)
    p = crf.marginals(params, emissions, lengths)
    best, top = crf.viterbi(params, emissions, lengths)
    return {"by sequence": [d_emissions, p, best], "each": [value, top], "weights": grads}


@steady
@given(sizes)
def test_padding_changes_nothing(size):
    params, emissions, tags, lengths = draw(*size)
    clean = everything(params, emissions, tags, lengths)
    beyond = np.arange(size[0])[:, None] >= lengths
    emissions[beyond], tags[beyond] = np.nan, -100
    dirty = everything(params, emissions, tags, lengths)
    for name, arrays in clean.items():
        for a, b in zip(arrays, dirty[name], strict=True):
            assert np.array_equal(a, b)
    assert not dirty["by sequence"][0][beyond].any()
    assert not dirty["by sequence"][1][beyond].any()


@steady
@given(sizes, st.randoms(use_true_random=False))
def test_the_order_of_the_batch_is_of_no_account(size, random):
    params, emissions, tags, lengths = draw(*size)
    order = random.sample(range(size[1]), size[1])
    one = everything(params, emissions, tags, lengths)
    other = everything(params, emissions[:, order], tags[:, order], lengths[order])
    for a, b in zip(one["by sequence"], other["by sequence"], strict=True):
        assert a[:, order] == pytest.approx(b, abs=1e-13)
    for a, b in zip(one["each"], other["each"], strict=True):
        assert a[order] == pytest.approx(b, abs=1e-13)
    for a, b in zip(one["weights"], other["weights"], strict=True):
        assert a == pytest.approx(b, abs=1e-13)


def test_long_sequences_and_large_scores_stay_finite():
    params, emissions, tags, _ = draw(1000, 2, 4)
    params = crf.CRFParams(*(1e4 * p for p in params))
    results = everything(params, 1e4 * emissions, tags)
    assert all(np.isfinite(a).all() for arrays in results.values() for a in arrays)
    assert results["by sequence"][1].sum(axis=2) == pytest.approx(1, abs=1e-6)


def test_keeps_the_precision_and_the_inputs():
    params, emissions, tags, lengths = draw(6, 3, 4, np.float32)
    for array in (*params, emissions, tags, lengths):
        array.flags.writeable = False
    results = everything(params, emissions, tags, lengths)
    floats = [a for arrays in results.values() for a in arrays if a.dtype.kind == "f"]
    assert len(floats) == 7
    assert {a.dtype for a in floats} == {np.dtype(np.float32)}
    exact = everything(
        crf.CRFParams(*(p.astype(float) for p in params)), emissions.astype(float), tags, lengths
    )
    assert results["each"][0] == pytest.approx(exact["each"][0], rel=1e-5)
    assert results["by sequence"][0] == pytest.approx(exact["by sequence"][0], abs=5e-5)


@pytest.mark.parametrize("shape", [(0, 2, 3), (2, 0, 3)])
def test_nothing_to_label_has_one_labelling(shape):
    T, B, K = shape
    params, _, _, _ = draw(1, 1, K)
    results = everything(params, np.zeros(shape), np.zeros((T, B), int))
    assert results["each"][0].tolist() == results["each"][1].tolist() == [0.0] * B
    assert not any(g.any() for g in results["weights"])
    assert results["by sequence"][2].shape == (T, B)


PARAMS, E, TAGS, _ = draw(4, 3, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((PARAMS._replace(A=np.zeros((2, 3))), E, TAGS), "CRFParams.A must have shape (2, 2), got"),
        ((PARAMS._replace(end=np.zeros(3)), E, TAGS), "CRFParams.end must have shape (2,), got"),
        ((PARAMS._replace(end=np.full(2, -np.inf)), E, TAGS), "CRFParams.end[0] must be finite"),
        (
            (PARAMS, E[0], TAGS),
            "emissions must have shape (T, B, 2) (K as in A (2, 2)), got (3, 2)",
        ),
        ((PARAMS, E.astype("f4"), TAGS), "emissions has dtype float32, but the weights have"),
        ((PARAMS, np.where(E.max() == E, np.inf, E), TAGS), "must be finite, got inf"),
        ((PARAMS, E, TAGS[:3]), "tags must have shape (4, 3) (a class number for each step"),
        ((PARAMS, E, TAGS + 0.0), "tags must hold class numbers as integers, got dtype float64"),
        ((PARAMS, E, TAGS + 2), "must lie between 0 and K - 1 = 1, got"),
        ((PARAMS, E, TAGS, [5, 0, 0]), "lengths[0] must lie between 0 and T = 4, got 5"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        crf.log_likelihood(*arguments)


def test_backward_refuses_other_weights():
    _, cache = crf.log_likelihood(PARAMS, E, TAGS)
    with pytest.raises(ValueError, match=r"d_value must have shape \(3,\).*got \(2,\)"):
        crf.backward(cache, np.ones(2))
    with pytest.raises(ValueError, match="d_value has dtype float32, but the emissions have"):
        crf.backward(cache, np.ones(3, np.float32))
