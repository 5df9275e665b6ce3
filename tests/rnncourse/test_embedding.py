"""Embeddings: one-hot vectors times E, every gradient, padding, a large lexicon, mistakes."""

import inspect
import re
import textwrap
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import _tree, check_gradients, elman, embedding, gradcheck, gru, lstm, nn, tcn
from rnncourse.bidirectional import Bidirectional
from rnncourse.data.one_hot import one_hot
from rnncourse.deep import Deep
from rnncourse.dropout import Dropout
from rnncourse.embedding import Embedded, EmbeddedParams
from rnncourse.pooling import Pooled

steady = settings(derandomize=True, deadline=None, max_examples=25)
sizes = st.tuples(st.integers(0, 6), st.integers(1, 4), st.integers(1, 5), st.integers(1, 3))
NETS = [
    Embedded(lstm, size=2),
    Embedded(Deep([Dropout(0.5), gru, elman], residual=True), size=3),
    Embedded(Bidirectional(elman, "product"), size=1),
    Embedded(Pooled(Bidirectional(gru), "mean"), size=2),
    Embedded(Deep([lstm, Pooled(gru)]), size=2),
]
each_net = pytest.mark.parametrize("net", NETS, ids=str)


def leaves(tree):
    return [array for _, array in _tree.leaves(tree)]


def all_close(ours, theirs, tolerance=1e-12):
    ours, theirs = leaves(ours), leaves(theirs)
    assert len(ours) == len(theirs)
    pairs = zip(ours, theirs, strict=True)
    return all(np.allclose(a, b, rtol=tolerance, atol=tolerance) for a, b in pairs)


def draw(net, size=(5, 3, 4, 3), dtype=np.float64):
    """Weights, class numbers, a loss's gradient, a state, and the gradient by the state's end."""
    T, B, V, H = size
    rng = np.random.default_rng(size)

    def normal(*shape):
        return rng.standard_normal(shape).astype(dtype)

    params = net.init(rng, V, H, dtype=dtype)
    _, state, _ = net.forward(params, rng.integers(V, size=(3, B)))
    x = rng.integers(V, size=(T, B))
    d_h = normal(*net.forward(params, x)[0].shape)
    return params, x, d_h, state, _tree.apply(lambda part: normal(*part.shape), state)


def run(net, params, x, d_h, state=None, d_end=None, lengths=None):
    """Outputs, the end, the gradients by the weights and by the start."""
    h, end, cache = net.forward(params, x, state, lengths=lengths)
    d_x, *slopes = net.backward(cache, d_h, d_end)
    assert d_x is None
    return h, end, *slopes


def by_one_hot(net, params, x, d_h, state, d_end, lengths=None):
    """The same by the inner network on one-hot vectors times E."""
    vectors = one_hot(x, len(params.E), dtype=params.E.dtype)
    h, end, cache = net.cell.forward(params.cell, vectors @ params.E, state, lengths=lengths)
    d_v, grads, d_start = net.cell.backward(cache, d_h, d_end)
    d_E = np.einsum("tbv,tbd->vd", vectors, d_v)
    return h, end, EmbeddedParams(d_E, grads), d_start


@each_net
@pytest.mark.parametrize("lengths", [None, [5, 0, 2]], ids=str)
def test_is_one_hot_vectors_times_E(net, lengths):
    case = draw(net)
    assert all_close(run(net, *case, lengths), by_one_hot(net, *case, lengths))


def test_a_sum_by_hand():
    E = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    v, cache = embedding.forward(E, [[2, 0], [2, 7]], lengths=[2, 1])
    assert v.tolist() == [[[5, 6], [1, 2]], [[5, 6], [0, 0]]]
    d_v = np.array([[[1.0, 10.0], [2.0, 20.0]], [[4.0, 40.0], [np.nan, np.inf]]])
    assert embedding.backward(cache, d_v).tolist() == [[2, 20], [0, 0], [5, 50]]


