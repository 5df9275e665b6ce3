"""Bidirectional networks: both directions by hand, turned around, converted, broken on purpose."""

import inspect
import re
import textwrap

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import (
    _tree,
    bidirectional,
    elman,
    gradcheck,
    gru,
    lstm,
    network,
    nn,
    optim,
    slstm,
)
from rnncourse.bidirectional import Bidirectional, BidirectionalParams, BidirectionalState

steady = settings(derandomize=True, deadline=None, max_examples=20)
sizes = st.tuples(st.integers(0, 6), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))
COMBINE = ["concatenate", "sum", "product"]
each_way = pytest.mark.parametrize("how", COMBINE)


def leaves(tree):
    return [array for _, array in _tree.leaves(tree)]


def close(ours, theirs):
    return np.allclose(ours, theirs, rtol=1e-12, atol=1e-13)


def all_close(ours, theirs):
    ours, theirs = leaves(ours), leaves(theirs)
    return len(ours) == len(theirs) and all(map(close, ours, theirs))


def draw(net, size=(5, 3, 2, 4), dtype=np.float64):
    """Weights, inputs, a loss's gradient, a state in which the net can be, gradient by its end."""
    T, B, I, H = size
    rng = np.random.default_rng(size)

    def normal(*shape):
        return rng.standard_normal(shape).astype(dtype)

    params = net.init(rng, I, H, dtype=dtype)
    _, state, _ = net.forward(params, normal(3, B, I))
    x = normal(T, B, I)
    d_h = normal(*net.forward(params, x)[0].shape)
    return params, x, d_h, state, _tree.apply(lambda part: normal(*part.shape), state)


def run(net, params, x, d_h, state=None, d_end=None, lengths=None):
    """Outputs, the end, the gradients by x, by the weights, by the start."""
    h, end, cache = net.forward(params, x, state, lengths=lengths)
    return h, end, *net.backward(cache, d_h, d_end)


def by_hand(net, params, x, state):
    """One sequence, both directions written out; how each step's outputs meet is the caller's."""
    forth, (end_f), _ = net.cell.forward(params.forward, x, state.forward)
    back, end_b, _ = net.cell.forward(params.backward, x[::-1].copy(), state.backward)
    return forth, back[::-1], BidirectionalState(end_f, end_b)


@each_way
def test_is_what_the_chapter_writes(how):
    net = Bidirectional(lstm, how)
    params, x, _, state, _ = draw(net)
    h, end, _ = net.forward(params, x, state)
    forth, back, ends = by_hand(net, params, x, state)
    for t in range(5):
        if how == "concatenate":
            expected = np.concatenate([forth[t], back[t]], axis=-1)
        else:
            expected = forth[t] + back[t] if how == "sum" else forth[t] * back[t]
        assert np.array_equal(h[t], expected)
    assert all_close(end, ends)


def test_a_sum_by_hand():
    # with w = u = 1 and tanh nearly the identity, h[t] adds up the steps to t and those from t
    one = elman.scalar(w=1.0, u=1.0).params
    x = np.array([1.0, 2.0, 4.0]).reshape(3, 1, 1) * 1e-6
    h, end, _ = Bidirectional(elman, "sum").forward(BidirectionalParams(one, one), x)
    assert h.ravel() * 1e6 == pytest.approx([1 + 7, 3 + 6, 7 + 4], rel=1e-9)
    assert [float(part.h[0, 0]) * 1e6 for part in end] == pytest.approx([7, 7], rel=1e-9)
    padded = np.concatenate([x, np.full((2, 1, 1), np.nan)])
    h, _, _ = Bidirectional(elman, "sum").forward(
        BidirectionalParams(one, one), padded, lengths=[3]
    )
    assert h.ravel() * 1e6 == pytest.approx([8, 9, 11, 0, 0], rel=1e-9)


@steady
@given(
    size=sizes, data=st.data(), cell=st.sampled_from([elman, gru, slstm]), symmetric=st.booleans()
)
def test_time_reversal(size, data, cell, symmetric):
    """Turn the input and swap the directions: what comes out, and comes back, is turned."""
    net = Bidirectional(cell, "sum" if symmetric else "product")
    T, B, _, _ = size
    lengths = np.array(data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B)), int)
    params, x, d_h, state, d_end = draw(net, size)

    def turned(array):
        result = np.zeros_like(array)
        for b, n in enumerate(lengths):
            result[:n, b] = array[:n, b][::-1]
        return result

    def swapped(tree):
        return type(tree)(*reversed(tree))

    h, end, d_x, grads, d_start = run(net, params, x, d_h, state, d_end, lengths)
    other = run(
        net, swapped(params), turned(x), turned(d_h), swapped(state), swapped(d_end), lengths
    )
    assert close(turned(h), other[0])
    assert close(turned(d_x), other[2])
    for mine, theirs in [(end, other[1]), (grads, other[3]), (d_start, other[4])]:
        assert all_close(swapped(mine), theirs)


