"""The Elman network against torch.nn.RNN: outputs and every gradient."""

from itertools import product

import numpy as np
import pytest
import torch

from rnncourse import elman, steps
from rnncourse.elman import ElmanParams, ElmanState

GRID = list(product([1, 2, 13], [1, 4], [1, 5], [1, 6]))


def worst(ours, theirs):
    """Largest difference, relative to the largest true value."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    scale = np.abs(theirs).max(initial=0) or 1.0
    return np.abs(ours - theirs).max(initial=0) / scale


def draw(T, B, I, H, dtype=np.float64, seed=0):
    rng = np.random.default_rng([seed, T, B, I, H])
    params = elman.init(rng, I, H, dtype=dtype)
    arrays = [rng.standard_normal(s).astype(dtype) for s in [(T, B, I), (T, B, H), (B, H), (B, H)]]
    x, d_h, h0, d_end = arrays
    return params, x, d_h, ElmanState(h0), ElmanState(d_end)


def by_torch(params, x, d_h, state, d_end, lengths=None):
    module = elman.to_torch(params)
    x = torch.tensor(x, requires_grad=True)
    h0 = torch.tensor(state.h[None], requires_grad=True)
    if lengths is None:
        h, end = module(x, h0)
    else:
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        h, end = module(packed, h0)
        h, _ = torch.nn.utils.rnn.pad_packed_sequence(h, total_length=len(x))
    ((h * torch.tensor(d_h)).sum() + (end[0] * torch.tensor(d_end.h)).sum()).backward()
    # both biases get the same gradient; ours is one of them
    grads = [module.weight_ih_l0.grad, module.weight_hh_l0.grad, module.bias_hh_l0.grad]
    return h.detach(), end[0].detach(), x.grad, *grads, h0.grad[0]


def by_hand(params, x, d_h, state, d_end, lengths=None):
    h, end, cache = elman.forward(params, x, state, lengths=lengths)
    d_x, grads, d_state = elman.backward(cache, d_h, d_end)
    return h, end.h, d_x, *grads, d_state.h


def by_steps(params, x, d_h, state, d_end):
    h, end, cache = steps.forward(elman, params, x, state)
    d_x, grads, d_state = steps.backward(elman, cache, d_h, d_end)
    return h, end.h, d_x, *grads, d_state.h


@pytest.mark.parametrize("size", GRID, ids=str)
def test_equals_torch_in_float64(size):
    case = draw(*size)
    for ours, theirs in zip(by_hand(*case), by_torch(*case), strict=True):
        assert worst(ours, theirs) < 1e-12


@pytest.mark.parametrize("size", GRID, ids=str)
def test_steps_equal_the_fast_form(size):
    case = draw(*size)
    for step_form, fast_form in zip(by_steps(*case), by_hand(*case), strict=True):
        assert worst(step_form, fast_form) < 1e-13


@pytest.mark.parametrize(
    ("T", "lengths"), [(1, [1]), (5, [5, 1, 3]), (13, [2, 13, 7, 7]), (4, [2, 3])], ids=str
)
def test_padded_batches_equal_packed_sequences(T, lengths):
    case = draw(T, len(lengths), 5, 6)
    for ours, theirs in zip(by_hand(*case, lengths), by_torch(*case, lengths), strict=True):
        assert worst(ours, theirs) < 1e-12


def test_float32_over_a_thousand_steps():
    case = draw(1000, 4, 8, 64, np.float32)
    names = ["h", "end", "d_x", "W_ih", "W_hh", "b", "d_h0"]
    for name, ours, theirs in zip(names, by_hand(*case), by_torch(*case), strict=True):
        assert ours.dtype == np.float32
        assert worst(ours, theirs) < (1e-5 if name in ("h", "end") else 5e-5), name


def test_state_left_out_is_zero():
    params, x, d_h, _, d_end = draw(3, 2, 5, 6)
    zeros = ElmanState(np.zeros((2, 6)))
    for left_out, given in zip(
        by_hand(params, x, d_h, None, d_end), by_hand(params, x, d_h, zeros, d_end), strict=True
    ):
        assert np.array_equal(left_out, given)


def test_round_trip_through_torch_is_exact():
    params = draw(1, 1, 5, 6)[0]
    for before, after in zip(params, elman.from_torch(elman.to_torch(params)), strict=True):
        assert np.array_equal(before, after)
        assert before.dtype == after.dtype


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("reverse", [True, False])
def test_reads_any_layer_direction_and_bias(bias, reverse):
    torch.manual_seed(0)
    module = torch.nn.RNN(
        4, 6, num_layers=2, bidirectional=True, bias=bias, batch_first=True, dtype=torch.float64
    )
    x = np.random.default_rng(0).standard_normal((5, 2, 4))
    first = [elman.from_torch(module, 0, backwards) for backwards in (False, True)]
    forth = elman.forward(first[0], x)[0]
    back = elman.forward(first[1], x[::-1])[0][::-1]
    both = np.concatenate([forth, back], axis=-1)
    direction = slice(None, None, -1) if reverse else slice(None)
    second = elman.forward(elman.from_torch(module, 1, reverse), both[direction])[0][direction]
    theirs = module(torch.tensor(x).transpose(0, 1))[0].transpose(0, 1).detach()
    half = theirs[..., 6:] if reverse else theirs[..., :6]
    assert worst(second, half) < 1e-12


def test_two_biases_become_their_sum():
    torch.manual_seed(0)
    module = torch.nn.RNN(2, 3, dtype=torch.float64)
    b = elman.from_torch(module).b
    assert np.array_equal(b, (module.bias_ih_l0 + module.bias_hh_l0).detach().numpy())


def test_conversion_refuses_what_it_cannot_keep():
    with pytest.raises(ValueError, match="tanh"):
        elman.from_torch(torch.nn.RNN(2, 3, nonlinearity="relu"))
    with pytest.raises(ValueError, match="layer must lie between 0 and 0, got 1"):
        elman.from_torch(torch.nn.RNN(2, 3), layer=1)
    with pytest.raises(ValueError, match="reverse"):
        elman.from_torch(torch.nn.RNN(2, 3), reverse=True)
    with pytest.raises(ValueError, match=r"ElmanParams\.b must have shape \(3,\).*got \(2,\)"):
        elman.to_torch(ElmanParams(np.zeros((3, 2)), np.zeros((3, 3)), np.zeros(2)))
