"""The PyTorch readings, against the NumPy cells; and the hand-derived pass behind autograd."""

import numpy as np
import pytest
import torch

from rnncourse import nn


def worst(ours, theirs):
    scale = np.abs(theirs).max(initial=0) or 1.0
    return np.abs(ours - theirs).max(initial=0) / scale


def assert_equal_to_the_cell(cell, lengths, **how):
    case = cell.draw((6, 4, 3, 5))
    if lengths:
        beyond = np.arange(6)[:, None] >= np.array(lengths)
        case.x[beyond] = case.d_h[beyond] = np.nan
    given = case._replace(d_h=np.nan_to_num(case.d_h))
    ours, theirs = cell.run(case, lengths), cell.run_reading(given, lengths, **how)
    assert list(ours) == list(theirs)
    for name in ours:
        assert worst(ours[name], theirs[name]) < 1e-12, name


LENGTHS = pytest.mark.parametrize("lengths", [None, [6, 0, 3, 1]], ids=str)


@LENGTHS
def test_automatic_differentiation_equals_the_hand_derived(cell, lengths):
    assert_equal_to_the_cell(cell, lengths)


@LENGTHS
def test_the_hand_derived_pass_inside_pytorch(cell, lengths):
    assert_equal_to_the_cell(cell, lengths, by_hand=True)


def test_state_left_out_is_zero_and_the_seed_rules(cell):
    kind = cell.reading
    torch.manual_seed(0)
    one = kind(3, 5)
    torch.manual_seed(0)
    two = kind(3, 5, by_hand=True)
    x = torch.randn(6, 2, 3)
    (h, _), (same, _) = one(x), two(x)
    assert torch.allclose(h, same, rtol=1e-5, atol=1e-6)
    assert {p.dtype for p in one.parameters()} == {torch.float32}


def test_conversion_is_exact(cell):
    kind = cell.reading
    params = cell.draw((1, 1, 3, 5), np.float32).params
    for a, b in zip(params, kind.from_params(params).to_params(), strict=True):
        assert np.array_equal(a, b)
        assert a.dtype == b.dtype


def test_no_steps_keep_the_state(cell):
    case = cell.draw((0, 2, 3, 5))
    results = cell.run_reading(case)
    for name in case.state._fields:
        assert np.array_equal(results[f"end.{name}"], getattr(case.state, name))


def test_no_layer_of_torch_inside(cell):
    kind = cell.reading
    assert {type(m) for m in kind(2, 3).modules()} == {kind}


def test_by_hand_passes_the_gradient_check_and_refuses_a_second_derivative(cell):
    reading = cell.reading.from_params(cell.draw((3, 2, 2, 3)).params, by_hand=True)
    x = torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: reading(x)[0], (x,))
    with pytest.raises(RuntimeError, match="by_hand gives first derivatives only"):
        torch.autograd.grad(reading(x)[0].sum(), x, create_graph=True)


def test_by_hand_refuses_to_go_back_over_outputs_that_were_written_into():
    h, _ = nn.LSTM(2, 3, by_hand=True)(torch.randn(4, 1, 2))
    loss = h.sum()
    h.detach().zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((torch.zeros(4, 3),), r"x must have shape \(T, B, 3\), got \(4, 3\)"),
        ((torch.zeros(4, 2, 2),), r"x must have shape \(T, B, 3\), got \(4, 2, 2\)"),
        ((torch.zeros(4, 2, 3).double(),), "x has dtype torch.float64"),
        ((torch.zeros(4, 2, 3), None, [1]), r"lengths must have shape \(2,\), got \(1,\)"),
        ((torch.zeros(4, 2, 3), None, [1, 5]), "lengths must lie between 0 and T = 4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(cell, arguments, message):
    with pytest.raises(ValueError, match=message):
        cell.reading(3, 5)(*arguments)


def test_refuses_a_state_of_another_shape(cell):
    module = cell.reading(3, 5)
    _, state = module(torch.zeros(1, 2, 3))
    name = state._fields[0]
    wrong = state._replace(**{name: getattr(state, name)[:1]})
    with pytest.raises(ValueError, match=rf"state\.{name} must have shape"):
        module(torch.zeros(4, 2, 3), wrong)
