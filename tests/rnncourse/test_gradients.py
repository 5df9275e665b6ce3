"""Hand-derived gradients, measured."""

import numpy as np
import pytest

from rnncourse import (
    check_gradients,
    clockwork,
    elman,
    gradcheck,
    leaky,
    linear,
    losses,
    network,
    tcn,
)
from rnncourse.bidirectional import Bidirectional

SIZES = [(1, 1, 1, 1), (3, 2, 1, 1), (1, 4, 5, 6), (6, 2, 3, 5), (4, 3, 1, 4)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("form", ["fast", "steps"])
def test_every_gradient_of_the_cell(cell, form, size):
    report = check_gradients(cell.module if form == "fast" else cell.in_steps(), *size)
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


def test_report_compares_with_pytorch_on_request(torch_cell):
    report = check_gradients(torch_cell.module, 4, 3, 2, 5, pytorch=True)
    assert [row.name for row in report.pytorch] == [row.name for row in report.exact]
    assert report.worst < 1e-12
    assert "PyTorch" in repr(report)


@pytest.mark.parametrize("cell", [leaky, clockwork, tcn, Bidirectional(leaky)], ids=str)
def test_what_pytorch_has_not_cannot_be_compared_with_it(cell):
    with pytest.raises(ValueError, match=r"torch\.nn"):
        check_gradients(cell, pytorch=True)


def padded_case():
    rng = np.random.default_rng(3)
    params = network.init(elman, rng, 3, 5, 4)
    x = rng.standard_normal((6, 4, 3))
    return params, x, rng.integers(4, size=(6, 4)), [6, 0, 2, 5], rng


@pytest.mark.parametrize("kind", ["classes", "distributions", "squared"])
def test_a_whole_padded_network(kind):
    params, x, y, lengths, rng = padded_case()
    loss = losses.squared_loss if kind == "squared" else losses.softmax_cross_entropy
    if kind != "classes":
        y = losses.softmax(rng.standard_normal((6, 4, 4)))

    def value(at):
        inputs = x.astype(at.out.b_o.dtype)
        return network.loss_and_gradients(elman, at, inputs, y, lengths=lengths, loss=loss)[0]

    _, grads, _ = network.loss_and_gradients(elman, params, x, y, lengths=lengths, loss=loss)
    report = gradcheck.compare(value, params, grads)
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@pytest.mark.parametrize("loss", [losses.softmax_cross_entropy, losses.squared_loss])
def test_losses_and_output_layer(loss):
    rng = np.random.default_rng(0)
    h = rng.standard_normal((3, 2, 5))
    params = linear.init(rng, 5, 4)
    y = losses.softmax(rng.standard_normal((3, 2, 4)))

    def value(at):
        return loss(linear.forward(at["params"], at["h"])[0], y)[0]

    o, cache = linear.forward(params, h)
    d_h, grads = linear.backward(cache, loss(o, y)[1])
    report = gradcheck.compare(value, {"params": params, "h": h}, {"params": grads, "h": d_h})
    assert report.worst < 1e-13, report


def test_report_names_the_worst_entry():
    p = {"a": np.array([1.0, 2.0]), "b": np.array([[3.0]])}
    grads = {"a": np.array([2.0, 4.0]), "b": np.array([[6.5]])}
    report = gradcheck.compare(lambda q: (q["a"] ** 2).sum() + (q["b"] ** 2).sum(), p, grads)
    assert (report.worst_row.name, report.worst_row.index) == ("b", (0, 0))
    assert report.worst == pytest.approx(0.5 / 6)
    assert "worst: b[0, 0], derived 6.5, measured 6" in repr(report)


def test_nan_in_a_gradient_is_the_worst_of_all():
    report = gradcheck.compare(lambda q: (q**2).sum(), np.array([1.0]), np.array([np.nan]))
    assert report.worst == np.inf


def test_a_gradient_of_zero_is_compared_without_dividing_by_it():
    report = gradcheck.compare(lambda q: (0 * q).sum(), np.array([1.0]), np.array([0.0]))
    assert report.worst == 0


def test_refuses_what_it_cannot_measure():
    with pytest.raises(ValueError, match="must be float64 for a gradient check, got float32"):
        gradcheck.complex_step(lambda q: q.sum(), np.ones(2, np.float32))
    with pytest.raises(ValueError, match="drops the imaginary part"):
        gradcheck.complex_step(lambda q: np.abs(q).sum(), np.ones(2))
    with pytest.raises(ValueError, match=r"grads\.w must have shape \(2,\).*got \(3,\)"):
        gradcheck.compare(lambda q: q["w"].sum(), {"w": np.ones(2)}, {"w": np.ones(3)})


def test_measuring_leaves_the_parameters_alone():
    p = np.array([1.0, 2.0])
    p.flags.writeable = False
    assert gradcheck.complex_step(lambda q: (q**2).sum(), p).tolist() == [2.0, 4.0]
    assert gradcheck.central_difference(lambda q: (q**2).sum(), p) == pytest.approx([2.0, 4.0])
