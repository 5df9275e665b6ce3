"""Jacobians of a step against known answers, finite differences and the chapter's way back."""

import re

import numpy as np
import pytest

from rnncourse import (
    bidirectional,
    clockwork,
    deep,
    dropout,
    elman,
    gru,
    looking,
    lru,
    lstm,
    lstm_peephole,
    mlstm,
    relu_rnn,
    rtrl,
    skip,
    slstm,
    tcn,
    zoneout,
)

CELLS = [elman, gru, lstm, lstm_peephole, lru, skip, slstm, mlstm]


def draw(cell, T=5, B=2, I=2, H=4, seed=0):
    rng = np.random.default_rng(seed)
    return cell.init(rng, I, H), rng.standard_normal((T, B, I))


def flat(state):
    return np.concatenate([part.reshape(len(part), -1) for part in state], axis=1)


def test_elman_is_w_by_the_slope_of_tanh():
    params, x = draw(elman)
    J = looking.jacobians(elman, params, x)
    h, _, _ = elman.forward(params, x)
    expected = (1 - h**2)[..., None] * params.W_hh
    assert np.allclose(J, expected, rtol=1e-13)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.__name__.rpartition(".")[2])
def test_equals_finite_differences_of_the_state(cell):
    params, x = draw(cell)
    _, start, _ = cell.forward(params, x)  # a state that the cell can be in
    J = looking.jacobians(cell, params, x, start)
    at, size = start, 1e-6
    for t in range(len(x)):
        numbers = flat(at)
        shapes = [part.shape[1:] for part in at]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]

        def after(moved, t=t, at=at, shapes=shapes, ends=ends):
            parts = np.split(moved, ends, axis=1)
            parts = [p.reshape(len(p), *s) for p, s in zip(parts, shapes, strict=True)]
            return flat(cell.forward(params, x[t : t + 1], type(at)(*parts))[1])

        for n in range(numbers.shape[1]):
            step = np.zeros_like(numbers)
            step[:, n] = size * np.maximum(1, np.abs(numbers[:, n]))
            slope = (after(numbers + step) - after(numbers - step)) / (2 * step[:, n : n + 1])
            assert J[t, :, :, n] == pytest.approx(slope, rel=2e-6, abs=2e-8)
        _, at, _ = cell.forward(params, x[t : t + 1], at)


@pytest.mark.parametrize("cell", [elman, lstm, gru], ids=["elman", "lstm", "gru"])
def test_equals_step_backward_and_what_rtrl_carries_forward(cell):
    params, x = draw(cell, T=3)
    J = looking.jacobians(cell, params, x)
    _, at, _ = cell.forward(params, x[:0])
    influence = rtrl.start(params, at)
    before = influence
    for t in range(3):
        _, cache = cell.step(params, x[t], at)
        for n in range(J.shape[-1]):
            unit = np.zeros((2, J.shape[-1]))
            unit[:, n] = 1
            d_state = type(at)(*np.split(unit, len(at), axis=1))
            row = flat(cell.step_backward(params, cache, d_state)[1])
            assert J[t, :, n] == pytest.approx(row, rel=1e-12, abs=1e-15)
        # with P[t] = J P[t-1] + D, the same D for any P: two of them differ by J times their own
        zero = rtrl.start(params, at)
        direct = rtrl.step(cell, params, x[t], at, zero)[1]
        at, influence = rtrl.step(cell, params, x[t], at, before)
        carried = np.einsum("bmn,bn...->bm...", J[t], before.W_hh)
        assert influence.W_hh == pytest.approx(direct.W_hh + carried, rel=1e-11, abs=1e-14)
        before = influence


def test_a_linear_network_has_the_powers_of_its_matrix():
    rng = np.random.default_rng(1)
    W = rng.standard_normal((3, 3)) / 3
    params = relu_rnn.ReLUParams(np.zeros((3, 1)), np.abs(W), np.ones(3))  # always above zero
    P = looking.products(looking.jacobians(relu_rnn, params, np.zeros((6, 2, 1))))
    for k in range(7):
        expected = np.linalg.matrix_power(np.abs(W), k)
        assert P[k, 0] == pytest.approx(expected, rel=1e-12)
        assert np.array_equal(P[k, 0], P[k, 1])


def test_an_orthogonal_matrix_keeps_every_length():
    Q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((5, 5)))
    params = elman.ElmanParams(np.zeros((5, 1)), Q, np.zeros(5))
    J = looking.jacobians(elman, params, np.zeros((20, 1, 1)))  # h stays 0, where tanh' is 1
    assert looking.singular_values(looking.products(J)) == pytest.approx(1, rel=1e-12)
    assert np.abs(looking.eigenvalues(J)) == pytest.approx(1, rel=1e-12)
    assert looking.spectral_radius(J) == pytest.approx(1, rel=1e-12)


def test_the_identity_has_eigenvalue_one():
    params = elman.ElmanParams(np.zeros((2, 1)), np.eye(2), np.zeros(2))
    J = looking.jacobians(elman, params, np.zeros((1, 1, 1)))
    assert looking.eigenvalues(J).tolist() == [[[1, 1]]]