@each_net
def test_every_gradient(net):
    report = check_gradients(net, 3, 2, 3, 2)
    assert report.exact[0].name == "E"
    assert not any(row.name == "x" for row in report.exact)
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@steady
@given(size=sizes, net=st.sampled_from(NETS), data=st.data())
def test_a_padded_batch_is_its_sequences_one_by_one(size, net, data):
    T, B, V, _ = size
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    params, x, d_h, state, d_end = draw(net, size)
    x[np.arange(T)[:, None] >= np.array(lengths)] = data.draw(st.sampled_from([-1, V, 10**12]))
    h, end, grads, d_start = run(net, params, x, d_h, state, d_end, lengths)
    total = _tree.apply(np.zeros_like, params)
    for b, n in enumerate(lengths):
        one = _tree.apply(lambda part, b=b: part[[b]], (state, d_end))
        steps = slice(1 if net.pools else n)
        alone = run(net, params, x[:n, [b]], d_h[steps, [b]], *one)
        rows = _tree.apply(lambda part, b=b: part[[b]], (end, d_start))
        assert all_close((h[steps, [b]], *rows), (*alone[:2], alone[3]))
        total = _tree.apply(np.add, total, alone[2])
    assert all_close(total, grads)


@each_net
@pytest.mark.parametrize(("T", "B"), [(0, 2), (3, 0)])
def test_no_steps_and_no_sequences(net, T, B):
    params, x, d_h, state, d_end = draw(net, (T, B, 4, 3))
    h, _, grads, d_start = run(net, params, x, d_h, state, d_end)
    assert h.shape[:2] == (1 if net.pools else T, B)
    assert not any(map(np.any, leaves(grads)))
    if T == 0:
        assert all_close(d_start, d_end)


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
    params, x, *rest = case
    strided = np.asfortranarray(x.astype(np.int16))
    assert all_close(
        results, run(net, params._replace(E=np.asfortranarray(params.E)), strided, *rest, [2, 5, 0])
    )


def test_a_large_lexicon_costs_no_one_hot_vectors():
    V, D, T, B = 20_000, 4, 20, 20
    rng = np.random.default_rng(0)
    E, x = embedding.init(rng, V, D), rng.integers(V, size=(T, B))
    tracemalloc.start()
    v, cache = embedding.forward(E, x)
    forth = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    embedding.backward(cache, v)
    back = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert forth < 8 * v.nbytes  # a one-hot vector for each step: 64 MB
    assert back < 8 * v.nbytes + E.nbytes


def test_the_wrapper_answers_as_the_network_within():
    assert [Embedded(net, 2).causal for net in (lstm, Bidirectional(lstm))] == [True, False]
    assert [Embedded(net, 2).pools for net in (lstm, Pooled(lstm))] == [False, True]
    assert [Embedded(net, 2).carries for net in (lstm, tcn)] == [True, False]
    assert repr(NETS[3]) == "Embedded(Pooled(Bidirectional(gru), 'mean'), size=2)"


