"""The memory network: what it refuses, and that the check notices every mistake going back."""

import inspect
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rnncourse import gradcheck, memory_network, nn
from rnncourse.memory_network import MemoryNetworkParams


def draw():
    """Weights five times those of `init`, so that the hops look at some sentences more."""
    rng = np.random.default_rng(0)
    params = memory_network.init(rng, 6, 3, hops=2, memory_size=5)
    return SimpleNamespace(
        params=MemoryNetworkParams(*(5 * array for array in params)),
        story=rng.integers(-1, 6, (4, 3, 3)),
        query=rng.integers(-1, 6, (3, 2)),
        d_o=rng.standard_normal((3, 6)),
    )


def reading(story, query, **how):
    return nn.MemoryNetwork(6, 3, memory_size=4)(torch.tensor(story), torch.tensor(query), **how)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda c, f: f(c.params, c.story[0], c.query),
            "story must have shape (S, B, J), got (3, 3)",
        ),
        (
            lambda c, f: f(c.params, c.story, c.query[:2]),
            "query must have shape (3, J) (a question f",
        ),
        (
            lambda c, f: f(c.params, c.story * 1.0, c.query),
            "story must hold numbers of words as int",
        ),
        (
            lambda c, f: f(c.params, c.story, c.query * 1.0),
            "query must hold numbers of words as int",
        ),
        (
            lambda c, f: f(c.params, c.story * 0 + 6, c.query),
            "story[0, 0, 0] must lie between 0 and V - 1 = 5, or be -1 for no word, got 6",
        ),
        (
            lambda c, f: f(c.params, c.story, c.query * 0 - 2),
            "query[0, 0] must lie between 0 and V",
        ),
        (
            lambda c, f: f(c.params, c.story, c.query, lengths=[5, 1, 1]),
            "lengths[0] must lie between",
        ),
        (
            lambda c, f: f(c.params, np.zeros((9, 3, 1), int), c.query),
            "story must have at most M = 5 sentences, as many as D has ages, got 9",
        ),
        (
            lambda c, f: f(c.params._replace(D=c.params.D[1:]), c.story, c.query),
            "MemoryNetworkParams.D must have shape (3, M, 3), got (2, 5, 3)",
        ),
        (
            lambda c, f: f(MemoryNetworkParams(*(a[:1] for a in c.params)), c.story, c.query),
            "MemoryNetworkParams.E must have shape (K + 1, V, H) with K at least 1, got (1, 6, 3)",
        ),
        (
            lambda c, f: f(c.params._replace(E=c.params.E.astype(int)), c.story, c.query),
            "MemoryNetworkParams.E must have a floating dtype such as float64, got int64",
        ),
        (
            lambda c, f: f(c.params._replace(E=c.params.E * np.inf), c.story, c.query),
            "MemoryNetworkParams.E[0, 0, 0] must be finite",
        ),
        (
            lambda c, f: memory_network.backward(f(c.params, c.story, c.query)[2], c.d_o[1:]),
            "d_o must have shape (3, 6) (that of o), got (2, 6)",
        ),
        (
            lambda c, f: memory_network.backward(
                f(c.params, c.story, c.query)[2], c.d_o.astype("f4")
            ),
            "d_o has dtype float32, but the weights have float64",
        ),
        (
            lambda c, f: memory_network.init(np.random.default_rng(0), 1, 1, hops=0),
            "hops must be at least 1, got 0",
        ),
        (
            lambda c, f: memory_network.init(np.random.default_rng(0), 1, 1, dtype=int),
            "dtype must be floating",
        ),
        (
            lambda c, f: reading(c.story, c.query[:2]),
            "query must have shape (3, J), got (2, ",
        ),
        (
            lambda c, f: reading(c.story, c.query, lengths=[1]),
            "lengths must have shape (3,), got (1,)",
        ),
        (
            lambda c, f: reading(c.story, c.query, lengths=[5, 1, 1]),
            "lengths must lie between 0 and T = 4",
        ),
        (
            lambda c, f: reading(c.story * 0 + 6, c.query),
            "story must hold numbers from -1 to V - 1",
        ),
        (
            lambda c, f: reading(c.story, c.query * 0 - 2),
            "query must hold numbers from -1 to V - 1",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(draw(), memory_network.forward)


MISTAKES = [  # of the right part of a line, and a wrong one
    ("d_E[K] += d_o.T @ u[K]", "pass"),
    ("d_E[K] += d_o.T @ u[K]", "d_E[K] += d_o.T @ u[0]"),
    ("d_E[K] += d_o.T @ u[K]", "d_E[0] += d_o.T @ u[K]"),
    ("d_u = d_o @ E[K]", "d_u = d_o @ E[0]"),
    ("in reversed(range(K))", "in range(K)"),
    ("d_m[k + 1] += p[k]", "d_m[k + 1] -= p[k]"),
    ("d_m[k + 1] += p[k]", "d_m[k + 1] = p[k]"),
    ("d_m[k + 1] += p[k]", "d_m[k] += p[k]"),
    ("(m[k + 1] * d_u)", "(m[k] * d_u)"),
    ("p[k] * (d_p - (p[k] * d_p).sum(axis=0))", "p[k] * d_p"),
    ("p[k] * (d_p - (p[k] * d_p).sum(axis=0))", "p[k] * (d_p + (p[k] * d_p).sum(axis=0))"),
    ("p[k] * (d_p - (p[k] * d_p).sum(axis=0))", "d_p - (p[k] * d_p).sum(axis=0)"),
    ("d_m[k] += d_a[:, :, None] * u[k]", "pass"),
    ("d_m[k] += d_a[:, :, None] * u[k]", "d_m[k] += d_a[:, :, None] * u[k + 1]"),
    ("d_m[k] += d_a[:, :, None] * u[k]", "d_m[k] -= d_a[:, :, None] * u[k]"),
    ("d_u = d_u + (d_a", "d_u = (d_a"),
    ("d_u = d_u + (d_a", "d_u = d_u - (d_a"),
    ("d_a[:, :, None] * m[k])", "d_a[:, :, None] * m[k + 1])"),
    ("age, d_m[k])", "age * 0, d_m[k])"),
    ("age, d_m[k])", "age, d_m[0])"),
    ("np.add.at(d_D[k]", "np.subtract.at(d_D[k]"),
    ("np.add.at(d_E[k], story.numbers, story.weights * d_m[k][:, :, None])", "pass"),
    ("story.weights * d_m[k][:, :, None]", "(story.weights > 0) * d_m[k][:, :, None]"),
    ("story.weights * d_m[k][:, :, None]", "0 * story.weights + d_m[k][:, :, None]"),
    ("np.add.at(d_E[0], query.numbers", "np.subtract.at(d_E[0], query.numbers"),
    ("np.add.at(d_E[0], query.numbers", "np.add.at(d_E[K], query.numbers"),
    ("query.weights * d_u[:, None]", "0 * query.weights + d_u[:, None]"),
]


@pytest.fixture(scope="module")
def measured():
    """A cache of `forward`, a gradient by o, and the measured gradients."""
    case, how = draw(), {"lengths": [4, 1, 2], "position": True}

    def forward(params):
        return memory_network.forward(params, case.story, case.query, **how)

    wanted = gradcheck.complex_step(
        lambda params: (forward(params)[0] * case.d_o).sum(), case.params
    )
    return forward(case.params)[2], case.d_o, wanted


def worst(backward, cache, d_o, wanted):
    pairs = zip(backward(cache, d_o), wanted, strict=True)
    return max(np.abs(a - b).max() / np.abs(b).max() for a, b in pairs)


def test_the_check_finds_nothing_where_nothing_is(measured):
    assert worst(memory_network.backward, *measured) < 1e-13


@pytest.mark.parametrize(("right", "wrong"), MISTAKES, ids=str)
def test_the_check_notices_each_mistake(right, wrong, measured):
    source = inspect.getsource(memory_network.backward)
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(memory_network))
    exec(source.replace(right, wrong), scope)
    assert not worst(scope["backward"], *measured) < 1e-3


def test_padding_that_fits_far_better_than_a_story_does_not_overflow():
    rng = np.random.default_rng(0)
    params = memory_network.init(rng, vocabulary_size=4, hidden_size=3, memory_size=2, hops=1)
    E = params.E.copy()
    E[0, 1], E[0, 2] = 50.0, -50.0  # a word of the story and the question: their product is -7500
    forward = memory_network.forward
    o, _, _ = forward(MemoryNetworkParams(E, 0 * params.D), [[[1]], [[-1]]], [[2]], lengths=[1])
    alone, _, _ = forward(MemoryNetworkParams(E, 0 * params.D), [[[1]]], [[2]])
    assert np.array_equal(o, alone)
