"""Networks of which one vector a sequence comes out: gradients, padding, where to pool, a task."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import _tree, check_gradients, elman, gradcheck, gru, lstm, network, optim, tdnn
from rnncourse.bidirectional import Bidirectional
from rnncourse.data.one_hot import one_hot
from rnncourse.deep import Deep
from rnncourse.dropout import Dropout, with_masks
from rnncourse.pooling import Pooled

steady = settings(derandomize=True, deadline=None, max_examples=25)
sizes = st.tuples(st.integers(0, 6), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))
NETS = [
    *(Pooled(lstm, how) for how in ("last", "mean", "max")),
    Pooled(Bidirectional(gru, "product"), "max"),
    Bidirectional(Pooled(lstm)),
    Bidirectional(Pooled(elman, "mean"), "product"),
    Deep([lstm, Pooled(gru, "mean")]),
    Deep([gru, Pooled(gru, "max"), Dropout(0.5), elman], residual=True),
    Deep(Pooled(tdnn)),
]
each_net = pytest.mark.parametrize("net", NETS, ids=str)


def leaves(tree):
    return [array for _, array in _tree.leaves(tree)]


def all_close(ours, theirs, tolerance=1e-12):
    ours, theirs = leaves(ours), leaves(theirs)
    assert len(ours) == len(theirs)
    pairs = zip(ours, theirs, strict=True)
    return all(np.allclose(a, b, rtol=tolerance, atol=tolerance) for a, b in pairs)


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


@each_net
def test_every_gradient_of_a_network(net):
    report = check_gradients(net, 3, 2, 1, 2)
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@each_net
def test_every_gradient_of_a_padded_batch(net):
    lengths = [2, 0, 1]
    params, x, d_h, state, d_end = draw(net, (2, 3, 1, 2))

    def loss(at):
        h, end, _ = net.forward(*at, lengths=lengths)
        real = np.array(lengths)[:, None] > 0  # what comes of an empty sequence does not count
        return (d_h * h * real).sum() + sum(
            map(np.sum, map(np.multiply, leaves(d_end), leaves(end)))
        )

    h, _, d_x, grads, d_start = run(net, params, x, d_h, state, d_end, lengths)
    report = gradcheck.compare(loss, (params, x, state), (grads, d_x, d_start))
    assert h.shape[:2] == (1, 3)
    assert not h[:, 1].any()
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@steady
@given(size=sizes, net=st.sampled_from(NETS), data=st.data())
def test_a_padded_batch_is_its_sequences_one_by_one(size, net, data):
    T, B, _, _ = size
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    params, x, d_h, state, d_end = draw(net, size)
    beyond = np.arange(T)[:, None] >= np.array(lengths)
    x[beyond] = np.nan
    d_h[:, np.array(lengths) == 0] = np.inf
    h, end, d_x, grads, d_start = run(net, params, x, d_h, state, d_end, lengths)
    assert not d_x[beyond].any()
    total = _tree.apply(np.zeros_like, params)
    for b, n in enumerate(lengths):
        one = of_rows((state, d_end), [b])
        alone = run(net, params, x[:n, [b]], d_h[:, [b]], *one)
        mine = h[:, [b]], of_rows(end, [b]), d_x[:n, [b]], alone[3], of_rows(d_start, [b])
        assert all_close(mine, alone)
        total = _tree.apply(np.add, total, alone[3])
    assert all_close(total, grads)


@each_net
def test_the_order_of_the_batch_does_not_matter(net):
    params, x, d_h, state, d_end = draw(net)
    order, lengths = [2, 0, 1], np.array([5, 1, 3])
    h, end, d_x, grads, d_start = run(net, params, x, d_h, state, d_end, lengths)
    moved = of_rows((state, d_end), order)
    other = run(net, params, x[:, order], d_h[:, order], *moved, lengths[order])
    assert all_close((h[:, order], of_rows(end, order), d_x[:, order], grads), other[:4])
    assert all_close(of_rows(d_start, order), other[4])


@each_net
@pytest.mark.parametrize(("T", "B"), [(0, 2), (3, 0)])
def test_no_steps_and_no_sequences(net, T, B):
    params, x, d_h, state, d_end = draw(net, (T, B, 2, 4))
    h, end, d_x, grads, d_start = run(net, params, x, d_h, state, d_end)
    assert (h.shape[:2], d_x.shape) == ((1, B), (T, B, 2))
    assert not any(map(np.any, [h, *leaves(grads)]))
    if T == 0:
        assert all_close((end, d_start), (state, d_end))


@each_net
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_precision_and_the_inputs(net, dtype):
    case = draw(net, dtype=dtype)
    before = [array.copy() for array in leaves(case)]
    for array in leaves(case):
        array.flags.writeable = False
    results = run(net, *case, [2, 5, 0])
    assert {array.dtype for array in leaves(results)} == {np.dtype(dtype)}
    assert all(map(np.array_equal, leaves(case), before))
    params, x, d_h, *rest = case
    again = run(net, params, np.asfortranarray(x), np.asfortranarray(d_h), *rest, [2, 5, 0])
    assert all_close(results, again, 1e-12 if dtype == np.float64 else 1e-5)


def test_the_last_of_both_directions_is_where_each_ended():
    net, lengths = Bidirectional(Pooled(lstm)), [5, 1, 3]
    params, x, _, _, _ = draw(net)
    h, end, _ = net.forward(params, x, lengths=lengths)
    assert np.array_equal(h[0], np.concatenate([end.forward.h, end.backward.h], axis=1))
    steps, _, _ = Bidirectional(lstm).forward(params, x, lengths=lengths)
    assert np.array_equal(h[0, :, 4:], steps[0, :, 4:])  # at the first step, from the right


@pytest.mark.parametrize(("how", "combine"), [("mean", "concatenate"), ("mean", "sum")])
def test_mean_pools_before_or_after_the_directions_meet(how, combine):
    within, around = (
        Bidirectional(Pooled(gru, how), combine),
        Pooled(Bidirectional(gru, combine), how),
    )
    params, x, d_h, state, d_end = draw(within)
    case = params, x, d_h, state, d_end, [5, 0, 2]
    assert all_close(run(within, *case), run(around, *case))


def test_the_top_of_a_deep_network_is_pooled_within_or_around():
    within, around = Deep([lstm, Pooled(gru, "max")]), Pooled(Deep([lstm, gru]), "max")
    case = draw(within)
    assert all_close(run(within, *case, [5, 0, 2]), run(around, *case, [5, 0, 2]))


def test_no_path_leads_around_what_pools():
    net = Deep([gru, Pooled(gru)], residual=True)
    rng = np.random.default_rng(0)
    params = net.init(rng, 3, 3)
    x = rng.standard_normal((1, 2, 3))  # one step: only the shapes would let a path through
    lower = x + gru.forward(params.layers[0], x)[0]
    assert all_close(net.forward(params, x)[0], gru.forward(params.layers[1], lower)[0])
    with pytest.raises(ValueError, match="residual must be False: no layer is as wide"):
        Deep([Pooled(gru)], residual=True).init(rng, 3, 3)


def test_dropout_within_takes_the_keys_of_training():
    net = Pooled(Deep([lstm, Dropout(0.5)]), "mean")
    params, x, _, _, _ = draw(net)
    one = with_masks(net, np.random.default_rng(1))
    assert one.cell.stack[1].key is not None
    assert not np.allclose(one.forward(params, x)[0], net.forward(params, x)[0])


@each_net
def test_a_whole_network(net):
    rng, lengths = np.random.default_rng(0), [4, 0, 2]
    params = network.init(net, rng, 2, 3, 4)
    x, y = rng.standard_normal((4, 3, 2)), np.array([[1, 99, 3]])  # no class for no steps
    x[1:, 1] = np.nan
    o, _ = network.predict(net, params, x, lengths=lengths)
    assert o.shape == (1, 3, 4)
    loss, grads, _ = network.loss_and_gradients(net, params, x, y, lengths=lengths)
    p = np.exp(o[0, [0, 2], [1, 3]]) / np.exp(o[0, [0, 2]]).sum(axis=1)
    assert loss == pytest.approx(-np.log(p).sum() / 3, rel=1e-12)
    better = _tree.apply(lambda p, g: p - 1e-6 * g, params, grads)
    fallen = loss - network.loss_and_gradients(net, better, x, y, lengths=lengths)[0]
    assert fallen == pytest.approx(1e-6 * sum((g**2).sum() for g in leaves(grads)), rel=1e-4)


def learnt(how):
    """Share of right answers to: which symbol came first? After 100 updates."""
    net, rng = Pooled(gru, how), np.random.default_rng(0)
    params, adam = network.init(net, rng, 4, 16, 4), optim.Adam(0.01)

    def batch(B):
        symbols = rng.integers(4, size=(30, B))
        return one_hot(symbols, 4), symbols[:1], rng.integers(15, 31, size=B)

    for _ in range(100):
        x, y, lengths = batch(32)
        _, grads, _ = network.loss_and_gradients(net, params, x, y, lengths=lengths)
        params = adam.step(params, grads)
    x, y, lengths = batch(300)
    o, _ = network.predict(net, params, x, lengths=lengths)
    return (o.argmax(axis=2) == y).mean()


def test_the_first_symbol_is_sooner_learnt_from_the_mean_than_from_the_last_state():
    assert learnt("mean") > 0.95
    assert learnt("last") < 0.35  # one of four: chance is 0.25
