"""Would the check notice a mistake in a backward pass through trees? Make each, and see."""

import inspect

import numpy as np
import pytest

from rnncourse import gradcheck, recursive, tree_lstm, tree_lstm_nary, trees

FOREST = trees.forest(
    [trees.parse("(a (b c (d e f)) (g h))"), trees.parse("i"), trees.parse("(j (k l m) n)")]
)
NETS = {"recursive": recursive, "tree_lstm": tree_lstm, "tree_lstm_nary": tree_lstm_nary}
MISTAKES = {  # by network: the right part of a line, and a wrong one
    "recursive": [
        ("(1 - h[nodes] ** 2) * d_a", "(1 + h[nodes] ** 2) * d_a"),
        ("(1 - h[nodes] ** 2) * d_a", "(1 - h[nodes]) * d_a"),
        ("(1 - h[nodes] ** 2) * d_a", "d_a"),
        ("d_a[nodes] = share", "pass"),
        ("d_a[children] +=", "d_a[children] -="),
        ("d_a[children] +=", "d_a[children] ="),
        ("d_a[children] +=", "_ ="),
        ("(share @ params.W_hh)", "(share @ params.W_hh[::-1])"),
        ("in reversed(levels[1:])", "in levels[1:]"),
        ("in reversed(levels[1:])", "in reversed(levels[2:])"),
        ("in reversed(levels[1:])", "in reversed(levels)"),
        ("d_W_hh += share.T", "d_W_hh -= share.T"),
        ("@ h[children].reshape(-1, 2 * H)", "@ h[children][:, ::-1].reshape(-1, 2 * H)"),
        ("d_b += share.sum(axis=0)", "d_b += share.mean(axis=0)"),
        ("d_b += share.sum(axis=0)", "d_b += share[0]"),
        ("return d_a @ params.W_ih", "return -d_a @ params.W_ih"),
        ("d_a.T @ x", "d_h.T @ x"),
    ],
    "tree_lstm": [
        ("o * (1 - shown**2)", "o * (1 + shown**2)"),
        ("o * (1 - shown**2)", "(1 - shown**2)"),
        ("d_c[nodes] += o", "d_c[nodes] = o"),
        ("d_c[nodes] += o", "d_c[nodes] -= o"),
        ("g * i * (1 - i)", "g * i"),
        ("g * i * (1 - i)", "i * (1 - i)"),
        ("c[children] * f * (1 - f)", "f * (1 - f)"),
        ("c[children] * f * (1 - f)", "c[children] * f"),
        ("c[children] * f * (1 - f)", "h[children] * f * (1 - f)"),
        ("i * (1 - g**2)", "i * (1 - g)"),
        ("i * (1 - g**2)", "(1 - g**2)"),
        ("shown * o * (1 - o) * d_h[nodes]", "shown * o * (1 - o) * d_c_n"),
        ("shown * o * (1 - o) * d_h[nodes]", "o * (1 - o) * d_h[nodes]"),
        ("d_a_f.sum(axis=1)", "2 * d_a_f.sum(axis=1)"),
        ("d_a_f.sum(axis=1)", "0 * d_a_i"),
        ("[d_a_i, d_a_g, d_a_o]", "[d_a_g, d_a_i, d_a_o]"),
        ("d_h[children] +=", "d_h[children] -="),
        ("d_h[children] +=", "d_h[children] ="),
        ("(d_igo @ W_igo)[:, None] + d_a_f @ W_f", "(d_igo @ W_igo)[:, None] + 0 * d_a_f"),
        ("(d_igo @ W_igo)[:, None] + d_a_f @ W_f", "d_a_f @ W_f"),
        ("(d_igo @ W_igo)[:, None] + d_a_f @ W_f", "(d_igo @ W_igo)[:, None] + d_a_f @ W_f.T"),
        ("d_c[children] += f *", "d_c[children] -= f *"),
        ("d_c[children] += f *", "d_c[children] = 0 * f *"),
        ("d_c[children] += f *", "d_c[children] += "),
        ("d_W_igo += d_igo.T", "d_W_igo -= d_igo.T"),
        ("h[children].sum(axis=1)", "c[children].sum(axis=1)"),
        ("d_W_f += d_a_f", "d_W_f -= d_a_f"),
        ("[d_W_i, d_W_f, d_W_g, d_W_o]", "[d_W_f, d_W_i, d_W_g, d_W_o]"),
        ("in reversed(kept)", "in kept"),
        ("return d_a @ params.W_ih", "return -d_a @ params.W_ih"),
        ("d_a.sum(axis=0)", "d_a.mean(axis=0)"),
        ("d_a.T @ x", "-d_a.T @ x"),
    ],
    "tree_lstm_nary": [
        ("o * (1 - shown**2)", "o * (1 + shown**2)"),
        ("o * (1 - shown**2)", "(1 - shown**2)"),
        ("d_c[nodes] += o", "d_c[nodes] = o"),
        ("g * i * (1 - i)", "g * i"),
        ("c[children] * f * (1 - f)", "f * (1 - f)"),
        ("c[children] * f * (1 - f)", "c[children] * f"),
        ("c[children] * f * (1 - f)", "c[children][:, ::-1] * f * (1 - f)"),
        ("i * (1 - g**2)", "i * (1 - g)"),
        ("shown * o * (1 - o) * d_h[nodes]", "shown * o * (1 - o) * d_c_n"),
        ("d_p_f.sum(axis=1)", "d_p_f[:, 0]"),
        ("d_p_f.sum(axis=1)", "0 * d_p_i"),
        ("d_p_f.reshape(-1, A * H), d_p_g", "d_p_f[:, ::-1].reshape(-1, A * H), d_p_g"),
        ("d_h[children] +=", "d_h[children] -="),
        ("d_h[children] +=", "d_h[children] ="),
        ("(d_p @ params.W_hh)", "(d_p @ params.W_hh[::-1])"),
        ("(d_p @ params.W_hh)", "(d_p @ params.W_hh[:, ::-1])"),
        ("d_c[children] += f *", "d_c[children] -= f *"),
        ("d_c[children] += f *", "d_c[children] += "),
        ("d_W_hh += d_p.T", "d_W_hh -= d_p.T"),
        ("@ h[children].reshape", "@ c[children].reshape"),
        ("@ h[children].reshape", "@ h[children][:, ::-1].reshape"),
        ("in reversed(kept)", "in kept"),
        ("return d_a @ params.W_ih", "return -d_a @ params.W_ih"),
        ("d_a.sum(axis=0)", "d_a.mean(axis=0)"),
        ("d_a.T @ x", "-d_a.T @ x"),
    ],
}
ALL = [(name, *mistake) for name, mistakes in MISTAKES.items() for mistake in mistakes]


