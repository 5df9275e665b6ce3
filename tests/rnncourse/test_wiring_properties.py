"""What holds for bidirectional and deep networks alike: gradients, padding, batches, PyTorch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import (
    _tree,
    check_gradients,
    elman,
    gradcheck,
    gru,
    lstm,
    network,
    skip,
    slstm,
    tdnn,
)
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep

COMBINE = ["concatenate", "sum", "product"]

steady = settings(derandomize=True, deadline=None, max_examples=30)
sizes = st.tuples(st.integers(0, 6), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))
CAUSAL = [
    Deep(lstm, layers=1),
    Deep(gru, layers=3),
    Deep([elman, slstm, gru]),
    Deep([lstm, Deep([elman, gru])], residual=True),
    Deep([lstm, gru], residual=True),
]
BOTH_WAYS = [
    Bidirectional(elman),
    *(Bidirectional(lstm, how) for how in COMBINE),
    Bidirectional(gru, "sum"),
    Bidirectional(slstm, "product"),
    Bidirectional(skip.with_delay(2), "product"),
    Bidirectional(tdnn),
]
NETS = [
    *CAUSAL,
    *BOTH_WAYS,
    Deep(Bidirectional(lstm)),
    Deep([Bidirectional(gru), Bidirectional(slstm, "product")]),
    Deep([Bidirectional(elman, "sum"), Bidirectional(elman, "sum")], residual=True),
    Deep([tdnn, lstm], residual=True),
]
each_net = pytest.mark.parametrize("net", NETS, ids=str)


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


def loss_of(net, case, lengths):
    """A loss of a padded batch that every path counts in, and where to take it."""
    params, x, d_h, state, d_end = case

    def loss(at):
        h, end, _ = net.forward(*at, lengths=lengths)
        return (d_h * h).sum() + sum(map(np.sum, map(np.multiply, leaves(d_end), leaves(end))))

    return loss, (params, x, state)


def report_of(net, case, lengths):
    """What the gradient check says of a padded batch."""
    _, _, d_x, grads, d_start = run(net, *case, lengths)
    return gradcheck.compare(*loss_of(net, case, lengths), (grads, d_x, d_start))


@each_net
def test_every_gradient(net):
    report = check_gradients(net, 3, 2, 1, 2)
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@pytest.mark.parametrize("net", [NETS[3], *BOTH_WAYS[1:5], *NETS[-3:]], ids=str)
def test_every_gradient_of_a_padded_batch(net):
    report = report_of(net, draw(net, (2, 3, 1, 2)), [2, 0, 1])
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@steady
@given(size=sizes, net=st.sampled_from(NETS), data=st.data())
def test_a_padded_batch_is_its_sequences_one_by_one(size, net, data):
    T, B, _, _ = size
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    params, x, d_h, state, d_end = draw(net, size)
    beyond = np.arange(T)[:, None] >= np.array(lengths)
    x[beyond], d_h[beyond] = np.nan, np.inf
    h, end, d_x, grads, d_start = run(net, params, x, d_h, state, d_end, lengths)
    assert not h[beyond].any()
    assert not d_x[beyond].any()
    total = _tree.apply(np.zeros_like, params)
    for b, n in enumerate(lengths):
        one = of_rows((state, d_end), [b])
        alone = run(net, params, x[:n, [b]], d_h[:n, [b]], *one)
        mine = h[:n, [b]], of_rows(end, [b]), d_x[:n, [b]], alone[3], of_rows(d_start, [b])
        assert all_close(mine, alone)
        total = _tree.apply(np.add, total, alone[3])
    assert all_close(total, grads)


@steady
@given(size=sizes, net=st.sampled_from(CAUSAL), data=st.data())
def test_two_parts_that_carry_the_state_are_the_whole(size, net, data):
    cut = data.draw(st.integers(0, size[0]))
    params, x, d_h, state, d_end = draw(net, size)
    h1, middle, first = net.forward(params, x[:cut], state)
    h2, end, second = net.forward(params, x[cut:], middle)
    d_x2, grads2, d_middle = net.backward(second, d_h[cut:], d_end)
    d_x1, grads1, d_start = net.backward(first, d_h[:cut], d_middle)
    parts = np.concatenate([h1, h2]), end, np.concatenate([d_x1, d_x2])
    grads = _tree.apply(np.add, grads1, grads2)
    assert all_close((*parts, grads, d_start), run(net, params, x, d_h, state, d_end))


@each_net
def test_the_order_of_the_batch_does_not_matter(net):
    params, x, d_h, state, d_end = draw(net)
    order, lengths = [2, 0, 1], np.array([5, 1, 3])
    h, end, d_x, grads, d_start = run(net, params, x, d_h, state, d_end, lengths)
    moved = of_rows((state, d_end), order)
    other = run(net, params, x[:, order], d_h[:, order], *moved, lengths[order])
    expected = h[:, order], of_rows(end, order), d_x[:, order], grads, of_rows(d_start, order)
    assert all_close(expected, other)


@each_net
@pytest.mark.parametrize(("T", "B"), [(0, 2), (3, 0)])
def test_no_steps_and_no_sequences(net, T, B):
    params, x, d_h, state, d_end = draw(net, (T, B, 2, 4))
    h, end, d_x, grads, d_start = run(net, params, x, d_h, state, d_end)
    assert (h.shape[:2], d_x.shape) == ((T, B), (T, B, 2))
    assert not any(map(np.any, leaves(grads)))
    if T == 0:
        assert all_close((end, d_start), (state, d_end))


@each_net
@pytest.mark.parametrize("lengths", [None, [2, 5, 0]], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_precision_and_the_inputs(net, dtype, lengths):
    case = draw(net, dtype=dtype)
    before = [array.copy() for array in leaves(case)]
    for array in leaves(case):
        array.flags.writeable = False
    results = run(net, *case, lengths)
    assert {array.dtype for array in leaves(results)} == {np.dtype(dtype)}
    assert all(map(np.array_equal, leaves(case), before))
    params, x, d_h, state, d_end = case
    strided = np.asfortranarray(x), np.ascontiguousarray(d_h.swapaxes(0, 1)).swapaxes(0, 1)
    again = run(net, params, *strided, state, d_end, lengths)
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    for one, two in zip(leaves(results), leaves(again), strict=True):
        assert np.allclose(one, two, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("net", [Deep(lstm), *BOTH_WAYS[1:3], *NETS[-4:]], ids=str)
def test_a_whole_network(net):
    rng = np.random.default_rng(0)
    params = network.init(net, rng, 2, 3, 4)
    x, y = rng.standard_normal((4, 3, 2)), rng.integers(4, size=(4, 3))
    o, _ = network.predict(net, params, x, lengths=[4, 0, 2])
    assert o.shape == (4, 3, 4)
    loss, grads, _ = network.loss_and_gradients(net, params, x, y, lengths=[4, 0, 2])
    better = _tree.apply(lambda p, g: p - 1e-6 * g, params, grads)
    fallen = loss - network.loss_and_gradients(net, better, x, y, lengths=[4, 0, 2])[0]
    assert fallen == pytest.approx(1e-6 * sum((g**2).sum() for g in leaves(grads)), rel=1e-4)
