"""Each cell against torch.nn, against its own steps, against automatic differentiation."""

from itertools import product

import numpy as np
import pytest
import torch

from rnncourse import elman, gru, lstm
from rnncourse.elman import ElmanParams
from rnncourse.lstm import LSTMParams

GRID = list(product([1, 2, 13], [1, 4], [1, 5], [1, 6]))
PADDED = [(1, [1]), (5, [5, 1, 3]), (13, [2, 13, 7, 7]), (4, [2, 3])]


def worst(ours, theirs):
    """Largest difference, relative to the largest true value."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    scale = np.abs(theirs).max(initial=0) or 1.0
    return np.abs(ours - theirs).max(initial=0) / scale


def assert_close(ours, theirs, tolerance):
    assert list(ours) == list(theirs)
    for name in ours:
        assert worst(ours[name], theirs[name]) < tolerance, name


@pytest.mark.parametrize("size", GRID, ids=str)
def test_equals_torch_in_float64(torch_cell, size):
    case = torch_cell.draw(size)
    assert_close(torch_cell.run(case), torch_cell.run_torch(case), 1e-12)


@pytest.mark.parametrize("size", GRID, ids=str)
def test_steps_equal_the_fast_form(cell, size):
    case = cell.draw(size)
    assert_close(cell.run_steps(case), cell.run(case), 1e-13)


@pytest.mark.parametrize(("T", "lengths"), PADDED, ids=str)
def test_padded_batches_equal_packed_sequences(torch_cell, T, lengths):
    case = torch_cell.draw((T, len(lengths), 5, 6))
    assert_close(torch_cell.run(case, lengths), torch_cell.run_torch(case, lengths), 1e-12)


def test_float32_over_a_thousand_steps(torch_cell):
    case = torch_cell.draw((1000, 4, 8, 64), np.float32)
    ours, theirs = torch_cell.run(case), torch_cell.run_torch(case)
    for name in ours:
        assert ours[name].dtype == np.float32
        is_output = name == "h" or name.startswith("end.")
        assert worst(ours[name], theirs[name]) < (1e-5 if is_output else 5e-5), name


def test_state_left_out_is_zero(cell):
    case = cell.draw((3, 2, 5, 6))
    zeros = type(case.state)(*map(np.zeros_like, case.state))
    left_out = cell.run(case._replace(state=None, d_end=None))
    given = cell.run(case._replace(state=zeros, d_end=zeros))
    for name in given:
        assert np.array_equal(left_out[name], given[name])


def test_round_trip_through_torch_is_exact(torch_cell):
    params = torch_cell.draw((1, 1, 5, 6)).params
    again = torch_cell.module.from_torch(torch_cell.module.to_torch(params))
    for before, after in zip(params, again, strict=True):
        assert np.array_equal(before, after)
        assert before.dtype == after.dtype


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("reverse", [True, False])
def test_reads_any_layer_direction_and_bias(torch_cell, bias, reverse):
    torch.manual_seed(0)
    cell, kind = torch_cell.module, type(torch_cell.module.to_torch(torch_cell.draw(4 * (1,))[0]))
    module = kind(
        4, 6, num_layers=2, bidirectional=True, bias=bias, batch_first=True, dtype=torch.float64
    )
    x = np.random.default_rng(0).standard_normal((5, 2, 4))
    first = [cell.from_torch(module, 0, backwards) for backwards in (False, True)]
    forth = cell.forward(first[0], x)[0]
    back = cell.forward(first[1], x[::-1])[0][::-1]
    both = np.concatenate([forth, back], axis=-1)
    direction = slice(None, None, -1) if reverse else slice(None)
    second = cell.forward(cell.from_torch(module, 1, reverse), both[direction])[0][direction]
    theirs = module(torch.tensor(x).transpose(0, 1))[0].transpose(0, 1).detach()
    half = theirs[..., 6:] if reverse else theirs[..., :6]
    assert worst(second, half) < 1e-12


@pytest.mark.parametrize("kind", ["RNN", "LSTM"])
def test_two_biases_become_their_sum(kind):
    torch.manual_seed(0)
    module = getattr(torch.nn, kind)(2, 3, dtype=torch.float64)
    b = {"RNN": elman, "LSTM": lstm}[kind].from_torch(module).b
    assert np.array_equal(b, (module.bias_ih_l0 + module.bias_hh_l0).detach().numpy())


def test_the_grus_biases_are_added_where_only_their_sum_acts():
    torch.manual_seed(0)
    module = torch.nn.GRU(2, 3, dtype=torch.float64)
    b_ih, b_hh = module.bias_ih_l0.detach().numpy(), module.bias_hh_l0.detach().numpy()
    params = gru.from_torch(module)
    assert np.array_equal(params.b, np.concatenate([b_ih[:6] + b_hh[:6], b_ih[6:]]))
    assert np.array_equal(params.b_hn, b_hh[6:])


def test_conversion_refuses_a_layer_that_is_not_there(torch_cell):
    module = torch_cell.module.to_torch(torch_cell.draw((1, 1, 2, 3)).params)
    with pytest.raises(ValueError, match="layer must lie between 0 and 0, got 1"):
        torch_cell.module.from_torch(module, layer=1)
    with pytest.raises(ValueError, match="reverse"):
        torch_cell.module.from_torch(module, reverse=True)


def test_conversion_refuses_what_it_cannot_keep():
    with pytest.raises(ValueError, match="tanh"):
        elman.from_torch(torch.nn.RNN(2, 3, nonlinearity="relu"))
    with pytest.raises(ValueError, match=r"ElmanParams\.b must have shape \(3,\).*got \(2,\)"):
        elman.to_torch(ElmanParams(np.zeros((3, 2)), np.zeros((3, 3)), np.zeros(2)))
    with pytest.raises(ValueError, match="module must have proj_size 0, got 1"):
        lstm.from_torch(torch.nn.LSTM(2, 3, proj_size=1))
    with pytest.raises(ValueError, match=r"LSTMParams\.b must have shape \(12,\), got \(3,\)"):
        lstm.to_torch(LSTMParams(np.zeros((12, 2)), np.zeros((12, 3)), np.zeros(3)))