TORCH = pytest.mark.parametrize("cell", [elman, lstm, gru], ids=["elman", "lstm", "gru"])


@TORCH
def test_conversion_is_exact(cell):
    net = Bidirectional(cell)
    params = draw(net)[0]
    again = net.from_torch(net.to_torch(params))
    assert all(map(np.array_equal, leaves(params), leaves(again)))
    single, double = net.to_torch(params), Bidirectional(cell, "sum")
    with pytest.raises(ValueError, match=r"combine must be 'concatenate' in torch\.nn, got 'sum'"):
        double.to_torch(params)
    with pytest.raises(ValueError, match="layer must lie between 0 and 0, got 1"):
        net.from_torch(single, layer=1)
    with pytest.raises(ValueError, match="module must have bidirectional=True, got False"):
        net.from_torch(cell.to_torch(params.forward))
    other = net.init(np.random.default_rng(0), 2, 3)
    with pytest.raises(ValueError, match=r"params must fit one module of torch\.nn, wanted"):
        net.to_torch(params._replace(backward=other.backward))


def test_a_cell_that_torch_nn_lacks_is_not_converted():
    with pytest.raises(ValueError, match=r"cell must be one that torch\.nn has too.* got slstm"):
        Bidirectional(slstm).from_torch(torch.nn.LSTM(2, 3, bidirectional=True))


@pytest.mark.parametrize(("how", "width"), [("concatenate", 4), ("sum", 2), ("product", 2)])
def test_a_whole_network(how, width):
    net, rng = Bidirectional(gru, how), np.random.default_rng(0)
    params = network.init(net, rng, 2, 2, 3)
    assert params.out.W_ho.shape == (3, width)
    x, y = rng.standard_normal((3, 2, 2)), rng.integers(3, size=(3, 2))

    def loss(at):
        inputs = x.astype(at.out.b_o.dtype)
        return network.loss_and_gradients(net, at, inputs, y, lengths=[3, 2])[0]

    _, grads, _ = network.loss_and_gradients(net, params, x, y, lengths=[3, 2])
    assert gradcheck.compare(loss, params, grads).worst < 1e-13


def test_the_future_is_seen_in_one_direction_only_where_there_is_one():
    """A net that reads from the left cannot name the next input, one that reads both ways can."""

    def right(cell):
        rng, adam = np.random.default_rng(0), optim.Adam(lr=0.03)
        params = network.init(cell, rng, 2, 8, 2)
        for _ in range(60):
            ids = rng.integers(2, size=(11, 16))
            _, grads, _ = network.loss_and_gradients(cell, params, np.eye(2)[ids[:-1]], ids[1:])
            params = adam.step(params, grads)
        o, _ = network.predict(cell, params, np.eye(2)[ids[:-1]])
        return (o.argmax(axis=2) == ids[1:])[:-1].mean()

    assert right(elman) < 0.65  # a guess: 0.5
    assert right(Bidirectional(elman)) == 1


