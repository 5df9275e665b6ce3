"""Pooling: known answers, gradients, what is refused, and each mistake noticed."""

import inspect
import re
import textwrap
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import _tree, gradcheck, lstm, network, nn, pooling, truncated
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep
from rnncourse.encoder_decoder import EncoderDecoder
from rnncourse.language import sampling
from rnncourse.pooling import Pooled

HOW = ["last", "mean", "max"]
each_way = pytest.mark.parametrize("how", HOW)
steady = settings(derandomize=True, deadline=None, max_examples=25)
sizes = st.tuples(st.integers(0, 6), st.integers(1, 4), st.integers(1, 3))


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


def by_loops(h, d_v, how, lengths):
    """What the equations say, one sequence and one unit after the other."""
    v, d_h = np.zeros_like(d_v), np.zeros_like(h)
    for b, k in np.ndindex(d_v.shape):
        n = lengths[b]
        mine = h[:n, b, k].tolist()
        if not n:
            continue
        if how == "mean":
            v[b, k], d_h[:n, b, k] = sum(mine) / n, d_v[b, k] / n
        else:
            t = n - 1 if how == "last" else mine.index(max(mine))
            v[b, k], d_h[t, b, k] = mine[t], d_v[b, k]
    return v, d_h


@steady
@given(size=sizes, how=st.sampled_from(HOW), ties=st.booleans(), data=st.data())
def test_the_function_is_what_the_equations_say(size, how, ties, data):
    T, B, H = size
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    rng = np.random.default_rng(size)
    h, d_v = rng.standard_normal((T, B, H)), rng.standard_normal((B, H))
    if ties:
        h = np.round(h)
    beyond = np.arange(T)[:, None] >= np.array(lengths)
    expected = by_loops(h, d_v, how, lengths)
    h[beyond] = np.nan
    h.flags.writeable = d_v.flags.writeable = False
    v, cache = pooling.forward(h, how, lengths=lengths)
    assert all_close((v, pooling.backward(cache, d_v)), expected)


def test_known_answers():
    h = np.array([[-3.0, 5.0], [-1.0, 2.0], [-2.0, 5.0], [9.0, np.nan]])[:, None]
    for how, v, d_h in [
        ("last", [-2, 5], [[0, 0], [0, 0], [1, 1], [0, 0]]),
        ("mean", [-2, 4], [[1 / 3, 1 / 3], [1 / 3, 1 / 3], [1 / 3, 1 / 3], [0, 0]]),
        ("max", [-1, 5], [[0, 1], [1, 0], [0, 0], [0, 0]]),  # of the two fives, the first
    ]:
        found, cache = pooling.forward(h, how, lengths=[3])
        assert found[0] == pytest.approx(v, rel=1e-15)
        assert pooling.backward(cache, np.ones((1, 2)))[:, 0].tolist() == d_h


@each_way
@pytest.mark.parametrize("lengths", [None, [4, 0, 2]], ids=str)
def test_every_gradient_of_the_function(how, lengths):
    h, d = np.random.default_rng(0).standard_normal((2, 4, 3, 2))
    _, cache = pooling.forward(h, how, lengths=lengths)
    report = gradcheck.compare(
        lambda h: (pooling.forward(h, how, lengths=lengths)[0] * d[0]).sum(),
        h,
        pooling.backward(cache, d[0]),
    )
    assert report.worst < 1e-13
    assert report.worst_difference < 1e-7


