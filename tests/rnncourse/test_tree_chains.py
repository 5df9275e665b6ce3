"""Networks over trees: what they are on a chain, other known answers, and that they learn."""

import numpy as np
import pytest
import torch

from rnncourse import (
    data,
    elman,
    gradcheck,
    linear,
    losses,
    lstm,
    nn,
    optim,
    recursive,
    tree_lstm,
    tree_lstm_nary,
    trees,
)


def close(ours, theirs):
    """Within 1e-12 of the largest entry."""
    size = max(1.0, np.abs(theirs).max(initial=0))
    return ours.shape == theirs.shape and np.abs(ours - theirs).max(initial=0) <= 1e-12 * size


def chain(n):
    return trees.parse("(w " * (n - 1) + "w" + ")" * (n - 1))


def as_chain(net, params, n):
    rng = np.random.default_rng(2)
    x, d_h = rng.standard_normal((n, 3)), rng.standard_normal((n, 4))
    h, cache = net.forward(params, trees.forest([chain(n)]), x)
    return x, d_h, h, *net.backward(cache, d_h)


@pytest.mark.parametrize("n", [1, 2, 30, 5000])
def test_on_a_chain_the_child_sum_is_an_lstm(n):
    params = tree_lstm.init(np.random.default_rng(1), 3, 4)
    x, d_h, h, d_x, grads = as_chain(tree_lstm, params, n)
    expected, _, cache = lstm.forward(lstm.LSTMParams(*params), x[:, None])
    d_expected, known, _ = lstm.backward(cache, d_h[:, None])
    assert close(h, expected[:, 0])
    assert close(d_x, d_expected[:, 0])
    assert all(close(a, b) for a, b in zip(grads, known, strict=True))


@pytest.mark.parametrize("n", [1, 2, 30])
def test_on_a_chain_the_unary_form_is_an_lstm(n):
    params = tree_lstm_nary.init(np.random.default_rng(1), 3, 4, arity=1)
    x, d_h, h, d_x, grads = as_chain(tree_lstm_nary, params, n)
    expected, _, cache = lstm.forward(lstm.LSTMParams(*params), x[:, None])
    d_expected, known, _ = lstm.backward(cache, d_h[:, None])
    assert close(h, expected[:, 0])
    assert close(d_x, d_expected[:, 0])
    assert all(close(a, b) for a, b in zip(grads, known, strict=True))


@pytest.mark.parametrize("n", [2, 30, 5000])
def test_on_a_chain_the_recursive_network_is_elmans(n):
    params = recursive.init(np.random.default_rng(1), 3, 4)
    x, d_h, h, d_x, grads = as_chain(recursive, params, n)
    same = elman.ElmanParams(W_ih=params.W_ih, W_hh=params.W_hh[:, :4], b=params.b)
    start = elman.ElmanState(x[:1] @ params.W_ih.T)
    expected, _, cache = elman.forward(same, x[1:, None], start)
    d_expected, known, d_start = elman.backward(cache, d_h[1:, None])
    d_leaf = d_start.h + d_h[:1]
    assert close(h[1:], expected[:, 0])
    assert close(d_x, np.concatenate([d_leaf @ params.W_ih, d_expected[:, 0]]))
    assert close(grads.W_hh[:, :4], known.W_hh)
    assert not grads.W_hh[:, 4:].any()
    assert close(grads.W_ih, known.W_ih + d_leaf.T @ x[:1])
    assert close(grads.b, known.b)


def test_an_open_forget_gate_adds_the_childrens_cells():
    H = 2
    bias = np.repeat([-99.0, 99.0, 0.0, 99.0], H)  # nothing in, everything kept, everything shown
    leaf = np.repeat([198.0, 0.0, 1.0, 0.0], H)[:, None]  # an input of 1 opens the gate to 1 tanh 1
    params = tree_lstm.TreeLSTMParams(leaf, np.zeros((4 * H, H)), bias)
    forest = trees.forest([trees.parse("(s a (s b c d))")])
    x = np.array([[1.0], [1.0], [1.0], [1.0], [0.0], [0.0]])
    h, _ = tree_lstm.forward(params, forest, x)
    assert h[-2:].tolist() == pytest.approx(
        [pytest.approx([np.tanh(k * np.tanh(1))] * H) for k in (3, 4)]
    )


