"""Deep networks: layers by hand, paths around them, what may stand between, broken on purpose."""

import inspect
import re
import textwrap
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rnncourse import (
    _tree,
    check_gradients,
    deep,
    elman,
    gradcheck,
    gru,
    lstm,
    nn,
)
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep, DeepParams, DeepState
from rnncourse.dropout import Dropout, with_masks


def leaves(tree):
    return [array for _, array in _tree.leaves(tree)]


def all_close(ours, theirs):
    ours, theirs = leaves(ours), leaves(theirs)
    assert len(ours) == len(theirs)
    return all(np.allclose(a, b, rtol=1e-12, atol=1e-13) for a, b in zip(ours, theirs, strict=True))


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


def of_rows(tree, rows):
    return _tree.apply(lambda part: part[rows], tree)


@pytest.mark.parametrize("residual", [False, True])
def test_is_what_the_chapter_writes(residual):
    net = Deep([lstm, gru, elman], residual=residual)
    params, x, _, state, _ = draw(net)
    h1, end1, _ = lstm.forward(params.layers[0], x, state.layers[0])
    h2, end2, _ = gru.forward(params.layers[1], h1, state.layers[1])
    u2 = h1 + h2 if residual else h2  # none around the lowest: it reads 2 and puts out 4
    h3, end3, _ = elman.forward(params.layers[2], u2, state.layers[2])
    h, end, _ = net.forward(params, x, state)
    assert np.array_equal(h, u2 + h3 if residual else h3)
    assert all_close(end, DeepState((end1, end2, end3)))


def test_one_layer_is_the_cell_itself():
    params, x, d_h, state, d_end = draw(Deep(lstm, layers=1))
    ours = leaves(run(Deep(lstm, layers=1), params, x, d_h, state, d_end))
    theirs = leaves(run(lstm, params.layers[0], x, d_h, state.layers[0], d_end.layers[0]))
    assert all(map(np.array_equal, ours, theirs))


def test_layers_that_say_nothing_leave_a_residual_net_the_identity():
    net = Deep(elman, layers=20, residual=True)
    params, x, d_h, _, _ = draw(net, (5, 3, 4, 4))
    silent = _tree.apply(np.zeros_like, params)
    h, end, d_x, _, _ = run(net, silent, x, d_h)
    assert np.array_equal(h, x)
    assert np.array_equal(d_x, d_h)
    assert not any(map(np.any, leaves(end)))


def test_how_many_weights():
    I, H = 3, 5
    counts = {
        Deep(lstm): 4 * H * (I + H + 1) + 4 * H * (H + H + 1),
        Deep(Bidirectional(gru), layers=3): 2 * 3 * H * (I + H + 1)
        + 2 * (2 * 3 * H * (2 * H + H + 1))
        + 6 * H,  # b_hn of every direction
    }
    for net, count in counts.items():
        params = net.init(np.random.default_rng(0), I, H)
        assert sum(array.size for array in leaves(params)) == count


def test_time_reversal_of_a_deep_net():
    """Of a deep net whose directions are added: turn the input, swap the directions everywhere."""
    net = Deep(Bidirectional(gru, "sum"), layers=3)
    params, x, d_h, _, _ = draw(net)
    swapped = DeepParams(tuple(type(p)(p.backward, p.forward) for p in params.layers))
    h, _, d_x, _, _ = run(net, params, x, d_h)
    other, _, d_other, _, _ = run(net, swapped, x[::-1], d_h[::-1])
    assert all_close((h[::-1], d_x[::-1]), (other, d_other))


# a layer of the reader's own: no weights, no state
doubling = SimpleNamespace(
    init=lambda rng, I, H, *, dtype=float: (),
    forward=lambda params, x, state=None, *, lengths=None: (2 * x, None, None),
    backward=lambda cache, d_h, d_state=None: (2 * d_h, (), None),
)


@pytest.mark.parametrize("residual", [False, True])
def test_any_layer_may_stand_between(residual):
    net = Deep([lstm, doubling, gru], residual=residual)
    params, x, _, _, _ = draw(net)
    assert params.layers[1] == ()
    h1 = lstm.forward(params.layers[0], x)[0]
    h2 = gru.forward(params.layers[2], 2 * h1)[0]
    assert np.array_equal(net.forward(params, x)[0], 2 * h1 + h2 if residual else h2)
    assert check_gradients(net, 3, 1, 1, 2).worst < 1e-13


def test_dropout_between_layers():
    net = with_masks(Deep([lstm, Dropout(0.5), gru], residual=True), np.random.default_rng(0))
    assert check_gradients(net, 3, 1, 1, 2).worst < 1e-13
    case, lengths = draw(net, (3, 2, 1, 2)), [3, 2]
    _, _, d_x, grads, d_start = run(net, *case, lengths)
    report = gradcheck.compare(*loss_of(net, case, lengths), (grads, d_x, d_start))
    assert report.worst < 1e-13, report


def test_the_reading_takes_an_output_layer():
    module = nn.Network(nn.Deep([nn.LSTM(2, 3), nn.Bidirectional(nn.GRU(3, 4), nn.GRU(3, 4))]), 5)
    assert module(torch.zeros(6, 1, 2))[0].shape == (6, 1, 5)
    assert module.W_ho.shape == (5, 8)


