"""One step of each PyTorch reading, and each with the output layer, against the NumPy ones."""

import numpy as np
import pytest
import torch

from rnncourse import elman, linear, network, nn
from rnncourse.network import NetworkParams


def draw(cell, dtype=np.float64):
    """Weights of the cell with an output layer of 7, and a batch (T, B, I) = (6, 4, 3)."""
    case = cell.draw((6, 4, 3, 5), dtype)
    out = linear.init(np.random.default_rng(0), case.d_h.shape[2], 7, dtype=dtype)
    return NetworkParams(case.params, out), case


def leaves(params):
    return [*params.cell, *params.out]


def test_one_step_is_the_cells(cell):
    _, case = draw(cell)
    ours, _ = cell.module.step(case.params, case.x[0], case.state)
    state = type(case.state)(*map(torch.tensor, case.state))
    theirs = cell.reading.from_params(case.params).step(torch.tensor(case.x[0]), state)
    for name, a, b in zip(ours._fields, ours, theirs, strict=True):
        assert np.allclose(a, b.detach().numpy(), rtol=1e-12, atol=1e-14), name


@pytest.mark.parametrize("lengths", [None, [6, 0, 3, 1]], ids=str)
def test_outputs_and_every_gradient(cell, lengths):
    params, case = draw(cell)
    y = np.random.default_rng(1).integers(7, size=(6, 4))
    loss, grads, end = network.loss_and_gradients(
        cell.module, params, case.x, y, case.state, lengths=lengths
    )
    module = nn.Network.from_params(cell.reading, params)
    state = type(case.state)(*map(torch.tensor, case.state))
    o, state = module(torch.tensor(case.x), state, lengths)
    real = torch.tensor([[t < n for n in lengths or [6] * 4] for t in range(6)])
    losses = torch.nn.functional.cross_entropy(o[real], torch.tensor(y)[real], reduction="sum")
    (losses / 4).backward()
    assert losses.item() / 4 == pytest.approx(loss, rel=1e-12)
    for a, b in zip(end, state, strict=True):
        assert np.allclose(a, b.detach().numpy(), rtol=1e-12, atol=1e-13)
    theirs = [module.cell.get_parameter(name) for name in params.cell._fields]
    for a, p in zip(leaves(grads), [*theirs, module.W_ho, module.b_o], strict=True):
        assert np.allclose(a, 0 if p.grad is None else p.grad.numpy(), rtol=1e-11, atol=1e-13)


def test_conversion_is_exact_and_keeps_the_precision(cell):
    params, _ = draw(cell, np.float32)
    back = nn.Network.from_params(cell.reading, params).to_params()
    for a, b in zip(leaves(params), leaves(back), strict=True):
        assert np.array_equal(a, b)
        assert a.dtype == b.dtype == np.float32


def test_options_reach_the_cell():
    params = network.init(elman, np.random.default_rng(0), 2, 3, 4)
    assert nn.Network.from_params(nn.Elman, params, by_hand=True).cell.by_hand


def test_nothing_of_torch_inside_and_the_state_dict_is_exact():
    a, b = nn.Network(nn.LSTM(2, 3), 4), nn.Network(nn.LSTM(2, 3), 4)
    assert {type(m) for m in a.modules()} == {nn.Network, nn.LSTM}
    b.load_state_dict(a.state_dict())
    x = torch.randn(5, 1, 2)
    assert torch.equal(a(x)[0], b(x)[0])


def test_draws_within_the_output_layers_bound():
    torch.manual_seed(0)
    module = nn.Network(nn.GRU(2, 25, dtype=torch.float64), 40)
    assert 0.19 < module.W_ho.abs().max() <= 0.2
    assert module.b_o.dtype == torch.float64


def test_refuses_sizes_below_one():
    with pytest.raises(ValueError, match="output_size must be at least 1, got 0"):
        nn.Network(nn.Elman(3, 5), 0)
    with pytest.raises(ValueError, match="hidden_size must be at least 1, got 0"):
        nn.Elman(3, 0)