def test_arity_three():
    params = tree_lstm_nary.init(np.random.default_rng(1), 2, 3, arity=3)
    assert params.W_hh.shape == (18, 9)
    forest = trees.forest([trees.parse("(x a (x b c d) (x e))"), trees.parse("f")])
    x = np.random.default_rng(2).standard_normal((9, 2))
    h, cache = tree_lstm_nary.forward(params, forest, x)
    d_x, grads = tree_lstm_nary.backward(cache, np.cos(h))
    report = gradcheck.compare(
        lambda at: np.sin(tree_lstm_nary.forward(at[0], forest, at[1])[0]).sum(),
        (params, x),
        (grads, d_x),
    )
    assert report.worst < 1e-13, report
    theirs = nn.NaryTreeLSTM.from_params(params)(forest, torch.tensor(x))
    assert close(h, theirs.detach().numpy())


@pytest.mark.parametrize(("bias", "kept"), [(1.0, 0.731), (0.0, 0.5)])
@pytest.mark.parametrize("net", [tree_lstm, tree_lstm_nary], ids=["sum", "nary"])
def test_the_forget_bias_of_a_new_network(net, bias, kept):
    params = net.init(np.random.default_rng(0), 2, 3, forget_bias=bias)
    assert (1 / (1 + np.exp(-params.b[3:6]))).tolist() == pytest.approx([kept] * 3, abs=0.001)
    assert np.abs(params.b[:3]).max() < 1 / np.sqrt(3)


@pytest.mark.parametrize(
    "net", [recursive, tree_lstm, tree_lstm_nary], ids=["plain", "sum", "nary"]
)
def test_a_sum_cannot_tell_left_from_right_and_the_others_can(net):
    params = net.init(np.random.default_rng(0), 2, 3)
    x = np.random.default_rng(1).standard_normal((3, 2))
    tree = trees.forest([trees.parse("(- a b)")])
    root, turned = (net.forward(params, tree, x[rows])[0][-1] for rows in ([0, 1, 2], [1, 0, 2]))
    assert np.allclose(root, turned, rtol=0, atol=1e-15) == (net is tree_lstm)


def learned(net, steps, H=32):
    """Share of right answers on new expressions of 1 to 6 numbers, by their number."""
    rng, adam = np.random.default_rng(0), optim.Adam(lr=0.01)
    symbols = data.arithmetic_symbols()[:-2]
    params = net.init(rng, len(symbols), H), linear.init(rng, H, 3)

    def answers(drawn):
        forest = trees.forest(drawn.trees)
        x = data.one_hot(trees.class_numbers(forest, symbols), len(symbols))
        h, cache = net.forward(params[0], forest, x)
        o, out = linear.forward(params[1], h[forest.roots][None])
        return forest, h, cache, o, out

    for _ in range(steps):
        drawn = data.arithmetic(rng, int(rng.integers(1, 4)), 32)
        forest, h, cache, o, out = answers(drawn)
        _, d_o = losses.softmax_cross_entropy(o, drawn.y[None])
        d_roots, d_out = linear.backward(out, d_o)
        d_h = np.zeros_like(h)
        d_h[forest.roots] = d_roots[0]
        grads = net.backward(cache, d_h)[1], d_out
        params = adam.step(params, optim.clip_by_norm(grads, 1.0)[0])
    found = {}
    for leaves in (1, 2, 3, 6):
        drawn = data.arithmetic(np.random.default_rng(9), leaves, 300)
        found[leaves] = (answers(drawn)[3][0].argmax(axis=1) == drawn.y).mean()
    return found


def test_learns_arithmetic_and_goes_beyond_the_trees_it_saw():
    right = learned(tree_lstm_nary, 300)
    assert min(right[1], right[2], right[3]) > 0.98, right
    assert right[6] > 0.8, right  # chance 1/3