@pytest.fixture(scope="module")
def measured():
    """By network: the weights, a gradient by h, the cache of `forward`, the measured gradients."""
    found = {}
    for name, net in NETS.items():
        rng = np.random.default_rng(0)
        params, x = net.init(rng, 2, 3), rng.standard_normal((len(FOREST.labels), 2))
        h, cache = net.forward(params, FOREST, x)
        d_h = rng.standard_normal(h.shape)

        def loss(at, net=net, d_h=d_h):
            return (net.forward(at[0], FOREST, at[1])[0] * d_h).sum()

        grads, d_x = gradcheck.complex_step(loss, (params, x))
        found[name] = cache, d_h, (*grads, d_x)
    return found


def worst(backward, cache, d_h, wanted):
    d_x, grads = backward(cache, d_h)
    return max(np.abs(a - b).max() / np.abs(b).max() for a, b in zip((*grads, d_x), wanted))  # noqa: B905


@pytest.mark.parametrize("name", NETS)
def test_the_check_finds_nothing_where_nothing_is(name, measured):
    assert worst(NETS[name].backward, *measured[name]) < 1e-13


@pytest.mark.parametrize(("name", "right", "wrong"), ALL, ids=str)
def test_the_check_notices_each_mistake(name, right, wrong, measured):
    source = inspect.getsource(NETS[name].backward)
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(NETS[name]))
    exec(source.replace(right, wrong), scope)
    assert not worst(scope["backward"], *measured[name]) < 1e-3
