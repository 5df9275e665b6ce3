"""Echo-state networks: by loops, by the leaky cell, by Gram matrices, and on Mackey-Glass."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data, esn, leaky, linear

steady = settings(derandomize=True, deadline=None, max_examples=40)
sizes = st.integers(1, 4)


def draw(*seed):
    return np.random.default_rng(seed)


def network(I=2, H=5, K=1, dtype=np.float64, **how):
    return esn.init(draw(I, H, K), I, H, K, dtype=dtype, **how)


def batch(T, B, I, H, K, dtype=np.float64):
    rng = draw(T, B, I, H, K)
    arrays = [rng.standard_normal(shape) for shape in ((T, B, I), (B, H), (T, B, K))]
    x, h0, y_before = (array.astype(dtype) for array in arrays)
    return x, esn.ESNState(h0), y_before


@steady
@given(T=st.integers(0, 6), B=sizes, I=st.integers(0, 3), H=sizes, K=st.integers(0, 2))
def test_forward_is_the_steps_and_the_equation(T, B, I, H, K):
    params = network(I, H, K, alpha=0.3)
    x, state, y_before = batch(T, B, I, H, K)
    copies = [x.copy(), state.h.copy(), y_before.copy()]
    h, end = esn.forward(params, x, state, y_before=y_before)
    assert h.shape == (T, B, H)
    by_step, by_hand = state, state.h.tolist()
    for t in range(T):
        by_step = esn.step(params, x[t], by_step, y_before[t])
        for b in range(B):
            a = [
                params.b[i]
                + sum(params.W_hh[i, j] * by_hand[b][j] for j in range(H))
                + sum(params.W_ih[i, j] * x[t, b, j] for j in range(I))
                + sum(params.W_oh[i, j] * y_before[t, b, j] for j in range(K))
                for i in range(H)
            ]
            by_hand[b] = [0.7 * by_hand[b][i] + 0.3 * np.tanh(a[i]) for i in range(H)]
        np.testing.assert_allclose(h[t], by_step.h, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(h[t], by_hand, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(end.h, h[-1] if T else state.h)
    for before, after in zip(copies, (x, state.h, y_before), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_feedback_it_is_the_leaky_cell(dtype):
    params = network(I=3, H=6, K=0, dtype=dtype, alpha=0.4)
    x, state, _ = batch(9, 2, 3, 6, 0, dtype)
    same = leaky.LeakyParams(params.W_ih, params.W_hh, params.b, params.alpha)
    expected, last, _ = leaky.forward(same, x, leaky.LeakyState(state.h), lengths=[9, 4])
    h, end = esn.forward(params, x, state, lengths=[9, 4])
    assert h.dtype == end.h.dtype == dtype
    tolerance = 20 * np.finfo(dtype).eps
    np.testing.assert_allclose(h, expected, atol=tolerance)
    np.testing.assert_allclose(end.h, last.h, atol=tolerance)


@steady
@given(T=st.integers(1, 6), B=sizes, K=st.integers(0, 2), data=st.data())
def test_padding_changes_nothing(T, B, K, data):
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    params = network(K=K)
    x, state, y_before = batch(T, B, 2, 5, K)
    for b, n in enumerate(lengths):
        x[n:, b] = y_before[n:, b] = np.nan
    h, end = esn.forward(params, x, state, y_before=y_before, lengths=lengths)
    for b, n in enumerate(lengths):
        own_x, own_y = (array[:n, b : b + 1] for array in (x, y_before))
        first = esn.ESNState(state.h[b : b + 1])
        expected, last = esn.forward(params, own_x, first, y_before=own_y)
        np.testing.assert_allclose(h[:n, b], expected[:, 0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(end.h[b], last.h[0], rtol=1e-12, atol=1e-14)
        assert not h[n:, b].any()


def test_a_split_run_is_the_whole_run():
    params = network()
    x, state, y_before = batch(8, 3, 2, 5, 1)
    whole, end = esn.forward(params, x, state, y_before=y_before)
    first, middle = esn.forward(params, x[:3], state, y_before=y_before[:3])
    second, last = esn.forward(params, x[3:], middle, y_before=y_before[3:])
    np.testing.assert_allclose(np.concatenate([first, second]), whole, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(last.h, end.h, rtol=1e-13, atol=1e-15)


@steady
@given(H=st.integers(1, 12), connections=st.integers(1, 14), radius=st.sampled_from([0.0, 0.9, 2]))
def test_the_reservoir_is_sparse_and_has_its_radius(H, connections, radius):
    W = esn.init(draw(H, connections), 1, H, radius=radius, connections=connections).W_hh
    if radius:
        assert (np.count_nonzero(W, axis=1) == min(connections, H)).all()
    eigenvalues = np.roots(np.poly(W)) if H < 6 else np.linalg.eigvals(W)
    assert np.abs(eigenvalues).max(initial=0) == pytest.approx(radius, rel=1e-3)
    assert esn.spectral_radius(W) == pytest.approx(radius, rel=1e-9)


def test_scales_bound_the_weights():
    params = esn.init(
        draw(0), 3, 200, 2, input_scale=0.5, feedback_scale=0.1, bias_scale=2.0, alpha=0.25
    )
    for array, scale in ((params.W_ih, 0.5), (params.W_oh, 0.1), (params.b, 2.0)):
        assert 0.9 * scale < np.abs(array).max() <= scale
        assert abs(array.mean()) < 0.2 * scale
    assert params.alpha.tolist() == [0.25] * 200


def gaps(radius, alpha, T=600):
    """How far two runs are apart that differ in their first state alone, over time."""
    params = esn.init(draw(1), 1, 60, radius=radius, alpha=alpha, bias_scale=0.0)
    x = np.repeat(0.1 * draw(2).standard_normal((T, 1, 1)), 2, axis=1)
    start = esn.ESNState(draw(3).uniform(-1, 1, (2, 60)))
    h, _ = esn.forward(params, x, start)
    return np.abs(h[:, 0] - h[:, 1]).max(axis=1)


@pytest.mark.parametrize("alpha", [1.0, 0.3])
@pytest.mark.parametrize("radius", [0.3, 0.8, 0.95])
def test_below_radius_one_the_first_state_is_forgotten(radius, alpha):
    gap = gaps(radius, alpha)
    assert gap[0] > 0.1
    assert gap[-1] < 1e-3 * gap[0]


def test_above_radius_one_a_small_difference_grows():
    for radius, grows in ((1.3, True), (0.7, False)):
        params = esn.init(draw(1), 1, 60, radius=radius, bias_scale=0.0)
        start = esn.ESNState(1e-3 * np.array([[0.0], [1.0]]) * np.ones(60))
        h, _ = esn.forward(params, np.zeros((600, 2, 1)), start)
        assert not h[:, 0].any()  # rest stays at rest without input or bias
        assert (np.abs(h[-1, 1]).max() > 0.1) == grows


def regression(T=12, B=3, H=4, K=2):
    rng = draw(T, B, H, K)
    return rng.standard_normal((T, B, H)), rng.standard_normal((T, B, K))


@pytest.mark.parametrize("penalty", [1e-6, 0.1, 10.0])
@pytest.mark.parametrize("lengths", [None, [12, 7, 3]])
def test_ridge_solves_the_normal_equations(penalty, lengths):
    h, y = regression()
    if lengths:
        for b, n in enumerate(lengths):
            h[n:, b] = y[n:, b] = np.nan
    readout = esn.ridge(h, y, penalty, washout=2, lengths=lengths)
    rows = [(t, b) for b in range(3) for t in range(2, lengths[b] if lengths else 12)]
    A = np.array([[*h[t, b], 1.0] for t, b in rows])
    Y = np.array([y[t, b] for t, b in rows])
    free = penalty * np.diag([1, 1, 1, 1, 0])  # the bias is not penalised
    expected = np.linalg.solve(A.T @ A + free, A.T @ Y)
    np.testing.assert_allclose(readout.W_ho.T, expected[:4], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(readout.b_o, expected[4], rtol=1e-9, atol=1e-12)


def test_ridge_stands_nearly_equal_states():
    h, _ = regression(T=60, B=1)
    h[..., 3] = h[..., 2] + 1e-7 * h[..., 3]  # HᵀH would have a condition of about 1e14
    y = h @ np.array([[1.0], [2.0], [-3.0], [3.0]])
    fitted, _ = linear.forward(esn.ridge(h, y, 0.0), h)
    np.testing.assert_allclose(fitted, y, atol=1e-12)
    h[..., 3] = h[..., 2]
    W = esn.ridge(h, y, 0.0).W_ho[0]
    assert W[2] == pytest.approx(W[3], abs=1e-9)  # of all that fit, the smallest


def test_ridge_keeps_float32_and_computes_in_float64():
    h, y = (array.astype(np.float32) for array in regression())
    readout = esn.ridge(h, y, 0.1)
    assert {array.dtype for array in readout} == {np.dtype(np.float32)}
    exact = esn.ridge(h.astype(float), y.astype(float), 0.1)
    for got, expected in zip(readout, exact, strict=True):
        np.testing.assert_array_equal(got, expected.astype(np.float32))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_free_running_is_forcing_by_its_own_output(dtype):
    params = network(I=2, H=5, K=2, dtype=dtype)
    x, state, y_before = batch(7, 3, 2, 5, 2, dtype)
    readout = linear.init(draw(4), 5, 2, dtype=dtype)
    o, end = esn.generate(params, readout, x, state, y_before[0])
    assert o.dtype == dtype
    forced = np.concatenate([y_before[:1], o[:-1]])
    h, last = esn.forward(params, x, state, y_before=forced)
    tolerance = 20 * np.finfo(dtype).eps
    np.testing.assert_allclose(o, linear.forward(readout, h)[0], atol=tolerance)
    np.testing.assert_allclose(end.h, last.h, atol=tolerance)


def mackey_glass_nrmse84(seed):
    """Jaeger's protocol: fit on 2,000 of 3,000 steps; 50 runs of 1,000 forced and 84 free."""
    rng = draw(seed)
    series = data.mackey_glass(rng, 3001)
    params = esn.init(rng, 0, 400, 1, radius=0.886, alpha=0.44, connections=5)
    h, _ = esn.forward(params, np.zeros((3000, 1, 0)), y_before=series[:-1])
    readout = esn.ridge(h, series[1:], penalty=1e-14, washout=1000)
    tests = data.mackey_glass(rng, 1085, 50)
    _, state = esn.forward(params, np.zeros((1000, 50, 0)), y_before=tests[:1000])
    o, _ = esn.generate(params, readout, np.zeros((84, 50, 0)), state, tests[1000])
    return np.sqrt(np.mean((o[83] - tests[1084]) ** 2) / tests.var())


