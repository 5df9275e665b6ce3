"""The time-delay network: gradients, its PyTorch reading, its window."""

import re

import numpy as np
import pytest
import torch

from rnncourse import gradcheck, network, nn, tdnn


def close(ours, theirs):
    return ours == pytest.approx(np.asarray(theirs), rel=1e-12, abs=1e-13)


def draw(dtype=np.float64):
    rng = np.random.default_rng(0)
    params = tdnn.init(rng, 2, 4, kernel_sizes=(3, 1, 2), dtype=dtype)
    return params, rng.standard_normal((7, 3, 2)).astype(dtype), rng


@pytest.mark.parametrize("lengths", [None, [7, 0, 3]], ids=str)
def test_gradients_and_its_pytorch_reading(lengths):
    params, x, rng = draw()
    d_h = rng.standard_normal((7, 3, 4))
    if lengths:
        x[np.arange(7)[:, None] >= np.array(lengths)] = np.nan
    h, state, cache = tdnn.forward(params, x, lengths=lengths)
    d_x, grads, d_state = tdnn.backward(cache, d_h)
    assert (state, d_state) == (None, None)
    clean = np.nan_to_num(x)
    report = gradcheck.compare(
        lambda at: (tdnn.forward(*at, lengths=lengths)[0] * d_h).sum(),
        (params, clean),
        (grads, d_x),
    )
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report
    module, inputs = nn.TDNN.from_params(params), torch.tensor(x, requires_grad=True)
    theirs, _ = module(inputs, lengths=lengths)
    theirs.backward(torch.tensor(d_h))
    assert close(h, theirs.detach())
    assert close(d_x, inputs.grad)
    for ours, layer in zip(grads.layers, module.layers, strict=True):
        assert close(ours.W, layer.W.grad)
        assert close(ours.b, layer.b.grad)
    for a, b in zip(params.layers, module.to_params().layers, strict=True):
        assert np.array_equal(a.W, b.W)


def test_a_tdnn_sees_its_window_and_no_more():
    params, x, _ = draw()
    assert tdnn.receptive_field(params) == 4
    h, _, cache = tdnn.forward(params, x)
    d_h = np.zeros_like(h)
    d_h[5] = 1
    d_x, _, _ = tdnn.backward(cache, d_h)
    assert np.flatnonzero(d_x.any(axis=(1, 2))).tolist() == [2, 3, 4, 5]
    longer = np.concatenate([np.zeros((2, 3, 2)), x])  # shifted input, shifted output
    assert close(tdnn.forward(params, longer)[0][5:], h[3:])


def test_goes_into_a_network():
    _, x, rng = draw()
    whole = network.init(tdnn, rng, 2, 4, 3)
    _, grads, state = network.loss_and_gradients(tdnn, whole, x, rng.integers(3, size=(7, 3)))
    assert state is None
    assert grads.cell.layers[0].W.shape == whole.cell.layers[0].W.shape
    o, _ = nn.Network(nn.TDNN(2, 4), 3)(torch.zeros(7, 3, 2))
    assert o.shape == (7, 3, 3)


def test_refusals():
    params, x, _ = draw()
    with pytest.raises(ValueError, match="state must be None: a TDNN carries none, got ndarray"):
        tdnn.forward(params, x, np.zeros(1))
    with pytest.raises(ValueError, match="kernel_sizes must name at least one layer, got none"):
        tdnn.init(np.random.default_rng(0), 1, 1, kernel_sizes=())
    with pytest.raises(ValueError, match=re.escape("d_h must have shape (7, 3, 4)")):
        tdnn.backward(tdnn.forward(params, x)[2], x)