def test_refuses_what_it_cannot_do():
    h, cell = np.zeros((4, 2, 3)), Pooled(lstm)
    rng = np.random.default_rng(0)
    params, x, y = network.init(cell, rng, 2, 3, 4), np.zeros((4, 2, 2)), np.zeros((4, 2), int)
    within, cache = (pooling.forward(h)[1] for _ in range(2))
    for call, message in [
        (lambda: pooling.forward(h, "sum"), "how must be one of 'last', 'mean', 'max', got 'sum'"),
        (lambda: pooling.forward(h[0]), "h must have shape (T, B, H), got (2, 3)"),
        (lambda: pooling.forward(h.astype(int)), "h must have a floating dtype such as float64"),
        (lambda: pooling.forward(h, lengths=[4, 5]), "lengths[1] must lie between 0 and T = 4"),
        (lambda: pooling.forward(h + np.nan, lengths=[0, 1]), "h[0, 1, 0] must be finite, got nan"),
        (lambda: pooling.backward(cache, h), "d_v must have shape (2, 3) (that of v), got (4, 2"),
        (lambda: pooling.backward(within, h[0].astype("f4")), "d_v has dtype float32, but v has"),
        (lambda: Pooled(lstm, "top"), "how must be one of 'last', 'mean', 'max', got 'top'"),
        (lambda: nn.Pooled(nn.LSTM(2, 3), "top"), "how must be one of 'last', 'mean', 'max', got"),
        (lambda: Pooled(np), "cell must have init, forward and backward as rnncourse.elman has"),
        (lambda: Pooled(cell), "cell must put out a vector at each step, got Pooled(lstm, 'last')"),
        (lambda: Pooled(Deep([cell, lstm])), "must put out a vector at each step, got Deep([Pool"),
        (lambda: Pooled(Bidirectional(lstm)), "cell must be causal for how='last', got Bidirecti"),
        (lambda: truncated.gradients(cell, params, x, y, k=2), "which puts out one step at the en"),
        (lambda: sampling.generate(cell, params, rng, [0], 1), "which puts out one step at the en"),
        (lambda: EncoderDecoder(cell, lstm), "encoder must put out a vector at each step, got Po"),
        (lambda: network.loss_and_gradients(cell, params, x, y), "y must have shape (1, 2)"),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()


# (where, function, right, wrong)
MISTAKES = [
    (pooling, "backward", "cache.weights * d_v", "-cache.weights * d_v"),
    (pooling, "backward", "cache.weights * d_v", "cache.weights + 0 * d_v"),
    (pooling, "backward", "cache.weights * d_v", "0 * cache.weights + d_v"),
    (pooling, "backward", "cache.weights * d_v", "cache.weights[::-1] * d_v"),
    (pooling, "backward", "cache.weights * d_v", "cache.weights * d_v[::-1]"),
    (pooling, "forward", "== n - 1", "== T - 1"),
    (pooling, "forward", "== n - 1", "== 0"),
    (pooling, "forward", "real / np.maximum(n, 1)", "real / np.maximum(T, 1 + 0 * n)"),
    (pooling, "forward", "real / np.maximum(n, 1)", "real / np.maximum(n - 1, 1)"),
    (pooling, "forward", "np.where(real, h.real, -np.inf)", "h.real"),
    (pooling, "forward", "seen == seen.max", "-seen == (-seen).max"),
    (pooling, "forward", "(largest.cumsum(axis=0) == 1)", "largest"),
    (
        pooling,
        "forward",
        "(largest.cumsum(axis=0) == 1)",
        "(largest[::-1].cumsum(axis=0)[::-1] == 1)",
    ),
    (Pooled, "backward", "backward(cache.pool, d_h[0])", "-backward(cache.pool, d_h[0])"),
    (Pooled, "backward", "backward(cache.pool, d_h[0])", "backward(cache.pool, d_h[0, ::-1])"),
    (Pooled, "backward", "d_h[0]), d_state", "d_h[0]), None"),
    (Pooled, "backward", "cache.pool.v[None], cache.real", "cache.pool.v[None], None"),
]


@cache
def expected():
    """By how: a case of the function by loops, and one of a net by complex steps."""
    found = {}
    for how in HOW:
        rng = np.random.default_rng(0)
        h, d_v, lengths = (
            np.round(rng.standard_normal((7, 3, 4))) - 3,
            rng.random((3, 4)),
            [7, 0, 4],
        )
        net, known = Pooled(lstm, how), [4, 0, 2]
        params, x, d_h, state, d_end = draw(net, (4, 3, 2, 2))
        weights = d_h * (np.array(known) > 0)[:, None]
        d_h[:, 1] = np.inf

        def loss(at, net=net, weights=weights, d_end=d_end):
            out, end, _ = net.forward(*at, lengths=[4, 0, 2])
            ends = sum(map(np.sum, map(np.multiply, leaves(d_end), leaves(end))))
            return (weights * out).sum() + ends

        slopes = gradcheck.complex_step(loss, (params, x, state))
        case = (net, params, x, d_h, state, d_end, known)
        found[how] = (h, d_v, lengths), by_loops(h, d_v, how, lengths), case, slopes
    return found


def all_right():
    for how, ((h, d_v, lengths), by_hand, case, slopes) in expected().items():
        v, kept = pooling.forward(h, how, lengths=lengths)
        try:
            with np.errstate(invalid="raise"):
                _, _, d_x, grads, d_start = run(*case)
        except FloatingPointError:  # infinity in the place of padding was multiplied by 0
            return False
        if not all_close((v, pooling.backward(kept, d_v)), by_hand):
            return False
        if not all_close((grads, d_x, d_start), slopes):
            return False
    return True


@pytest.mark.parametrize(("where", "function", "right", "wrong"), MISTAKES, ids=str)
def test_each_mistake_is_noticed(where, function, right, wrong, monkeypatch):
    assert all_right()
    source = textwrap.dedent(inspect.getsource(getattr(where, function)))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    made = {}  # apart from the module, whose own `backward` the method calls
    exec(source.replace(right, wrong), dict(vars(pooling)), made)
    monkeypatch.setattr(where, function, made[function])
    assert not all_right()