def test_mackey_glass_is_continued_as_well_as_published():
    # Jaeger (2001) prints 0.00028; seeds 0 to 9 gave 0.00010 to 0.00071, chance is 1
    assert mackey_glass_nrmse84(0) < 0.003


P = network()
X, S, Y = batch(4, 3, 2, 5, 1)
R = linear.init(draw(0), 5, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: esn.init(draw(0), -1, 5), "input_size must be 0 or more, got -1"),
        (lambda: esn.init(draw(0), 1, 0), "hidden_size must be at least 1, got 0"),
        (lambda: esn.init(draw(0), 1, 5, -2), "feedback_size must be 0 or more, got -2"),
        (lambda: esn.init(draw(0), 1, 5, connections=0), "connections must be at least 1, got 0"),
        (lambda: esn.init(draw(0), 1, 5, radius=-1), "radius must be 0 or more and finite, got -1"),
        (lambda: esn.init(draw(0), 1, 5, bias_scale=np.nan), "bias_scale must be 0 or more"),
        (lambda: esn.init(draw(0), 1, 5, alpha=0), "alpha must be above 0 and at most 1, got 0"),
        (lambda: esn.init(draw(0), 1, 5, dtype=int), "dtype must be floating"),
        (lambda: esn.spectral_radius(X), "W must have shape (H, H), got (4, 3, 2)"),
        (lambda: esn.forward(P, X, S), "y_before must be given, for W_oh has shape (5, 1)"),
        (lambda: esn.forward(P, X, S, y_before=Y[1:]), "y_before must have shape (4, 3, 1)"),
        (lambda: esn.forward(P, X[..., :1], S, y_before=Y), "x must have shape (T, B, 2)"),
        (lambda: esn.forward(P, X * np.inf, S, y_before=Y), "x[0, 0, 0] must be finite"),
        (lambda: esn.forward(P, X, S, y_before=Y * np.nan), "y_before[0, 0, 0] must be finite"),
        (lambda: esn.forward(P, X.astype("f4"), S, y_before=Y), "x has dtype float32, but the"),
        (lambda: esn.forward(P, X, S, y_before=Y.astype("f4")), "y_before has dtype float32"),
        (lambda: esn.forward(P, X, esn.ESNState(S.h[1:]), y_before=Y), "state.h must have shape"),
        (lambda: esn.forward(P, X, S, y_before=Y, lengths=[5, 1, 1]), "lengths[0] must lie"),
        (lambda: esn.forward(P._replace(b=P.b[1:]), X, S, y_before=Y), "ESNParams.b must have"),
        (lambda: esn.ridge(X, Y[1:], 1.0), "y must have shape (4, 3, K) (T and B as in h)"),
        (lambda: esn.ridge(X, Y, -1.0), "penalty must be 0 or more and finite, got -1.0"),
        (lambda: esn.ridge(X, Y, 1.0, washout=-1), "washout must be 0 or more, got -1"),
        (lambda: esn.ridge(X, Y, 1.0, washout=4), "at least one step, got 4 of T = 4"),
        (lambda: esn.ridge(X * np.nan, Y, 1.0), "h, beyond washout,[0, 0] must be finite"),
        (lambda: esn.generate(P, R, X, S, Y), "y_before must have shape (3, 1)"),
        (lambda: esn.generate(P, R, X, S, Y[0].astype("f4")), "y_before has dtype float32"),
        (lambda: esn.generate(P, linear.init(draw(0), 6, 1), X, S, Y[0]), "LinearParams.W_ho must"),
    ],
)  # fmt: skip
def test_esn_refuses(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
