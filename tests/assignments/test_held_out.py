"""Wrong answers written by hand, in other words than the catalogue's: their name or none.

The two functions here share no line with the solution; each edit makes one mistake in them. A
mistake that the catalogue knows must be called by its name, one that it does not know by none.
"""

import functools

import numpy as np
import pytest

from autograder.assignments import load
from autograder.assignments.calling import judged_here
from autograder.judge.catalogue import catalogue_of

FORWARD = """
def rnn_forward(params, x, y, h0):
    U, W, V = (params[name] for name in ("W_ih", "W_hh", "W_ho"))
    state, states, outputs, loss = h0, [], [], 0.0
    for x_t, y_t in zip(x, y):
        drive = np.einsum("bi,hi->bh", x_t, U) + np.einsum("bj,hj->bh", state, W) + params["b_h"]
        state = np.tanh(drive)
        logits = np.einsum("bh,kh->bk", state, V) + params["b_o"]
        weights = np.exp(logits)
        output = weights / weights.sum(-1, keepdims=True)
        loss -= np.mean(np.log(output)[np.arange(len(y_t)), y_t])
        states.append(state)
        outputs.append(output)
    return np.array(states), np.array(outputs), loss
"""
BACKWARD = """
def rnn_backward(params, x, y, h0):
    U, W, V = (params[name] for name in ("W_ih", "W_hh", "W_ho"))
    T, B = y.shape
    h, d_o = [h0], []
    for t in range(T):
        h.append(np.tanh(x[t] @ U.T + h[-1] @ W.T + params["b_h"]))
        e = np.exp(h[-1] @ V.T + params["b_o"])
        d_o.append((e / e.sum(1, keepdims=True) - np.eye(len(V))[y[t]]) / B)
    g = {"d_" + name: np.zeros_like(value) for name, value in params.items()}
    carried = np.zeros_like(h0)
    for t in range(T, 0, -1):
        d_h = d_o[t - 1] @ V + carried
        d_a = d_h * (1 - np.square(h[t]))
        g["d_W_ho"] += np.einsum("bk,bh->kh", d_o[t - 1], h[t])
        g["d_b_o"] += np.einsum("bk->k", d_o[t - 1])
        g["d_W_ih"] += np.einsum("bh,bi->hi", d_a, x[t - 1])
        g["d_W_hh"] += np.einsum("bh,bj->hj", d_a, h[t - 1])
        g["d_b_h"] += np.einsum("bh->h", d_a)
        carried = np.einsum("bh,hj->bj", d_a, W)
    g["d_h0"] = carried
    return g
"""
SLOPE = "1 - np.square(h[t])"
NONE = ""
WRONG = {  # by item: what is written, what instead, and the catalogue's name for it
    "forward-check": (FORWARD, [
        ('"bj,hj->bh"', '"bj,jh->bh"', "w-not-transposed"),
        ("loss = h0", "loss = np.zeros(h0.shape)", "initial-state-ignored"),
        (' + params["b_h"]', "", "hidden-bias-missing"),
        (' + params["b_o"]', "", "output-bias-missing"),
        ("np.tanh(drive)", "drive", "no-tanh"),
        ("np.tanh(drive)", "(1 + np.tanh(drive / 2)) / 2", "sigmoid-for-tanh"),
        ("sum(-1", "sum(0", "softmax-over-the-batch"),
        ("np.mean", "np.sum", "loss-sum-over-batch"),
        ("loss -= np.mean", "loss = -np.mean", "loss-last-step-only"),
        ("loss -=", "loss +=", "loss-sign"),
        ("outputs), loss", "outputs), loss / len(outputs)", "loss-mean-over-time"),
        ("state, W)", "h0, W)", "state-not-carried"),
        ("np.tanh(drive)", "np.arctan(drive)", NONE),
        ("np.tanh(drive)", "np.maximum(drive, 0)", NONE),
        ("np.log(", "np.log2(", NONE),
        ("zip(x, y)", "zip(x[::-1], y)", NONE),
        ("zip(x, y)", "zip(x, np.roll(y, 1, 0))", NONE),
        ("weights.sum(-1, keepdims=True)", "weights.max(-1, keepdims=True)", NONE),
        ("np.exp(logits)", "np.exp(2 * logits)", NONE),
    ]),
    "backward-check": (BACKWARD, [
        (" + carried", "", "future-dropped"),
        (SLOPE, "1 - h[t]", "tanh-slope-without-the-square"),
        (SLOPE, "1 - np.square(np.tanh(h[t]))", "tanh-taken-twice"),
        (SLOPE, "1 - np.square(h[t - 1])", "tanh-slope-of-the-step-before"),
        (f"d_h * ({SLOPE})", "d_h", "tanh-slope-dropped"),
        ("d_a, h[t - 1]", "d_a, h[t]", "state-one-step-late"),
        ('"bh,hj->bj"', '"bh,jh->bj"', "w-not-transposed"),
        (") / B)", "))", "batch-mean-missing"),
        (") / B)", ") / B / T)", "mean-over-time"),
        (" - np.eye(len(V))[y[t]]", "", "target-not-subtracted"),
        ('"bh,bj->hj"', '"bh,bj->jh"', "weight-gradient-transposed"),
        ('"bh->h", d_a', '"bh->h", d_h', "bias-without-tanh-slope"),
        ("range(T, 0, -1)", "range(T, 1, -1)", "first-step-forgotten"),
        ("range(T, 0, -1)", "[T]", "last-step-only"),
        ('g["d_h0"] = carried', 'g["d_h0"] = d_h', "initial-gradient-one-step-off"),
        ('g["d_h0"] = carried', 'g["d_h0"] = d_a', "initial-gradient-without-w"),
        (SLOPE, "1 + np.square(h[t])", NONE),
        (SLOPE, "np.square(1 - h[t])", NONE),
        (SLOPE, "h[t] - np.square(h[t])", NONE),
        ("carried = np.einsum", "carried = 0.5 * np.einsum", NONE),
        ("x[t - 1])", "x[t % T])", NONE),
        ("np.eye(len(V))[y[t]]", "np.eye(len(V))[y[t - 1]]", NONE),
        ('"bk,bh->kh", d_o[t - 1]', '"bk,bh->kh", d_o[t % T]', NONE),
        ('"bk->k", d_o[t - 1]', '"bk->k", 2 * d_o[t - 1]', NONE),
    ]),
}  # fmt: skip
CASES = [
    pytest.param(cell, source.replace(old, new), name, id=f"{cell}: {new or f'no {old}'}")
    for cell, (source, edits) in WRONG.items()
    for old, new, name in edits
    if old in source
]


@functools.cache
def bptt():
    assignment = load("bptt")
    return assignment, catalogue_of(assignment)


def judged(cell, source):
    space = {"np": np}
    exec(source, space)
    assignment, known = bptt()
    item = assignment.item(cell)
    return judged_here(item, space[item.exercise.function], known, 11, None)


def test_every_edit_is_made():
    assert len(CASES) == sum(len(edits) for _, edits in WRONG.values())


@pytest.mark.parametrize("cell", WRONG)
def test_without_an_edit_it_is_right(cell):
    verdict = judged(cell, WRONG[cell][0])
    assert verdict.points == verdict.max_points


@pytest.mark.parametrize(("cell", "source", "name"), CASES)
def test_a_mistake_has_its_own_name_or_none(cell, source, name):
    verdict = judged(cell, source)
    assert verdict.points < verdict.max_points
    assert set(verdict.mistakes) == {name} - {NONE}
