"""The chain of softmaxes against enumeration, its gradient, label bias, padding, refusals."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import crf, gradcheck, memm

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


@steady
@given(sizes)
def test_the_gradient(size):
    params, emissions, tags, lengths = draw(*size)
    d_value = np.random.default_rng(1).standard_normal(size[1])

    def loss(at):
        return (d_value * memm.log_likelihood(at[0], at[1], tags, lengths)[0]).sum()

    _, cache = memm.log_likelihood(params, emissions, tags, lengths)
    d_emissions, grads = memm.backward(cache, d_value)
    # a single tag has gradients of exactly 0, so errors are absolute; the entries are of size 1
    for measure, bound in [(gradcheck.complex_step, 1e-13), (gradcheck.central_difference, 1e-7)]:
        of_params, of_emissions = measure(loss, (params, emissions))
        assert np.abs(d_emissions - of_emissions).max() < bound
        for derived, measured in zip(grads, of_params, strict=True):
            assert np.abs(derived - measured).max() < bound


def everything(params, emissions, tags, lengths=None):
    value, cache = memm.log_likelihood(params, emissions, tags, lengths)
    d_emissions, grads = memm.backward(cache)
    best, top = memm.viterbi(params, emissions, lengths)
    return {"by sequence": [d_emissions, best], "each": [value, top], "weights": grads}


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


def test_large_scores_stay_finite():
    params, emissions, tags, _ = draw(100, 2, 4)
    params = memm.MEMMParams(*(1e4 * p for p in params))
    results = everything(params, 1e4 * emissions, tags)
    assert all(np.isfinite(a).all() for arrays in results.values() for a in arrays)


def test_keeps_the_precision_and_the_inputs():
    params, emissions, tags, lengths = draw(6, 3, 4, np.float32)
    for array in (*params, emissions, tags, lengths):
        array.flags.writeable = False
    results = everything(params, emissions, tags, lengths)
    floats = [a for arrays in results.values() for a in arrays if a.dtype.kind == "f"]
    assert len(floats) == 5
    assert {a.dtype for a in floats} == {np.dtype(np.float32)}


@pytest.mark.parametrize("shape", [(0, 2, 3), (2, 0, 3)])
def test_nothing_to_label_has_one_labelling(shape):
    T, B, K = shape
    results = everything(draw(1, 1, K)[0], np.zeros(shape), np.zeros((T, B), int))
    assert results["each"][0].tolist() == results["each"][1].tolist() == [0.0] * B
    assert not any(g.any() for g in results["weights"])


PARAMS, E, TAGS, _ = draw(4, 3, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((PARAMS._replace(A=np.zeros((2, 3))), E, TAGS), "MEMMParams.A must have shape (2, 2), g"),
        ((PARAMS._replace(start=np.full(2, np.nan)), E, TAGS), "MEMMParams.start[0] must be fini"),
        (
            (PARAMS, E[0], TAGS),
            "emissions must have shape (T, B, 2) (K as in A (2, 2)), got (3, 2)",
        ),
        ((PARAMS, E.astype("f4"), TAGS), "emissions has dtype float32, but the weights have"),
        ((PARAMS, E, TAGS[:3]), "tags must have shape (4, 3) (a class number for each step"),
        ((PARAMS, E, TAGS + 2), "must lie between 0 and K - 1 = 1, got"),
        ((PARAMS, E, TAGS, [5, 0, 0]), "lengths[0] must lie between 0 and T = 4, got 5"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        memm.log_likelihood(*arguments)


def test_backward_refuses_other_weights():
    _, cache = memm.log_likelihood(PARAMS, E, TAGS)
    with pytest.raises(ValueError, match=r"d_value must have shape \(3,\).*got \(2,\)"):
        memm.backward(cache, np.ones(2))