def test_refusals():
    net = Bidirectional(lstm)
    params, x, d_h, state, d_end = draw(net)
    _, _, cache = net.forward(params, x)
    for call, message in [
        (lambda: Bidirectional(np), "cell must have init, forward and backward as rnncourse.elman"),
        (lambda: Bidirectional(lstm, "mean"), "combine must be one of 'concatenate', 'sum', 'prod"),
        (lambda: nn.Bidirectional(None, None, combine="mean"), "combine must be one of 'concaten"),
        (lambda: net.forward(params[0], x), "params must be a BidirectionalParams, got LSTMPa"),
        (lambda: net.forward(params, x[0]), "x must have shape (T, B, I), got (3, 2)"),
        (lambda: net.forward(params, x[:, :, :1]), "forward: x must have shape (T, B, 2) (I as in"),
        (lambda: net.forward(params, x * np.nan), "forward: x[0, 0, 0] must be finite, got nan"),
        (lambda: net.forward(params, x, lengths=[6, 0, 0]), "lengths[0] must lie between 0 and T"),
        (lambda: net.forward(params, x, state[0]), "state must be a BidirectionalState, got LSTMS"),
        (
            lambda: net.forward(params, x, state._replace(backward=state.forward._replace(h=x))),
            "backward: state.h must have shape (3, 4)",
        ),
        (lambda: net.backward(cache, d_h[1:]), "d_h must have shape (5, 3, 8) (that of h), got (4"),
        (lambda: net.backward(cache, d_h.astype("f4")), "d_h has dtype float32, but h has float64"),
        (lambda: net.backward(cache, d_h, d_end[1]), "d_state must be a BidirectionalState, got L"),
        (lambda: net.init(np.random.default_rng(0), 0, 3), "input_size must be at least 1, got 0"),
        (lambda: nn.Bidirectional(*(nn.GRU(2, 3),) * 2)(torch.zeros(4, 2)), "x must have shape (T"),
        (
            lambda: nn.Bidirectional(*(nn.GRU(2, 3),) * 2)(torch.zeros(4, 1, 2), None, [5]),
            "lengths must lie between 0 and T = 4, got [5]",
        ),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()


MISTAKES = [
    ("backward", "np.split(d_h, 2, axis=2)", "np.split(d_h, 2, axis=2)[::-1]"),
    ("backward", "b * d_h, f * d_h", "f * d_h, b * d_h"),
    ("backward", "b * d_h, f * d_h", "d_h, d_h"),
    ("backward", "b * d_h, f * d_h", "b * d_h, -f * d_h"),
    ("backward", "d_f = d_b = d_h", "d_f = d_b = d_h / 2"),
    ("backward", "d_f = d_b = d_h", "d_f, d_b = d_h, 0 * d_h"),
    ("backward", "cache.back, _turned(d_b, cache.lengths)", "cache.back, d_b"),
    ("backward", "cache.back, _turned(d_b, cache.lengths)", "cache.back, d_b[::-1]"),
    ("backward", "cache.back, _turned", "cache.forth, _turned"),
    ("backward", "d_x_f + _turned(d_x_b, cache.lengths)", "d_x_f + d_x_b"),
    ("backward", "d_x_f + _turned(d_x_b, cache.lengths)", "d_x_f + d_x_b[::-1]"),
    ("backward", "d_x_f + _turned(d_x_b, cache.lengths)", "d_x_f - _turned(d_x_b, cache.lengths)"),
    ("backward", "d_x_f + _turned(d_x_b, cache.lengths)", "d_x_f"),
    ("backward", "BidirectionalParams(grads_f, grads_b)", "BidirectionalParams(grads_b, grads_f)"),
    ("backward", "State(d_start_f, d_start_b)", "State(d_start_b, d_start_f)"),
    ("backward", "d_f, d_end.forward)", "d_f, d_end.backward)"),
    ("backward", "d_end.backward\n", "None\n"),
]


@pytest.fixture(scope="module")
def measured():
    """For each way to combine: a padded case, and its gradients by the complex step."""
    cases = []
    for how in COMBINE:
        net, lengths = Bidirectional(lstm, how), [4, 2]
        params, x, d_h, state, d_end = draw(net, (4, 2, 2, 2))

        def loss(at, net=net, d_h=d_h, d_end=d_end, lengths=lengths):
            h, end, _ = net.forward(*at, lengths=lengths)
            return (d_h * h).sum() + sum(map(np.sum, map(np.multiply, leaves(d_end), leaves(end))))

        d_params, d_x, d_state = gradcheck.complex_step(loss, (params, x, state))
        case = net, params, x, d_h, state, d_end, lengths
        cases.append((case, leaves((d_x, d_params, d_state))))
    return cases


def worst(ours, true):
    pairs = list(zip(ours, true, strict=True))
    if any(a.shape != b.shape for a, b in pairs):
        return np.inf
    return max(np.abs(a - b).max() / np.abs(b).max() for a, b in pairs)


def test_the_measure_finds_no_mistake_where_there_is_none(measured):
    for case, true in measured:
        assert worst(leaves(run(*case)[2:]), true) < 1e-13


@pytest.mark.parametrize(("function", "right", "wrong"), MISTAKES, ids=str)
def test_the_check_notices_each_mistake(function, right, wrong, measured, monkeypatch):
    source = textwrap.dedent(inspect.getsource(getattr(Bidirectional, function)))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(bidirectional))
    exec(source.replace(right, wrong), scope)
    monkeypatch.setattr(Bidirectional, function, scope[function])
    assert max(worst(leaves(run(*case)[2:]), true) for case, true in measured) > 1e-3