def test_a_cell_that_keeps_has_a_block_of_ones():
    keep = lstm.LSTMParams(np.zeros((4, 1)), np.zeros((4, 1)), np.array([-99.0, 99.0, 0.0, 99.0]))
    J = looking.jacobians(lstm, keep, np.zeros((4, 1, 1)))
    assert J[:, 0].tolist() == [[[0, 1], [0, 1]]] * 4  # ∂h/∂c = o tanh'(c) = 1 at 0, ∂c/∂c = f
    assert looking.spectral_radius(looking.products(J)).tolist() == [[1]] * 5


def test_eigenvalues_come_by_size_and_singular_values_may_be_larger():
    M = np.array([[0.1, 7.0, 0], [0, -0.9, 0], [0, 0, 0.5]]) * 1e-20
    assert (looking.eigenvalues(M) * 1e20).real == pytest.approx([-0.9, 0.5, 0.1])
    assert looking.singular_values(M)[0] > 7e-20
    assert looking.spectral_radius(np.stack([M, 2 * M])) * 1e20 == pytest.approx([0.9, 1.8])


def test_beyond_its_end_a_sequence_keeps_its_state():
    params, x = draw(lstm)
    x[3:, 0] = np.nan
    J = looking.jacobians(lstm, params, x, lengths=[3, 5])
    assert np.array_equal(J[3:, 0], np.tile(np.eye(8), (2, 1, 1)))
    alone = looking.jacobians(lstm, params, x[:3, :1])
    assert J[:3, 0] == pytest.approx(alone[:, 0], rel=1e-12)


@pytest.mark.parametrize(
    "net", [deep.Deep(lstm), zoneout.Zoneout(gru, {"h": 0.3})], ids=["deep", "zoneout"]
)
def test_wrappers_carry_nested_states(net):
    params, x = draw(net, H=3)
    P = looking.products(looking.jacobians(net, params, x))
    _, start, _ = net.forward(params, x[:0])
    h, end, cache = net.forward(params, x)
    # the gradient by the initial state, of every number of the last one at once
    ones = looking._copies.unflat(np.ones((2, P.shape[-1])), end)
    _, _, d_start = net.backward(cache, np.zeros_like(h), ones)
    expected = looking._copies.flat(d_start)
    assert expected.shape == looking._copies.flat(start).shape
    assert P[-1].sum(axis=1) == pytest.approx(expected, rel=1e-11, abs=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [(0, 2), (3, 0), (1, 1)], ids=str)
def test_small_sizes_keep_shape_and_dtype(size, dtype):
    params = gru.init(np.random.default_rng(0), 1, 1, dtype=dtype)
    J = looking.jacobians(gru, params, np.ones((*size, 1), dtype))
    assert J.shape == (*size, 1, 1)
    assert J.dtype == looking.products(J).dtype == looking.singular_values(J).dtype == dtype
    assert looking.products(J).shape == (size[0] + 1, size[1], 1, 1)
    assert np.iscomplexobj(looking.eigenvalues(J))


def test_the_clock_of_a_clockwork_is_no_part_that_moves():
    params, x = draw(clockwork)
    J = looking.jacobians(clockwork, params, x)
    assert not J[:, :, :4, 4].any()


def random_layer():
    net = deep.Deep([lstm, dropout.Dropout(0.5)])
    return dropout.with_masks(net, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p, x: looking.jacobians(bidirectional.Bidirectional(lstm), p, x), "causal"),
        (lambda p, x: looking.jacobians(tcn, tcn.init(np.random.default_rng(0), 2, 2), x),
         "cell must carry a state, got tcn"),
        (lambda p, x: looking.jacobians(lstm, p, x[0]), "x must have shape (T, B, I)"),
        (lambda p, x: looking.jacobians(lstm, p, x, lengths=[9, 0]), "lengths[0] must lie between"),
        (lambda p, x: looking.jacobians(lstm, p, x * np.nan), "must be finite"),
        (lambda p, x: looking.products(np.zeros((2, 3, 3))), "J must have shape (T, B, N, N)"),
        (lambda p, x: looking.products(np.zeros((1, 1, 2, 3))), "J must be square"),
        (lambda p, x: looking.products(np.full((9, 1, 1, 1), 1e200)), "got none at 2"),
        (lambda p, x: looking.eigenvalues(np.zeros((2, 3))), "M must be square"),
        (lambda p, x: looking.eigenvalues(np.zeros(3)), "M must have shape (N, N), got (3,)"),
        (lambda p, x: looking.eigenvalues(np.zeros((2, 0, 0))), "at least 1 by 1"),
        (lambda p, x: looking.singular_values(np.full((1, 1), np.inf)), "M[0, 0] must be finite"),
    ],
)  # fmt: skip
def test_refusals(call, message):
    params, x = draw(lstm)
    with pytest.raises(ValueError, match=re.escape(message)):
        call(params, x)


def test_random_masks_are_refused():
    net = random_layer()
    params, x = draw(net)
    with pytest.raises(ValueError, match="cell must give the same for the same input"):
        looking.jacobians(net, params, x)