def test_refusals():
    net = Deep([lstm, gru])
    params, x, d_h, state, d_end = draw(net)
    _, _, cache = net.forward(params, x)
    two, rng = state.layers, np.random.default_rng(0)
    pair = [nn.LSTM(2, 3), nn.LSTM(3, 4)]
    for call, message in [
        (lambda: Deep([]), "a deep network must have at least 1 layer, got 0"),
        (lambda: Deep(lstm, layers=0), "a deep network must have at least 1 layer, got 0"),
        (lambda: Deep([lstm], layers=2), "layers must be left out beside a list, got 2"),
        (lambda: Deep([lstm, np]), "layer 1 must have init, forward and backward as rnncourse.elm"),
        (lambda: Deep("lstm"), "cell must have init, forward and backward as rnncourse.elman has"),
        (
            lambda: Deep(lstm, 1, residual=True).init(rng, 2, 3),
            "residual must be False: no layer is",
        ),
        (lambda: Deep(lstm, 1, residual=True).forward(DeepParams(params[0][:1]), x), "residual mu"),
        (
            lambda: nn.Deep(pair, residual=True)(torch.zeros(5, 1, 2)),
            "residual must be False: no l",
        ),
        (lambda: nn.Deep([]), "a deep network must have at least 1 layer, got 0"),
        (lambda: nn.Deep(pair)(torch.zeros(5, 2)), "x must have shape (T, B, I), got (5, 2)"),
        (lambda: net.forward(params[0], x), "params must be a DeepParams, got tuple"),
        (lambda: net.forward(params, x[0]), "x must have shape (T, B, I), got (3, 2)"),
        (lambda: net.forward(params, x[:, :, :1]), "layer 0: x must have shape (T, B, 2) (I as in"),
        (lambda: net.forward(params, x, lengths=[6, 0, 0]), "lengths[0] must lie between 0 and T"),
        (lambda: net.forward(params, x, two[0]), "state must be a DeepState, got LSTMState"),
        (lambda: net.forward(params, x, DeepState(two[:1])), "state.layers must have 2 parts, one"),
        (lambda: net.forward(DeepParams(params[0][:1]), x), "params.layers must have 2 parts, one"),
        (
            lambda: net.forward(params, x, DeepState((two[0], of_rows(two[1], [0])))),
            "layer 1: state.h must have shape (3, 4)",
        ),
        (lambda: net.backward(cache, d_h[1:]), "d_h must have shape (5, 3, 4) (that of h), got (4"),
        (lambda: net.backward(cache, d_h, d_end.layers), "d_state must be a DeepState, got tuple"),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()


MISTAKES = [
    ("backward", "d_u + d_x if cache.around[k] else d_x", "d_x"),
    ("backward", "d_u + d_x if cache.around[k] else d_x", "d_u - d_x if cache.around[k] else d_x"),
    ("backward", "d_u + d_x if cache.around[k] else d_x", "d_u if cache.around[k] else d_x"),
    ("backward", "d_u + d_x if cache.around[k]", "d_h + d_x if cache.around[k]"),
    ("backward", "d_u + d_x if cache.around[k]", "d_u + d_x if cache.around[-k]"),
    ("backward", "grads[::-1]", "grads"),
    ("backward", "d_starts[::-1]", "d_starts"),
    ("backward", "reversed(range(len(self.stack)))", "range(len(self.stack))"),
    ("backward", "d_u, d_ends[k]", "d_u, None"),
    ("backward", "d_u, d_ends[k]", "d_h, d_ends[k]"),
    ("backward", "cache.layers[k], d_u", "cache.layers[k], -d_u"),
    ("backward", "return d_u,", "return d_x,"),
]


def loss_of(net, case, lengths):
    """A loss of a padded batch that every path counts in, and where to take it."""
    params, x, d_h, state, d_end = case

    def loss(at):
        h, end, _ = net.forward(*at, lengths=lengths)
        return (d_h * h).sum() + sum(map(np.sum, map(np.multiply, leaves(d_end), leaves(end))))

    return loss, (params, x, state)


@pytest.fixture(scope="module")
def measured():
    """A padded case, and its gradients by the complex step."""
    net = Deep([elman, Bidirectional(gru), elman, elman], residual=True)
    case, lengths = draw(net, (3, 2, 2, 2)), [3, 2]
    d_params, d_x, d_state = gradcheck.complex_step(*loss_of(net, case, lengths))
    return (net, *case, lengths), leaves((d_x, d_params, d_state))


def worst(ours, true):
    pairs = list(zip(ours, true, strict=True))
    if any(a.shape != b.shape for a, b in pairs):
        return np.inf
    return max(np.abs(a - b).max() / np.abs(b).max() for a, b in pairs)


def test_the_measure_finds_no_mistake_where_there_is_none(measured):
    case, true = measured
    assert worst(leaves(run(*case)[2:]), true) < 1e-13


@pytest.mark.parametrize(("function", "right", "wrong"), MISTAKES, ids=str)
def test_the_check_notices_each_mistake(function, right, wrong, measured, monkeypatch):
    source = textwrap.dedent(inspect.getsource(getattr(Deep, function)))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(deep))
    exec(source.replace(right, wrong), scope)
    monkeypatch.setattr(Deep, function, scope[function])
    case, true = measured
    try:
        found = leaves(run(*case)[2:])
    except (ValueError, AttributeError, TypeError):
        return  # layers of other widths or kinds were mixed up
    assert worst(found, true) > 1e-3
