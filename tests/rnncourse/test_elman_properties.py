"""What holds for every shape: padding, batches, splitting, precision, refusals."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import elman
from rnncourse.elman import ElmanParams, ElmanState

steady = settings(derandomize=True, deadline=None, max_examples=40)
sizes = st.tuples(st.integers(0, 7), st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))


def draw(size, seed=0):
    T, B, I, H = size
    rng = np.random.default_rng([seed, *size])
    params = elman.init(rng, I, H)
    x, d_h, h0, d_end = (rng.standard_normal(s) for s in [(T, B, I), (T, B, H), (B, H), (B, H)])
    return params, x, d_h, ElmanState(h0), ElmanState(d_end)


def run(params, x, d_h, state, d_end, lengths=None):
    h, end, cache = elman.forward(params, x, state, lengths=lengths)
    d_x, grads, d_state = elman.backward(cache, d_h, d_end)
    return h, end.h, d_x, d_state.h, grads


def close(a, b):
    return np.allclose(a, b, rtol=1e-12, atol=1e-13)


@steady
@given(sizes, st.data())
def test_padding_changes_nothing(size, data):
    T, B, _, _ = size
    lengths = np.array(data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B)))
    params, x, d_h, state, d_end = draw(size)
    clean = run(params, x, d_h, state, d_end, lengths)
    beyond = np.arange(T)[:, None] >= lengths
    x[beyond] = np.nan
    d_h[beyond] = np.inf
    dirty = run(params, x, d_h, state, d_end, lengths)
    for a, b in zip([*clean[:4], *clean[4]], [*dirty[:4], *dirty[4]], strict=True):
        assert np.array_equal(a, b)
    assert not dirty[0][beyond].any()
    assert not dirty[2][beyond].any()


@steady
@given(sizes, st.data())
def test_a_padded_batch_is_its_sequences_one_by_one(size, data):
    T, B, _, _ = size
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    params, x, d_h, state, d_end = draw(size)
    h, end, d_x, d_h0, grads = run(params, x, d_h, state, d_end, lengths)
    total = [np.zeros_like(p) for p in params]
    for b, n in enumerate(lengths):
        one = slice(b, b + 1)
        case = params, x[:n, one], d_h[:n, one], ElmanState(state.h[one]), ElmanState(d_end.h[one])
        alone = run(*case)
        for together, single in zip(
            (h[:n, one], end[one], d_x[:n, one], d_h0[one]), alone[:4], strict=True
        ):
            assert close(together, single)
        total = [a + g for a, g in zip(total, alone[4], strict=True)]
        if n == 0:
            assert np.array_equal(end[b], state.h[b])
            assert np.array_equal(d_h0[b], d_end.h[b])
    assert all(close(a, g) for a, g in zip(total, grads, strict=True))


@steady
@given(sizes, st.randoms(use_true_random=False))
def test_the_order_of_the_batch_does_not_matter(size, random):
    order = list(range(size[1]))
    random.shuffle(order)
    params, x, d_h, state, d_end = draw(size)
    plain = run(params, x, d_h, state, d_end)
    moved = run(
        params, x[:, order], d_h[:, order], ElmanState(state.h[order]), ElmanState(d_end.h[order])
    )
    assert close(plain[0][:, order], moved[0])
    assert close(plain[1][order], moved[1])
    assert close(plain[2][:, order], moved[2])
    assert close(plain[3][order], moved[3])
    assert all(close(a, b) for a, b in zip(plain[4], moved[4], strict=True))


@steady
@given(sizes, st.data())
def test_two_parts_that_carry_the_state_are_the_whole(size, data):
    cut = data.draw(st.integers(0, size[0]))
    params, x, d_h, state, d_end = draw(size)
    whole = run(params, x, d_h, state, d_end)
    h1, middle, first = elman.forward(params, x[:cut], state)
    h2, end, second = elman.forward(params, x[cut:], middle)
    d_x2, grads2, d_middle = elman.backward(second, d_h[cut:], d_end)
    d_x1, grads1, d_state = elman.backward(first, d_h[:cut], d_middle)
    assert close(whole[0], np.concatenate([h1, h2]))
    assert close(whole[1], end.h)
    assert close(whole[2], np.concatenate([d_x1, d_x2]))
    assert close(whole[3], d_state.h)
    assert all(close(g, a + b) for g, a, b in zip(whole[4], grads1, grads2, strict=True))


def test_a_sequence_that_has_not_begun():
    params, x, d_h, state, d_end = draw((0, 2, 3, 4))
    h, end, d_x, d_h0, grads = run(params, x, d_h, state, d_end)
    assert (h.shape, d_x.shape) == ((0, 2, 4), (0, 2, 3))
    assert np.array_equal(end, state.h)
    assert np.array_equal(d_h0, d_end.h)
    assert not any(g.any() for g in grads)


def test_an_empty_batch():
    params, x, d_h, state, _ = draw((3, 1, 2, 4))
    none = ElmanState(state.h[:0])
    h, end, d_x, _, grads = run(params, x[:, :0], d_h[:, :0], none, none)
    assert (h.shape, end.shape, d_x.shape) == ((3, 0, 4), (0, 4), (3, 0, 2))
    assert not any(g.any() for g in grads)


@pytest.mark.parametrize("lengths", [None, [2, 4]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_precision_and_the_inputs(dtype, lengths):
    given_arrays = draw((4, 2, 3, 5))
    params, x, d_h, state, d_end = given_arrays
    params = ElmanParams(*(p.astype(dtype) for p in params))
    x, d_h, state, d_end = (
        x.astype(dtype), d_h.astype(dtype), ElmanState(state.h.astype(dtype)),
        ElmanState(d_end.h.astype(dtype)),
    )  # fmt: skip
    arrays = [*params, x, d_h, state.h, d_end.h]
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    *results, grads = run(params, x, d_h, state, d_end, lengths)
    assert {r.dtype for r in [*results, *grads]} == {np.dtype(dtype)}
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))
    results[1][:] = 7  # the state given back is the caller's own
    assert not (elman.forward(params, x, state, lengths=lengths)[1].h == 7).any()


def test_arrays_in_any_layout():
    params, x, d_h, state, d_end = draw((4, 3, 2, 5))
    plain = run(params, x, d_h, state, d_end)
    params = ElmanParams(*(np.asfortranarray(p) for p in params))
    x = np.ascontiguousarray(x.transpose(1, 0, 2)).transpose(1, 0, 2)
    other = run(params, x, np.asfortranarray(d_h), state, d_end)
    for a, b in zip([*plain[:4], *plain[4]], [*other[:4], *other[4]], strict=True):
        assert close(a, b)


def test_saturated_units_stay_finite():
    params, x, d_h, state, d_end = draw((5, 2, 3, 4))
    *results, grads = run(params, x * 1e4, d_h, state, d_end)
    assert all(np.isfinite(r).all() for r in [*results, *grads])


def test_one_unit_by_hand():
    net = elman.scalar(w=0.5, u=1.0)
    h = net.states([1, 0, 0])
    first = math.tanh(1)
    assert h == pytest.approx([first, math.tanh(first / 2), math.tanh(math.tanh(first / 2) / 2)])
    by_network = elman.forward(net.params, np.array([1.0, 0, 0]).reshape(3, 1, 1))[0].ravel()
    assert np.array_equal(h, by_network)
    assert elman.scalar(0.5, 1.0, b=0.2).states([0], h0=1.0) == pytest.approx(np.tanh([0.7]))


WEIGHTS = ElmanParams(np.zeros((4, 3)), np.zeros((4, 4)), np.zeros(4))
X = np.zeros((5, 2, 3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": X[0]}, "x must have shape (T, B, 3) (I as in W_ih (4, 3)), got (2, 3)"),
        ({"x": X[:, :, :2]}, "x must have shape (T, B, 3) (I as in W_ih (4, 3)), got (5, 2, 2)"),
        ({"x": X.astype(np.float32)}, "x has dtype float32, but the weights have float64"),
        ({"x": X.astype(int)}, "x has dtype int64, but the weights have float64"),
        ({"x": np.where(np.arange(5)[:, None, None] == 2, np.nan, X)}, "x[2, 0, 0] must be finite"),
        ({"x": X + np.inf, "lengths": [0, 1]}, "x[0, 1, 0] must be finite, got inf"),
        ({"state": ElmanState(np.zeros((3, 4)))}, "state.h must have shape (2, 4)"),
        ({"state": ElmanState(np.zeros((2, 4), np.float32))}, "state.h has dtype float32"),
        ({"state": ElmanState(np.full((2, 4), np.nan))}, "state.h[0, 0] must be finite, got nan"),
        ({"lengths": [5]}, "lengths must have shape (2,)"),
        ({"lengths": [1, 6]}, "lengths[1] must lie between 0 and T = 5, got 6"),
        ({"lengths": [-1, 5]}, "lengths[0] must lie between 0 and T = 5, got -1"),
        ({"lengths": [1.0, 2.0]}, "lengths must be integers, got dtype float64"),
        ({"params": WEIGHTS._replace(W_hh=np.zeros((4, 3)))}, "W_hh must have shape (4, 4), got"),
        ({"params": WEIGHTS._replace(b=np.zeros((4, 1)))}, "b must have shape (4,), got (4, 1)"),
        ({"params": WEIGHTS._replace(W_ih=np.zeros(4))}, "W_ih must have shape (H, I), got (4,)"),
        ({"params": WEIGHTS._replace(b=np.zeros(4, "f4"))}, "ElmanParams.b has dtype float32"),
        ({"params": ElmanParams(*(p.astype(int) for p in WEIGHTS))}, "must have a floating dtype"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_refusals_name_the_argument_and_both_shapes(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        elman.forward(**{"params": WEIGHTS, "x": X, **arguments})


def test_backward_refuses_gradients_of_another_shape():
    _, _, cache = elman.forward(WEIGHTS, X)
    with pytest.raises(ValueError, match=r"d_h must have shape \(5, 2, 4\).*got \(5, 2, 3\)"):
        elman.backward(cache, X)
    with pytest.raises(ValueError, match="d_h has dtype float32"):
        elman.backward(cache, np.zeros((5, 2, 4), np.float32))
    with pytest.raises(ValueError, match=r"d_state\.h must have shape \(2, 4\).*got \(4,\)"):
        elman.backward(cache, np.zeros((5, 2, 4)), ElmanState(np.zeros(4)))


@pytest.mark.parametrize("size", [(0, 1), (1, 0)])
def test_init_refuses_sizes_below_one(size):
    with pytest.raises(ValueError, match="_size must be at least 1, got 0"):
        elman.init(np.random.default_rng(0), *size)


def test_init_refuses_integers():
    with pytest.raises(ValueError, match="dtype must have a floating dtype"):
        elman.init(np.random.default_rng(0), 1, 1, dtype=int)


def test_init_stays_within_its_bound_and_follows_the_seed():
    params = elman.init(np.random.default_rng(0), 10, 25)
    assert all(0.19 < np.abs(p).max() <= 0.2 or p.size < 30 for p in params)
    again = elman.init(np.random.default_rng(0), 10, 25)
    assert all(np.array_equal(a, b) for a, b in zip(params, again, strict=True))
