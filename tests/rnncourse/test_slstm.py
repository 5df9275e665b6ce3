"""Known answers of the sLSTM: its mean, its scale that cancels, its refusal."""

import numpy as np
import pytest

from rnncourse import slstm
from rnncourse.slstm import SLSTMParams, SLSTMState


def test_without_the_scale_it_is_the_same_network():
    """The equations with plain exp, which small numbers allow."""
    rng = np.random.default_rng(0)
    params = slstm.init(rng, 3, 4)
    x = rng.standard_normal((6, 2, 3))
    h = c = n = np.zeros((2, 4))
    for h_t, x_t in zip(slstm.forward(params, x)[0], x, strict=True):
        a_i, a_f, a_g, a_o = np.split(x_t @ params.W_ih.T + h @ params.W_hh.T + params.b, 4, axis=1)
        f = 1 / (1 + np.exp(-a_f))
        c, n = f * c + np.exp(a_i) * np.tanh(a_g), f * n + np.exp(a_i)
        h = c / n / (1 + np.exp(-a_o))
        assert np.allclose(h, h_t, rtol=0, atol=1e-14)


def test_an_exponential_gate_revises_what_a_thousand_steps_have_stored():
    """i = exp(4 x₁), f = 1: one input of weight exp(40) against a thousand of weight 1."""
    W_ih = np.array([[4.0, 0], [0, 0], [0, 1], [0, 0]])
    params = SLSTMParams(W_ih, np.zeros((4, 1)), np.array([0.0, 99, 0, 99]))
    x = np.zeros((1001, 1, 2))
    x[:1000, 0, 1], x[1000, 0] = 0.5, (10.0, -0.5)
    h = slstm.forward(params, x)[0].ravel()
    assert h[999] == pytest.approx(np.tanh(0.5))
    assert h[1000] == pytest.approx(-np.tanh(0.5))


def test_gates_that_would_overflow_do_not():
    params = SLSTMParams(np.ones((4, 1)), np.zeros((4, 1)), np.zeros(4))
    x = np.array([1e5, -1e5, 1e5, 0.0]).reshape(4, 1, 1)
    h, end, cache = slstm.forward(params, x)
    d_x, _, _ = slstm.backward(cache, np.ones_like(h))
    assert np.isfinite([*h.ravel(), *np.ravel(end), *d_x.ravel()]).all()
    assert np.abs(h).max() <= 1


def test_refuses_a_count_below_zero():
    params = slstm.init(np.random.default_rng(0), 1, 1)
    wrong = SLSTMState(*np.zeros((2, 1, 1)), np.array([[-0.5]]), np.zeros((1, 1)))
    with pytest.raises(ValueError, match=r"state\.n must not be negative.*got -0\.5"):
        slstm.forward(params, np.zeros((2, 1, 1)), wrong)
