"""The PyTorch reading of the Elman network, against the NumPy one."""

import numpy as np
import pytest
import torch

from rnncourse import elman, network
from rnncourse.nn import Elman, ElmanCell, ElmanNetwork


def draw(T=6, B=4, I=3, H=5):
    rng = np.random.default_rng(0)
    params = elman.init(rng, I, H)
    arrays = [rng.standard_normal(s) for s in [(T, B, I), (T, B, H), (B, H), (B, H)]]
    return params, *arrays


@pytest.mark.parametrize("lengths", [None, [6, 0, 3, 1]])
def test_outputs_and_gradients_equal_the_hand_derived(lengths):
    params, x, d_h, h0, d_end = draw()
    if lengths:
        x[np.arange(6)[:, None] >= np.array(lengths)] = np.nan
    module = Elman.from_params(params)
    inputs, initial = torch.tensor(x, requires_grad=True), torch.tensor(h0, requires_grad=True)
    h, end = module(inputs, initial, lengths)
    ((h * torch.tensor(d_h)).sum() + (end * torch.tensor(d_end)).sum()).backward()

    ours, state, cache = elman.forward(params, x, elman.ElmanState(h0), lengths=lengths)
    d_x, grads, d_state = elman.backward(cache, d_h, elman.ElmanState(d_end))
    pairs = [(ours, h.detach()), (state.h, end.detach()), (d_x, inputs.grad)]
    pairs += [(d_state.h, initial.grad)]
    pairs += [(getattr(grads, n), module.get_parameter(n).grad) for n in ("W_ih", "W_hh", "b")]
    for a, b in pairs:
        assert a == pytest.approx(b.numpy(), rel=1e-12, abs=1e-13)


def test_cell_is_one_step():
    params, x, _, h0, _ = draw()
    h = ElmanCell.from_params(params)(torch.tensor(x[0]), torch.tensor(h0))
    state, _ = elman.step(params, x[0], elman.ElmanState(h0))
    assert h.detach().numpy() == pytest.approx(state.h, rel=1e-14)


def test_whole_network_and_conversions():
    rng = np.random.default_rng(0)
    params = network.init(elman, rng, 3, 5, 7, dtype=np.float32)
    module = ElmanNetwork.from_params(params)
    x = rng.standard_normal((6, 2, 3)).astype(np.float32)
    o, end = module(torch.tensor(x))
    ours, state = network.predict(elman, params, x)
    assert o.detach().numpy() == pytest.approx(ours, rel=1e-5, abs=1e-6)
    assert end.detach().numpy() == pytest.approx(state.h, rel=1e-5, abs=1e-6)
    back = module.to_params()
    for a, b in zip([*params.cell, *params.out], [*back.cell, *back.out], strict=True):
        assert np.array_equal(a, b)
        assert a.dtype == b.dtype


def test_no_steps_keep_the_state():
    module, h0 = Elman(3, 5), torch.ones(2, 5)
    h, end = module(torch.zeros(0, 2, 3), h0)
    assert h.shape == (0, 2, 5)
    assert torch.equal(end, h0)


def test_no_layer_of_torch_inside():
    kinds = {type(m) for m in ElmanNetwork(2, 3, 4).modules()}
    assert kinds == {ElmanNetwork, Elman}


def test_state_dict_round_trip_is_exact():
    a, b = ElmanNetwork(2, 3, 4), ElmanNetwork(2, 3, 4)
    b.load_state_dict(a.state_dict())
    x = torch.randn(5, 1, 2)
    assert torch.equal(a(x)[0], b(x)[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((torch.zeros(4, 3),), r"x must have shape \(T, B, 3\), got \(4, 3\)"),
        ((torch.zeros(4, 2, 2),), r"x must have shape \(T, B, 3\), got \(4, 2, 2\)"),
        ((torch.zeros(4, 2, 3).double(),), "x has dtype torch.float64"),
        ((torch.zeros(4, 2, 3), torch.zeros(1, 5)), r"h must have shape \(2, 5\), got \(1, 5\)"),
        ((torch.zeros(4, 2, 3), None, [1]), r"lengths must have shape \(2,\), got \(1,\)"),
        ((torch.zeros(4, 2, 3), None, [1, 5]), "lengths must lie between 0 and T = 4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        Elman(3, 5)(*arguments)


def test_refuses_sizes_below_one():
    with pytest.raises(ValueError, match="hidden_size must be at least 1, got 0"):
        Elman(3, 0)
