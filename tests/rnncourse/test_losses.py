"""Losses: known values, PyTorch's, stability, padding, refusals."""

import re

import numpy as np
import pytest
import torch

from rnncourse import losses

rng = np.random.default_rng(0)
O = rng.standard_normal((4, 3, 5))
CLASSES = rng.integers(5, size=(4, 3))
LENGTHS = [4, 0, 2]


def test_softmax_sums_to_one_and_survives_large_logits():
    p = losses.softmax(np.array([[1e4, 0.0, -1e4], [-1e308, 0.0, 0.0]]))
    assert p == pytest.approx(np.array([[1, 0, 0], [0, 0.5, 0.5]]))
    assert losses.softmax(O).sum(axis=-1) == pytest.approx(1)
    assert losses.softmax(O + 7) == pytest.approx(losses.softmax(O))


def test_cross_entropy_is_the_sum_over_time_and_mean_over_the_batch():
    loss, d_o = losses.softmax_cross_entropy(O, CLASSES)
    logits = torch.tensor(O, requires_grad=True)
    flat = logits.reshape(12, 5), torch.tensor(CLASSES.ravel())
    theirs = torch.nn.functional.cross_entropy(*flat, reduction="sum") / 3
    theirs.backward()
    assert loss == pytest.approx(theirs.item(), rel=1e-14)
    assert d_o == pytest.approx(logits.grad.numpy(), rel=1e-13, abs=1e-16)


def test_cross_entropy_with_distributions():
    y = losses.softmax(rng.standard_normal(O.shape))
    loss, d_o = losses.softmax_cross_entropy(O, y)
    logits = torch.tensor(O, requires_grad=True)
    flat = logits.reshape(12, 5), torch.tensor(y.reshape(12, 5))
    theirs = torch.nn.functional.cross_entropy(*flat, reduction="sum") / 3
    theirs.backward()
    assert loss == pytest.approx(theirs.item(), rel=1e-14)
    assert d_o == pytest.approx(logits.grad.numpy(), rel=1e-12, abs=1e-16)


def test_class_numbers_are_one_hot_distributions():
    by_number = losses.softmax_cross_entropy(O, CLASSES)
    by_vector = losses.softmax_cross_entropy(O, np.eye(5)[CLASSES])
    assert by_number[0] == by_vector[0]
    assert np.array_equal(by_number[1], by_vector[1])


def test_cross_entropy_far_from_the_target_is_finite():
    loss, d_o = losses.softmax_cross_entropy(np.array([[[1e4, -1e4]]]), np.array([[1]]))
    assert loss == 2e4
    assert d_o.tolist() == [[[1.0, -1.0]]]


def test_squared_loss():
    y = rng.standard_normal(O.shape)
    loss, d_o = losses.squared_loss(O, y)
    assert loss == pytest.approx(sum((a - b) ** 2 for a, b in zip(O.flat, y.flat)) / 6)  # noqa: B905
    assert np.array_equal(d_o, (O - y) / 3)


@pytest.mark.parametrize("kind", ["classes", "distributions", "squared"])
def test_nothing_beyond_a_sequence_counts(kind):
    loss = losses.squared_loss if kind == "squared" else losses.softmax_cross_entropy
    y = CLASSES if kind == "classes" else losses.softmax(rng.standard_normal(O.shape))
    clean = loss(O, y, LENGTHS)
    beyond = np.arange(4)[:, None] >= np.array(LENGTHS)
    o, y = O.copy(), y.copy()
    o[beyond] = np.nan
    y[beyond] = -100 if kind == "classes" else np.nan
    dirty = loss(o, y, LENGTHS)
    assert clean[0] == dirty[0]
    assert np.array_equal(clean[1], dirty[1])
    assert not dirty[1][beyond].any()
    alone = sum(loss(O[:n, [b]], y[:n, [b]])[0] for b, n in enumerate(LENGTHS)) / 3
    assert dirty[0] == pytest.approx(alone, rel=1e-14)


@pytest.mark.parametrize("loss", [losses.squared_loss, losses.softmax_cross_entropy])
@pytest.mark.parametrize("shape", [(0, 2, 3), (2, 0, 3)])
def test_nothing_to_predict_costs_nothing(loss, shape):
    value, d_o = loss(np.zeros(shape), np.zeros(shape))
    assert value == 0
    assert d_o.shape == shape


@pytest.mark.parametrize("loss", [losses.squared_loss, losses.softmax_cross_entropy])
def test_keeps_the_precision_and_the_inputs(loss):
    o = O.astype(np.float32)
    y = losses.softmax(o)
    before = o.copy(), y.copy()
    o.flags.writeable = y.flags.writeable = False
    value, d_o = loss(o, y, LENGTHS)
    assert value.dtype == d_o.dtype == np.float32
    assert np.array_equal(o, before[0])
    assert np.array_equal(y, before[1])


ONE_HOT = np.eye(5)[CLASSES]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((O[0], CLASSES), "o must have shape (T, B, K), got (3, 5)"),
        ((O.astype(int), CLASSES), "o must have a floating dtype such as float64, got int64"),
        ((np.where(O.max() == O, np.nan, O), CLASSES), "must be finite, got nan"),
        ((O, CLASSES[:3]), "y must have shape (4, 3) (class numbers; or (T, B, K), distributions)"),
        ((O, CLASSES + 0.0), "y must hold class numbers as integers, got dtype float64"),
        ((O, np.full((4, 3), 5)), "y[0, 0] must lie between 0 and K - 1 = 4, got 5"),
        ((O, np.full((4, 3), -1)), "y[0, 0] must lie between 0 and K - 1 = 4, got -1"),
        ((O, ONE_HOT[..., :4]), "y must have shape (4, 3, 5) (that of o), got (4, 3, 4)"),
        ((O, ONE_HOT * 2), "y[0, 0] must be a distribution"),
        ((O, ONE_HOT.astype(np.float32)), "y has dtype float32, but o has float64"),
        ((O, CLASSES, [5, 0, 0]), "lengths[0] must lie between 0 and T = 4, got 5"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        losses.softmax_cross_entropy(*arguments)


def test_squared_loss_refuses_other_shapes_and_nan():
    with pytest.raises(ValueError, match=r"y must have shape \(4, 3, 5\).*got \(4, 3\)"):
        losses.squared_loss(O, CLASSES)
    with pytest.raises(ValueError, match=r"y\[0, 0, 0\] must be finite"):
        losses.squared_loss(O, np.full(O.shape, np.nan))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_logits_give_no_nan(dtype):
    top = np.finfo(dtype).max
    o = np.array([[[top, -top]]], dtype)
    assert losses.softmax(o).tolist() == [[[1.0, 0.0]]]
    right, d_o = losses.softmax_cross_entropy(o, np.array([[0]]))
    assert (right, d_o.tolist()) == (0, [[[0.0, 0.0]]])
    wrong, d_o = losses.softmax_cross_entropy(o, np.array([[1]]))
    assert (wrong, d_o.tolist()) == (top, [[[1.0, -1.0]]])  # of 2 top, the largest that there is
