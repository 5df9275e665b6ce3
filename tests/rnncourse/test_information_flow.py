"""The regulariser: its parts against differentiation, and what training on it does."""

import inspect

import numpy as np
import pytest
import torch

from rnncourse import elman, flow, gradcheck, gru, information_flow, nn, relu_rnn, steps
from rnncourse.nn.information_flow import omega as omega_by_torch

CELLS = pytest.mark.parametrize("cell", [elman, relu_rnn], ids=["elman", "relu_rnn"])


def case(cell, T=6, B=3, I=2, H=4, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    params = cell.init(rng, I, H, dtype=dtype)
    x, d_h = (rng.standard_normal((T, B, n)).astype(dtype) for n in (I, H))
    h, _, _ = cell.forward(params, x)
    return params, x, h, d_h


def relative(ours, theirs):
    return np.abs(ours - theirs).max(initial=0) / (np.abs(theirs).max(initial=0) or 1)


@CELLS
def test_the_immediate_gradient_is_that_of_omega_with_errors_and_states_held_fixed(cell):
    params, _, h, d_h = case(cell)
    found = information_flow.measure(cell, params, h, d_h)
    e = information_flow.error_signals(cell, params, h, d_h)[1:]
    slopes = 1 - h**2 if cell is elman else (h > 0) * 1.0

    def value(W_hh):
        return information_flow.omega(W_hh, e, slopes)[0]

    report = gradcheck.compare(value, params.W_hh, found.d_W_hh)
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report
    assert value(params.W_hh) == found.omega


@CELLS
def test_errors_and_ratios_are_those_of_the_jacobians(cell):
    """e by the chapter's steps; r by each Jacobian, column by column through one step back."""
    params, x, h, d_h = case(cell)
    T, B, H = h.shape
    found = information_flow.measure(cell, params, h, d_h)
    start = cell.forward(params, x[:0])[1]
    _, _, cache = steps.forward(cell, params, x, start)
    d = start._replace(h=np.zeros((B, H)))
    e = information_flow.error_signals(cell, params, h, d_h)
    for t in reversed(range(T)):
        d = d._replace(h=d.h + d_h[t])
        assert e[t + 1] == pytest.approx(d.h, rel=1e-12)
        jacobian = np.empty((B, H, H))
        for unit in range(H):
            one = start._replace(h=np.tile(np.eye(H)[unit], (B, 1)))
            jacobian[:, unit] = cell.step_backward(params, cache.steps[t], one)[1].h
        through = np.einsum("bi,bij->bj", d.h, jacobian)
        expected = np.linalg.norm(through, axis=1) / np.linalg.norm(d.h, axis=1)
        assert found.ratios[t] == pytest.approx(expected, rel=1e-12)
        d = d._replace(h=through)
    assert e[0] == pytest.approx(d.h, rel=1e-12)
    assert found.omega == pytest.approx(((found.ratios - 1) ** 2).sum() / B, rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@CELLS
def test_equals_pytorch_with_the_same_treatment(cell, dtype):
    params, x, h, d_h = case(cell, T=8, H=5, dtype=dtype)
    d_h[-1] = d_h[2] = 0  # nothing is heard of the last state, and none of the third but later
    found = information_flow.measure(cell, params, h, d_h)
    module = (nn.Elman if cell is elman else nn.ReLURNN).from_params(params)
    value, ratios = omega_by_torch(module, torch.tensor(x), lambda h: (h * torch.tensor(d_h)).sum())
    value.backward()
    tolerance = 1e-12 if dtype == np.float64 else 5e-5
    assert relative(found.omega, value.detach().numpy()) < tolerance
    assert relative(found.ratios, ratios.numpy()) < tolerance
    assert relative(found.d_W_hh, module.W_hh.grad.numpy()) < tolerance
    assert module.W_ih.grad is None
    assert module.b.grad is None
    assert found.d_W_hh.dtype == found.ratios.dtype == dtype


@CELLS
def test_padding_counts_for_nothing(cell):
    params, x, _, d_h = case(cell)
    lengths = np.array([6, 0, 3])
    h, _, _ = cell.forward(params, x, lengths=lengths)
    clean = information_flow.measure(cell, params, h, d_h, lengths=lengths)
    beyond = np.arange(6)[:, None] >= lengths
    d_h[beyond] = np.nan
    found = information_flow.measure(cell, params, h, d_h, lengths=lengths)
    for ours, same in zip(found, clean, strict=True):
        assert np.array_equal(ours, same)
    assert (found.ratios[beyond] == 1).all()
    total, d_W_hh = 0.0, np.zeros_like(params.W_hh)
    for b, n in enumerate(lengths):
        one = information_flow.measure(cell, params, h[:n, b : b + 1], d_h[:n, b : b + 1])
        total, d_W_hh = total + one.omega / 3, d_W_hh + one.d_W_hh / 3
    assert found.omega == pytest.approx(total, rel=1e-13)
    assert found.d_W_hh == pytest.approx(d_W_hh, rel=1e-12)


def test_a_gradient_by_the_last_state_is_part_of_the_error():
    params, _, h, d_h = case(elman)
    end = elman.ElmanState(d_h[0])
    given = information_flow.measure(elman, params, h, d_h, end)
    d_h[-1] += d_h[0]
    for ours, same in zip(given, information_flow.measure(elman, params, h, d_h), strict=True):
        assert np.array_equal(ours, same)


def test_a_sequence_of_no_steps_hands_its_error_on():
    params, _, h, d_h = case(elman)
    end = elman.ElmanState(np.ones((3, 4)))
    e = information_flow.error_signals(elman, params, h, d_h, end, lengths=[6, 0, 3])
    _, _, cache = elman.forward(params, case(elman)[1], lengths=[6, 0, 3])
    assert e[0] == pytest.approx(elman.backward(cache, d_h, end)[2].h, rel=1e-12)
    assert np.array_equal(e[0, 1], end.h[1])


@pytest.mark.parametrize("size", [(0, 2), (3, 0)], ids=str)
def test_no_steps_and_no_sequences(size):
    T, B = size
    params = elman.init(np.random.default_rng(0), 2, 4)
    found = information_flow.measure(elman, params, np.zeros((T, B, 4)), np.zeros((T, B, 4)))
    assert found.omega == 0
    assert found.ratios.shape == size
    assert not found.d_W_hh.any()


def test_an_error_that_a_relu_stops_has_a_ratio_of_zero_and_no_slope():
    params = relu_rnn.ReLUParams(np.ones((1, 1)), np.ones((1, 1)), np.array([-1.0]))
    found = information_flow.measure(relu_rnn, params, np.zeros((1, 1, 1)), np.ones((1, 1, 1)))
    assert (found.omega, found.ratios.item(), found.d_W_hh.item()) == (1, 0, 0)


def test_descent_on_it_alone_makes_the_gradient_arrive():
    """Measured over 30 steps: it comes back a million times longer after 300 updates."""
    params, x, _, _ = case(elman, T=30, B=8, I=1, H=16, seed=1)
    d_h = np.zeros((30, 8, 16))
    d_h[-1] = 1 / 4
    before, values = flow.state_gradient_norms(elman, params, x, d_h=d_h)[0], []
    for _ in range(300):
        h, _, _ = elman.forward(params, x)
        found = information_flow.measure(elman, params, h, d_h)
        values.append(found.omega)
        params = params._replace(W_hh=params.W_hh - 0.02 * found.d_W_hh)
    after = flow.state_gradient_norms(elman, params, x, d_h=d_h)[0]
    assert values[-1] < 0.05 * values[0]
    assert (after > 1e6 * before).all()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(ratios - 1) / max", "(1 - ratios) / max"),
        ("(ratios - 1) / max", "ratios / max"),
        ("(v, length)", "(v, error)"),
        ("heard * 2", "heard * 1"),
        ("weight[:, :, None] * u", "weight[:, :, None] * e"),
        ("weight[:, :, None] * u", "u"),
        ("H).T @ v.reshape(T * B, H)", "H).T @ u.reshape(T * B, H)"),
        ("/ max(1, e.shape[1])", ""),
        ("d_W_hh.astype(", "d_W_hh.T.astype("),
    ],
)
def test_the_check_notices_each_mistake(right, wrong, monkeypatch):
    source = inspect.getsource(information_flow.measure)
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(information_flow))
    exec(source.replace(right, wrong), scope)
    monkeypatch.setattr(information_flow, "measure", scope["measure"])
    with pytest.raises(AssertionError):
        test_the_immediate_gradient_is_that_of_omega_with_errors_and_states_held_fixed(elman)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cell": gru}, "cell must be elman or relu_rnn, got gru"),
        ({"h": np.zeros((6, 3, 5))}, r"h must have shape \(T, B, 4\) \(H as in W_hh\)"),
        ({"h": np.zeros((6, 3, 4), np.float32)}, "h has dtype float32, but the weights have"),
        ({"d_h": np.zeros((6, 3, 1))}, r"d_h must have shape \(6, 3, 4\)"),
        ({"lengths": [7, 0, 0]}, r"lengths\[0\] must lie between 0 and T = 6, got 7"),
    ],
)
def test_refusals(change, message):
    params, _, h, d_h = case(elman)
    with pytest.raises(ValueError, match=message):
        information_flow.measure(**{"cell": elman, "params": params, "h": h, "d_h": d_h, **change})


def test_the_reading_refuses_another_cell():
    with pytest.raises(ValueError, match="module must be an Elman or a ReLURNN, got GRU"):
        omega_by_torch(nn.GRU(1, 2), torch.zeros(1, 1, 1), torch.sum)


def test_errors_too_small_to_be_squared():
    params, rng = elman.init(np.random.default_rng(0), 2, 4), np.random.default_rng(1)
    h, _, _ = elman.forward(params, rng.standard_normal((1000, 2, 2)))
    d_h = np.zeros_like(h)
    d_h[-1] = 1
    e = information_flow.error_signals(elman, params, h, d_h)
    assert 0 < np.abs(e[1]).max() < 1e-170  # the square of which is 0
    found = information_flow.measure(elman, params, h, d_h)
    later = information_flow.measure(elman, params, h[-300:], d_h[-300:])
    assert np.array_equal(found.ratios[-300:], later.ratios)
    # further steps add terms of their own, each of the same size
    assert found.omega > 3 * later.omega
    assert np.linalg.norm(later.d_W_hh) < np.linalg.norm(found.d_W_hh) < 1e4
