"""Known answers and equalities between the gated cells and their forms."""

import numpy as np
import pytest

from rnncourse import (
    gru,
    gru_before,
    lstm,
    lstm_concat,
    lstm_coupled,
    lstm_peephole,
    mingru,
    minlstm,
    scan,
)


def normal(*shape):
    return np.random.default_rng(shape).standard_normal(shape)


def close(a, b):
    return np.allclose(a, b, rtol=0, atol=1e-14)


def test_the_concatenated_form_is_the_same_network():
    params = lstm.init(np.random.default_rng(1), 3, 4)
    form = lstm_concat.concat_form(params)
    assert form.W_C.shape == (4, 7)
    x, state = normal(2, 3), lstm.LSTMState(*normal(2, 2, 4))
    ours, theirs = lstm.step(params, x, state)[0], lstm_concat.step(form, x, state)
    assert close(ours.h, theirs.h)
    assert close(ours.c, theirs.c)
    for before, after in zip(params, lstm_concat.from_concat(form), strict=True):
        assert np.array_equal(before, after)


def test_the_concatenated_form_refuses_a_matrix_of_another_shape():
    form = lstm_concat.concat_form(lstm.init(np.random.default_rng(1), 3, 4))
    with pytest.raises(
        ValueError, match=r"ConcatParams.W_o must have shape \(4, 7\), got \(4, 6\)"
    ):
        lstm_concat.from_concat(form._replace(W_o=form.W_o[:, 1:]))


def test_peepholes_of_zero_change_nothing():
    params = lstm.init(np.random.default_rng(1), 3, 4)
    x, zero = normal(6, 2, 3), np.zeros(4)
    h = lstm_peephole.forward(lstm_peephole.PeepholeParams(*params, zero, zero, zero), x)[0]
    assert close(h, lstm.forward(params, x)[0])


def test_a_coupled_gate_is_an_input_gate_with_the_signs_turned():
    """1 - σ(a) = σ(-a): with those rows the full LSTM does what the coupled one does."""
    params = lstm_coupled.init(np.random.default_rng(1), 3, 4)
    full = lstm.LSTMParams(*(np.concatenate([-w[:4], w]) for w in params))
    x = normal(6, 2, 3)
    assert close(lstm.forward(full, x)[0], lstm_coupled.forward(params, x)[0])


def test_where_the_reset_stands_matters_and_does_not_where_it_is_open():
    params = gru_before.init(np.random.default_rng(1), 3, 4)
    after = gru.GRUParams(*params, b_hn=np.zeros(4))
    x = normal(6, 2, 3)
    assert not np.allclose(gru.forward(after, x)[0], gru_before.forward(params, x)[0], atol=1e-3)
    open_reset = params.b + np.repeat([99.0, 0, 0], 4)
    after, before = after._replace(b=open_reset), params._replace(b=open_reset)
    assert close(gru.forward(after, x)[0], gru_before.forward(before, x)[0])


@pytest.mark.parametrize("cell", [gru, gru_before], ids=["after", "before"])
def test_the_other_z_is_one_minus_ours(cell):
    """As many texts have it: h = (1 - z) h[t-1] + z n, written out for a reset that is open."""
    params = cell.init(np.random.default_rng(1), 3, 4)
    params = params._replace(b=params.b + np.repeat([99.0, 0, 0], 4))
    theirs = gru_before.swap_kept(params)
    (_, W_iz, W_in), (_, W_hz, W_hn) = (np.split(W, 3) for W in theirs[:2])
    _, b_z, b_n = np.split(theirs.b, 3)
    extra = params.b_hn if cell is gru else 0
    x, h = normal(3), normal(4)
    z = 1 / (1 + np.exp(-(b_z + W_hz @ h + W_iz @ x)))
    n = np.tanh(b_n + W_hn @ h + extra + W_in @ x)
    state = type(cell.forward(params, np.zeros((0, 1, 3)))[1])(h[None])
    assert close(cell.step(params, x[None], state)[0].h[0], (1 - z) * h + z * n)
    for once, twice in zip(params, gru_before.swap_kept(theirs), strict=True):
        assert np.array_equal(once, twice)


def test_an_open_gate_carries_cell_and_gradient_over_a_thousand_steps():
    H = 3
    bias = np.repeat([-99.0, 99.0, 0.0, 99.0], H)
    params = lstm.init(np.random.default_rng(1), 2, H)._replace(b=bias)
    start = lstm.LSTMState(np.zeros((1, H)), np.array([[0.1, -2.0, 0.7]]))
    h, end, cache = lstm.forward(params, normal(1000, 1, 2), start)
    assert np.array_equal(end.c, start.c)
    d_end = lstm.LSTMState(np.zeros((1, H)), np.array([[1.0, 2.0, 3.0]]))
    assert np.array_equal(lstm.backward(cache, np.zeros_like(h), d_end)[2].c, d_end.c)


@pytest.mark.parametrize(("bias", "kept"), [(1.0, 0.731), (0.0, 0.5)])
def test_the_forget_bias_of_a_new_network(bias, kept):
    params = lstm.init(np.random.default_rng(1), 2, 3, forget_bias=bias)
    assert params.b[3:6].tolist() == [bias] * 3
    rest = lstm.LSTMParams(0 * params.W_ih, 0 * params.W_hh, params.b)
    start = lstm.LSTMState(np.zeros((1, 3)), np.full((1, 3), 100.0))
    c = lstm.step(rest, np.zeros((1, 2)), start)[0].c
    assert c / 100 == pytest.approx(kept, abs=0.01)


@pytest.mark.parametrize("cell", [mingru, minlstm], ids=["mingru", "minlstm"])
def test_every_scan_gives_the_same_network(cell):
    params = cell.init(np.random.default_rng(1), 3, 4)
    x, d_h = normal(37, 2, 3), normal(37, 2, 4)
    results = []
    for method in scan.METHODS:
        h, end, cache = cell.forward(params, x, method=method, lengths=[37, 20])
        d_x, grads, d_state = cell.backward(cache, d_h)
        results.append([h, end.h, d_x, *grads, d_state.h])
    for other in results[1:]:
        assert all(
            np.allclose(a, b, rtol=0, atol=1e-12) for a, b in zip(results[0], other, strict=True)
        )


def test_two_shut_gates_share_the_unit_by_how_far_they_are_shut():
    shut = minlstm.MinLSTMParams(np.zeros((3, 1)), np.array([-2000.0, -2001.0, 0.0]))
    state, _ = minlstm.step(shut, np.zeros((1, 1)), minlstm.MinLSTMState(np.ones((1, 1))))
    assert state.h[0, 0] == pytest.approx(1 / (1 + np.exp(-1)))


def test_mingru_is_the_other_gru_without_recurrent_weights_but_for_the_tanh():
    """Small inputs, where tanh is the identity; z there is the kept part, here the new one."""
    params = mingru.init(np.random.default_rng(1), 3, 4)
    params = params._replace(b=0 * params.b)
    W_z, W_n = np.split(params.W_ih, 2)
    W_ih = np.concatenate([W_z, -W_z, W_n])
    full = gru_before.GRUBeforeParams(W_ih, np.zeros((12, 4)), np.zeros(12))
    x = 1e-4 * normal(6, 2, 3)
    ours, theirs = mingru.forward(params, x)[0], gru_before.forward(full, x)[0]
    assert np.abs(ours - theirs).max() < 1e-7 * np.abs(theirs).max()
