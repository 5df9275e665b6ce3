"""CTC against the enumeration of paths and PyTorch's, its gradient, padding, searches, refusals."""

import itertools
import re
from collections import defaultdict

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import ctc, gradcheck

steady = settings(derandomize=True, deadline=None, max_examples=40)
sizes = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(2, 3), st.integers(0, 2))


def draw(T, B, K, blank, dtype=np.float64):
    """Logits, labels that fit in, and both lengths."""
    rng = np.random.default_rng([T, B, K, blank])
    o = 2 * rng.standard_normal((T, B, K)).astype(dtype)
    lengths = rng.integers(0, T + 1, size=B)
    others = [k for k in range(K) if k != blank]
    labels = rng.choice(others, size=((T + 1) // 2, B))
    return o, labels, lengths, rng.integers(0, (lengths + 1) // 2 + 1)


def enumerated(o, blank):
    """The probability of every labelling of one sequence, o (T, K)."""
    y = np.exp(o) / np.exp(o).sum(axis=1, keepdims=True)
    found = defaultdict(float)
    for path in itertools.product(range(o.shape[1]), repeat=len(o)):
        merged = [k for k, _ in itertools.groupby(path)]
        p = np.prod([y[t, k] for t, k in enumerate(path)])
        found[tuple(k for k in merged if k != blank)] += p
    return found


@steady
@given(sizes)
def test_everything_is_that_of_the_enumeration(size):
    blank = size[3] % size[2]
    o, labels, lengths, counts = draw(*size[:3], blank)
    log_p = ctc.log_likelihood(o, labels, lengths, counts, blank=blank)
    beams = ctc.beam_search(o, lengths, width=1000, blank=blank)
    for b, n in enumerate(lengths):
        every = enumerated(o[:n, b], blank)
        assert np.exp(log_p[b]) == pytest.approx(every[tuple(labels[: counts[b], b])], rel=1e-10)
        assert [tuple(labels) for labels, _ in beams[b]] == sorted(
            every, key=every.get, reverse=True
        )
        for found, value in beams[b]:
            assert np.exp(value) == pytest.approx(every[tuple(found)], rel=1e-10)


@pytest.mark.parametrize("size", [(1, 1, 2), (2, 3, 2), (13, 4, 5), (60, 3, 4)])
@pytest.mark.parametrize("blank", [0, 1])
def test_the_loss_and_its_gradient_are_pytorchs(size, blank):
    o, labels, lengths, counts = draw(*size, blank)
    value, d_o = ctc.loss(o, labels, lengths, counts, blank=blank)
    real = lengths > 0  # PyTorch refuses sequences of no steps
    logits = torch.tensor(o, requires_grad=True)
    theirs = torch.nn.CTCLoss(blank=blank, reduction="sum")(
        logits.log_softmax(2)[:, real],
        torch.tensor(labels.T[real]),
        torch.tensor(lengths[real]),
        torch.tensor(counts[real]),
    )
    (theirs / size[1]).backward()
    assert value == pytest.approx(theirs.item() / size[1], rel=1e-12)
    assert np.abs(d_o - logits.grad.numpy()).max() < 1e-12


@steady
@given(sizes)
def test_the_gradient(size):
    blank = size[3] % size[2]
    o, labels, lengths, counts = draw(*size[:3], blank)

    def loss(o):
        return ctc.loss(o, labels, lengths, counts, blank=blank)[0]

    d_o = ctc.loss(o, labels, lengths, counts, blank=blank)[1]
    assert np.abs(d_o - gradcheck.complex_step(loss, o)).max() < 1e-13
    assert np.abs(d_o - gradcheck.central_difference(loss, o)).max() < 1e-7
    assert np.abs(d_o.sum(axis=2)).max() < 1e-13  # a constant added to all logits changes nothing


@steady
@given(sizes)
def test_padding_changes_nothing(size):
    o, labels, lengths, counts = draw(*size[:3], 0)
    clean = ctc.loss(o, labels, lengths, counts)
    greedy, beams = ctc.greedy(o, lengths), ctc.beam_search(o, lengths, width=3)
    beyond = np.arange(len(o))[:, None] >= lengths
    o[beyond] = np.nan
    labels[np.arange(len(labels))[:, None] >= counts] = -100
    dirty = ctc.loss(o, labels, lengths, counts)
    assert clean[0] == dirty[0]
    assert np.array_equal(clean[1], dirty[1])
    assert not dirty[1][beyond].any()
    assert greedy == ctc.greedy(o, lengths)
    assert beams == ctc.beam_search(o, lengths, width=3)
    alone = [
        ctc.loss(o[:n, [b]], labels[:s, [b]])[0]
        for b, (n, s) in enumerate(zip(lengths, counts, strict=True))
    ]
    assert clean[0] == pytest.approx(np.mean(alone), rel=1e-12, abs=1e-14)


@steady
@given(sizes, st.randoms(use_true_random=False))
def test_the_order_of_the_batch_is_of_no_account(size, random):
    o, labels, lengths, counts = draw(*size[:3], 0)
    order = random.sample(range(size[1]), size[1])
    value, d_o = ctc.loss(o, labels, lengths, counts)
    other, d_other = ctc.loss(o[:, order], labels[:, order], lengths[order], counts[order])
    assert value == pytest.approx(other, rel=1e-13, abs=1e-14)
    assert d_o[:, order] == pytest.approx(d_other, abs=1e-14)


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ([], []),
        ([0, 0], []),
        ([1, 1, 2], [1, 2]),
        ([1, 0, 1], [1, 1]),
        ([0, 2, 2, 0, 2, 1], [2, 2, 1]),
    ],
)
def test_collapse(path, labels):
    assert ctc.collapse(path) == labels
    o = 9 * np.eye(3)[np.array(path, int)][:, None]
    assert ctc.greedy(o) == [labels]
    if path:
        assert ctc.beam_search(o)[0][0][0] == labels


def test_another_blank():
    assert ctc.collapse([0, 0, 2, 0, 1], blank=2) == [0, 0, 1]


def test_a_wider_search_finds_no_less():
    o = draw(12, 1, 4, 0)[0]
    found = [ctc.beam_search(o, width=width)[0][0] for width in (1, 4, 64)]
    true = [ctc.log_likelihood(o, np.array(labels).reshape(-1, 1))[0] for labels, _ in found]
    assert true == sorted(true)
    for (_, log_p), value in zip(found, true, strict=True):
        assert log_p <= value + 1e-12
    assert len(ctc.beam_search(o, width=4)[0]) == 4


def test_far_from_the_labels_and_long_stays_finite():
    o = np.zeros((1000, 2, 3))
    o[:, 0, 1], o[:, :, 2] = 1e4, 3
    labels = np.full((40, 2), 2)
    value, d_o = ctc.loss(o, labels, [1000, 90])
    assert value > 1e5
    assert np.isfinite(d_o).all()
    assert np.abs(d_o).max() <= 0.5


def test_steps_beyond_the_end_of_an_unlikely_labelling_do_not_overflow():
    o = np.zeros((5, 1, 3))
    o[:2, 0, 0] = 1e4  # blank, so that a path which went on could have the label at last
    value, d_o = ctc.loss(o, np.array([[1]]), [2])
    assert value == pytest.approx(1e4 - np.log(2), rel=1e-12)  # 1- and -1
    assert d_o[:, 0] == pytest.approx(np.array([[0.5, -0.5, 0]] * 2 + [[0, 0, 0]] * 3))


def test_keeps_the_precision_and_the_inputs():
    o, labels, lengths, counts = draw(40, 3, 5, 0, np.float32)
    for array in (o, labels, lengths, counts):
        array.flags.writeable = False
    value, d_o = ctc.loss(o, labels, lengths, counts)
    exact, d_exact = ctc.loss(o.astype(float), labels, lengths, counts)
    assert value.dtype == d_o.dtype == np.float32
    assert value == pytest.approx(exact, rel=1e-5)
    assert np.abs(d_o - d_exact).max() < 5e-5


@pytest.mark.parametrize("shape", [(0, 2, 3), (2, 0, 3)])
def test_nothing_to_label(shape):
    value, d_o = ctc.loss(np.zeros(shape), np.zeros((0, shape[1]), int))
    assert value == 0
    assert d_o.shape == shape
    assert ctc.greedy(np.zeros(shape)) == [[]] * shape[1]


O = np.random.default_rng(0).standard_normal((4, 2, 3))
L = np.array([[1, 2], [1, 1]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((O[0], L), "o must have shape (T, B, K), got (2, 3)"),
        ((O.astype(int), L), "o must have a floating dtype such as float64, got int64"),
        ((np.where(O.max() == O, np.nan, O), L), "must be finite, got nan"),
        ((O, L[:, :1]), "labels must have shape (S, 2) (B as in o (4, 2, 3)), got (2, 1)"),
        ((O, L + 0.0), "labels must hold class numbers as integers, got dtype float64"),
        ((O, L + 1), "labels[0, 1] must lie between 0 and K - 1 = 2, got 3"),
        ((O, L - 1), "labels[0, 0] must not be blank = 0"),
        ((O, L, [5, 4]), "lengths[0] must lie between 0 and T = 4, got 5"),
        ((O, L, None, [2, 3]), "label_lengths[1] must lie between 0 and S = 2, got 3"),
        ((O, L, [2, 2]), "lengths[0] must be at least 3 for the 2 labels with 1 repeats"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        ctc.loss(*arguments)


def test_refuses_what_is_not_there():
    with pytest.raises(ValueError, match="blank must lie between 0 and K - 1 = 2, got 3"):
        ctc.greedy(O, blank=3)
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        ctc.beam_search(O, width=0)
    with pytest.raises(ValueError, match=r"path must have shape \(T,\), got \(1, 2\)"):
        ctc.collapse([[1, 2]])
