"""The echo-state network in PyTorch: its values and every gradient, padding, running free."""

import re

import numpy as np
import pytest
import torch

from rnncourse import esn, gradcheck, leaky, linear, nn

SIZES = [(7, 3, 2, 5, 1), (1, 1, 1, 1, 0), (5, 2, 0, 4, 2), (0, 2, 2, 3, 1)]  # T, B, I, H, K


def draw(T, B, I, H, K, dtype=np.float64):
    rng = np.random.default_rng([T, B, I, H, K])
    params = esn.init(rng, I, H, K, alpha=0.4, dtype=dtype)
    shapes = (T, B, I), (B, H), (T, B, K)
    return params, *(rng.standard_normal(shape).astype(dtype) for shape in shapes), rng


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("padded", [False, True])
def test_values_and_every_gradient(size, padded):
    params, x, h0, fed, rng = draw(*size)
    T, B, _, H, _ = size
    lengths = [T - 3 * b if 3 * b < T else 0 for b in range(B)] if padded else None
    d_h, d_end = rng.standard_normal((T, B, H)), rng.standard_normal((B, H))

    def run(params, x, h0, fed):
        return esn.forward(params, x, esn.ESNState(h0), y_before=fed, lengths=lengths)

    def loss(at):
        h, end = run(*at)
        return (h * d_h).sum() + (end.h * d_end).sum()

    wanted = gradcheck.complex_step(loss, (params, x, h0, fed))
    if padded:
        beyond = np.arange(T)[:, None] >= np.array(lengths)
        x[beyond] = fed[beyond] = np.nan
    module = nn.ESN.from_params(params).requires_grad_()
    inputs = [torch.tensor(array, requires_grad=True) for array in (x, h0, fed)]
    h, end = module(*inputs[:2], lengths, y_before=inputs[2])
    ((h * torch.tensor(d_h)).sum() + (end.h * torch.tensor(d_end)).sum()).backward()
    ours, last = run(params, x, h0, fed)
    assert np.abs(ours - h.detach().numpy()).max(initial=0) < 1e-12
    assert np.abs(last.h - end.h.detach().numpy()).max() < 1e-12
    for name, measured in wanted[0]._asdict().items():
        found = module.get_parameter(name).grad
        found = np.zeros_like(measured) if found is None else found.numpy()
        assert np.abs(found - measured).max(initial=0) < 1e-12, name
    for found, measured in zip(inputs, wanted[1:], strict=True):
        grad = np.zeros_like(measured) if found.grad is None else found.grad.numpy()
        assert np.abs(grad - measured).max(initial=0) < 1e-12
    for before, after in zip(params, module.to_params(), strict=True):
        assert np.array_equal(before, after)


@pytest.mark.parametrize(
    ("dtype", "of_h", "of_grads"), [(np.float64, 1e-12, 1e-12), (np.float32, 1e-5, 5e-5)]
)
def test_without_feedback_its_gradients_are_the_leaky_cells(dtype, of_h, of_grads):
    params, x, h0, _, rng = draw(40, 3, 2, 6, 0, dtype)
    d_h = rng.standard_normal((40, 3, 6)).astype(dtype)
    same = leaky.LeakyParams(params.W_ih, params.W_hh, params.b, params.alpha)
    h, _, cache = leaky.forward(same, x, leaky.LeakyState(h0), lengths=[40, 0, 9])
    d_x, grads, _ = leaky.backward(cache, d_h)
    module, inputs = nn.ESN.from_params(params), torch.tensor(x, requires_grad=True)
    assert not any(weight.requires_grad for weight in module.parameters())
    theirs, _ = module.requires_grad_()(inputs, torch.tensor(h0), [40, 0, 9])
    theirs.backward(torch.tensor(d_h))
    assert np.abs(h - theirs.detach().numpy()).max() < of_h
    assert np.abs(d_x - inputs.grad.numpy()).max() < of_grads * np.abs(d_x).max()
    for name, ours in grads._asdict().items():
        found = module.get_parameter(name).grad.numpy()
        assert np.abs(ours - found).max() < of_grads * np.abs(ours).max(), name


def test_running_free_is_numpys_and_every_gradient_by_autograd():
    params, x, h0, fed, rng = draw(6, 3, 2, 5, 2)
    readout = linear.init(rng, 5, 2)
    ours, last = esn.generate(params, readout, x, esn.ESNState(h0), fed[0])
    W, b = (torch.tensor(array, requires_grad=True) for array in readout)
    module, inputs = nn.ESN.from_params(params), torch.tensor(x, requires_grad=True)
    o, end = module.generate(lambda h: h @ W.T + b, inputs, torch.tensor(h0), torch.tensor(fed[0]))
    assert np.abs(ours - o.detach().numpy()).max() < 1e-12
    assert np.abs(last.h - end.h.detach().numpy()).max() < 1e-12
    d_o = rng.standard_normal(ours.shape)
    o.backward(torch.tensor(d_o))

    def loss(at):
        weights = esn.ESNParams(*(p.astype(at[1].dtype) for p in params))
        start = esn.ESNState(h0.astype(at[1].dtype))
        o, _ = esn.generate(weights, at[0], at[1], start, fed[0].astype(at[1].dtype))
        return (o * d_o).sum()

    wanted, by_x = gradcheck.complex_step(loss, (readout, x))
    for found, measured in zip((W.grad, b.grad, inputs.grad), (*wanted, by_x), strict=True):
        assert np.abs(found.numpy() - measured).max() < 1e-12


def test_the_seed_rules_and_the_options_are_inits():
    drawn = []
    for _ in range(2):
        torch.manual_seed(0)
        drawn.append(nn.ESN(2, 40, 1, radius=0.5, connections=3, alpha=0.25).to_params())
    assert all(np.array_equal(a, b) for a, b in zip(*drawn, strict=True))
    assert {a.dtype for a in drawn[0]} == {np.dtype(np.float32)}
    assert esn.spectral_radius(drawn[0].W_hh) == pytest.approx(0.5, rel=1e-4)
    assert (np.count_nonzero(drawn[0].W_hh, axis=1) == 3).all()
    assert (drawn[0].alpha == 0.25).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, x, y: m(x), "y_before must have shape (4, 3, 1), got (4, 3, 0)"),
        (lambda m, x, y: m(x, y_before=y[1:]), "y_before must have shape (4, 3, 1), got (3, 3, 1)"),
        (lambda m, x, y: m(x[..., :1], y_before=y), "x must have shape (T, B, 2), got (4, 3, 1)"),
        (lambda m, x, y: m(x, lengths=[5, 1, 1], y_before=y), "lengths must lie between 0 and T"),
        (lambda m, x, y: m(x, x[0], y_before=y), "state.h must have shape (3, 5), got (3, 2)"),
        (
            lambda m, x, y: m.generate(torch.nn.Linear(5, 1), x, torch.zeros(3, 5), y),
            "y_before must have shape (3, 1), got (4, 3, 1)",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(nn.ESN(2, 5, 1), torch.zeros(4, 3, 2), torch.zeros(4, 3, 1))