def test_refuses_what_it_cannot_do():
    net, rng = Embedded(lstm, size=2), np.random.default_rng(0)
    params = net.init(rng, 5, 3)
    E, bad = params.E, params._replace(E=np.full((5, 2), np.nan))
    _, cache = embedding.forward(E, [[1], [2]])
    x = np.zeros((4, 2), int)
    for call, message in [
        (lambda: embedding.forward(E, [[0, 5]]), "x[0, 1] must lie between 0 and K - 1 = 4, got 5"),
        (
            lambda: embedding.forward(E, [[0], [-1]]),
            "x[1, 0] must lie between 0 and K - 1 = 4, got",
        ),
        (
            lambda: net.forward(params, x + 0.5),
            "x must hold class numbers as integers, got dtype fl",
        ),
        (
            lambda: net.forward(params, x > 0),
            "x must hold class numbers as integers, got dtype bool",
        ),
        (
            lambda: net.forward(params, one_hot(x, 5)),
            "x must have shape (T, B) (class numbers), got",
        ),
        (lambda: net.forward(params, x, lengths=[1, 5]), "lengths[1] must lie between 0 and T = 4"),
        (lambda: net.forward(bad, x), "E[x][0, 0, 0] must be finite, got nan"),
        (lambda: net.forward(params.cell, x), "params must be a EmbeddedParams, got LSTMParams"),
        (lambda: embedding.forward(E[0], x), "E must have shape (V, D), got (2,)"),
        (
            lambda: embedding.forward(x, x),
            "E must have a floating dtype such as float64, got int64",
        ),
        (
            lambda: embedding.backward(cache, E),
            "d_v must have shape (2, 1, 2) (that of v), got (5, 2)",
        ),
        (
            lambda: embedding.backward(cache, np.ones((2, 1, 2), "f4")),
            "d_v has dtype float32, but E",
        ),
        (lambda: embedding.init(rng, 0, 2), "classes must be at least 1, got 0"),
        (
            lambda: embedding.init(rng, 5, 2, dtype=int),
            "dtype must be floating, such as fl",
        ),
        (lambda: Embedded(lstm, size=0), "size must be at least 1, got 0"),
        (
            lambda: Embedded(np, size=2),
            "cell must have init, forward and backward as rnncourse.elman",
        ),
        (
            lambda: Embedded(net, size=2),
            "cell must read vectors, got Embedded(lstm, size=2), which",
        ),
        (
            lambda: Deep([net, lstm]),
            "layer 0 must read vectors, got Embedded(lstm, size=2), which re",
        ),
        (
            lambda: Bidirectional(net),
            "cell must read vectors, got Embedded(lstm, size=2), which rea",
        ),
        (lambda: Pooled(net), "class numbers: let it stand around the whole network"),
        (lambda: nn.Embedded(nn.LSTM(2, 3), 0), "input_size must be at least 1, got 0"),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()


# (where, function, right, wrong)
MISTAKES = [
    (embedding, "backward", "np.add.at(d_E, places", "np.subtract.at(d_E, places"),
    (embedding, "backward", "np.add.at(d_E, places.ravel(), _wiring.zeroed(d_v, real).ravel())",
     "d_E[places.ravel()] = _wiring.zeroed(d_v, real).ravel()"),
    (embedding, "backward", "np.add.at(d_E, places.ravel(), _wiring.zeroed(d_v, real).ravel())",
     "d_E[places.ravel()] += _wiring.zeroed(d_v, real).ravel()"),
    (embedding, "backward", "* D + np.arange(D)", "* D + np.arange(D)[::-1]"),
    (embedding, "backward", "* D + np.arange(D)", "+ V * np.arange(D)"),
    (embedding, "backward", "numbers[:, :, None]", "numbers[::-1, :, None]"),
    (embedding, "backward", "_wiring.zeroed(d_v, real)", "_wiring.zeroed(d_v, None)"),
    (embedding, "backward", "_wiring.zeroed(d_v, real)", "_wiring.zeroed(d_v[:, ::-1], real)"),
    (embedding, "backward", "_wiring.zeroed(d_v, real)", "_wiring.zeroed(0 * d_v, real)"),
    (Embedded, "backward", "backward(cache.vectors, d_v)", "-backward(cache.vectors, d_v)"),
    (Embedded, "backward", "cache.cell, d_h, d_state", "cache.cell, d_h, None"),
    (Embedded, "backward", "cache.cell, d_h, d_state", "cache.cell, 0 * d_h, d_state"),
    (Embedded, "forward", "v, state, lengths", "v, None, lengths"),
]  # fmt: skip


@pytest.fixture(scope="module")
def expected():
    """A case of the function with its sums by loops, one of a network with its complex steps."""
    rng = np.random.default_rng(0)
    x, d_v, lengths = rng.integers(3, size=(6, 3)), rng.standard_normal((6, 3, 2)), [6, 0, 3]
    d_E = np.zeros((3, 2))
    for t, b in np.ndindex(x.shape):
        if t < lengths[b]:
            d_E[x[t, b]] += d_v[t, b]
    params, numbers, d_h, state, d_end = draw(NETS[0], (4, 2, 3, 2))

    def loss(at):
        h, end, _ = NETS[0].forward(at[0], numbers, at[1])
        return (d_h * h).sum() + sum(map(np.sum, map(np.multiply, leaves(d_end), leaves(end))))

    slopes = gradcheck.complex_step(loss, (params, state))
    return (x, d_v, lengths, d_E), (params, numbers, d_h, state, d_end), slopes


def all_right(expected):
    (x, d_v, lengths, d_E), case, slopes = expected
    _, cache = embedding.forward(np.ones((3, 2)), x, lengths=lengths)
    return all_close(embedding.backward(cache, d_v), d_E) and all_close(
        run(NETS[0], *case)[2:], slopes
    )


@pytest.mark.parametrize(("where", "function", "right", "wrong"), MISTAKES, ids=str)
def test_each_mistake_is_noticed(where, function, right, wrong, expected, monkeypatch):
    assert all_right(expected)
    source = textwrap.dedent(inspect.getsource(getattr(where, function)))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    made = {}  # apart from the module, whose own `backward` the method calls
    exec(source.replace(right, wrong), dict(vars(embedding)), made)
    monkeypatch.setattr(where, function, made[function])
    assert not all_right(expected)
