"""Leaky units, skip connections and the clockwork: their own choices, and what each is for."""

import numpy as np
import pytest
import torch

from rnncourse import check_gradients, clockwork, elman, leaky, network, nn, skip


def draw(cell, T=9, B=2, I=3, H=5):
    rng = np.random.default_rng(0)
    return cell.init(rng, I, H), rng.standard_normal((T, B, I)), rng.standard_normal((T, B, H))


def reading_equals(cell, reading):
    params, x, d_h = draw(cell)
    h, _, cache = cell.forward(params, x)
    d_x, grads, _ = cell.backward(cache, d_h)
    inputs = torch.tensor(x, requires_grad=True)
    theirs, _ = reading(inputs)
    theirs.backward(torch.tensor(d_h))
    assert h == pytest.approx(theirs.detach().numpy(), rel=1e-12, abs=1e-13)
    assert d_x == pytest.approx(inputs.grad.numpy(), rel=1e-12, abs=1e-13)
    for name, grad in grads._asdict().items():
        wanted = reading.get_parameter(name).grad.numpy()
        assert grad == pytest.approx(wanted, rel=1e-12, abs=1e-13), name


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("d", [1, 3, 20])
def test_any_delay(d, by_hand):
    cell = skip.with_delay(d)
    params, _, _ = draw(cell)
    reading_equals(cell, nn.Skip.from_params(params, delay=d, by_hand=by_hand))


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("periods", [(1,), (3, 1), (1, 2, 5), (1, 2, 3, 4, 5, 6)], ids=str)
def test_any_periods(periods, by_hand):
    cell = clockwork.with_periods(periods)
    params, _, _ = draw(cell)
    reading_equals(cell, nn.Clockwork.from_params(params, periods=periods, by_hand=by_hand))


@pytest.mark.parametrize(
    "cell",
    [skip.with_delay(1), skip.with_delay(4), clockwork.with_periods((2, 1, 3))],
    ids=["1 step", "4 steps", "periods"],
)
def test_gradients_with_other_choices(cell, in_steps):
    assert check_gradients(cell, 6, 2, 3, 5).worst < 1e-13
    assert check_gradients(in_steps(cell), 6, 2, 3, 5).worst < 1e-13


def states_of_elman(params, x):
    return elman.forward(elman.ElmanParams(params.W_ih, params.W_hh, params.b), x)[0]


def test_each_contains_elmans_network():
    params, x, _ = draw(leaky)
    h = leaky.forward(params._replace(alpha=np.ones(5)), x)[0]
    assert h == pytest.approx(states_of_elman(params, x), rel=1e-13)
    params, x, _ = draw(skip)
    h = skip.forward(params._replace(W_skip=np.zeros((5, 5))), x, delay=7)[0]
    assert h == pytest.approx(states_of_elman(params, x), rel=1e-13)
    params, x, _ = draw(clockwork)
    h = clockwork.forward(params, x, periods=(1,))[0]
    assert h == pytest.approx(states_of_elman(params, x), rel=1e-13)


def test_skips_of_one_step_add_their_weights():
    params, x, _ = draw(skip)
    h = skip.forward(params, x, delay=1)[0]
    both = params._replace(W_hh=params.W_hh + params.W_skip)
    assert h == pytest.approx(states_of_elman(both, x), rel=1e-12)


def test_a_leaky_unit_remembers_over_its_time_scale():
    params = leaky.init(np.random.default_rng(0), 1, 3, slowest=100.0)
    params = params._replace(W_hh=np.zeros((3, 3)), b=np.zeros(3))
    h, _, _ = leaky.forward(params, np.zeros((100, 1, 1)), leaky.LeakyState(np.ones((1, 3))))
    assert h[:, 0] == pytest.approx((1 - params.alpha) ** np.arange(1, 101)[:, None])
    assert h[-1, 0, 2] == pytest.approx(np.exp(-1), rel=0.01)


def test_a_skip_carries_a_gradient_by_fewer_factors():
    # one unit, w = ½ along either path: 24 factors by single steps, 3 by steps of eight
    params = skip.SkipParams(*(np.array([[w]]) for w in (1.0, 0.5, 0.5)), np.zeros(1))
    x = np.zeros((25, 1, 1))
    d_h = np.zeros_like(x)
    d_h[-1] = 1

    def first(w_hh, w_skip):
        at = params._replace(W_hh=np.array([[w_hh]]), W_skip=np.array([[w_skip]]))
        _, _, cache = skip.forward(at, x, delay=8)
        return skip.backward(cache, d_h)[0][0, 0, 0]

    assert first(0.5, 0.0) == pytest.approx(0.5**24)
    assert first(0.0, 0.5) == pytest.approx(0.5**3)


def test_slow_units_stand_still_and_read_nothing_faster():
    params, x, _ = draw(clockwork, T=13, H=6)
    periods = (1, 2, 4)
    h, _, _ = clockwork.forward(params, x, periods=periods)
    moved = np.vstack([np.ones((1, 6), bool), (h[1:] != h[:-1]).any(axis=1)])
    due = np.arange(13)[:, None] % clockwork.unit_periods(6, periods) == 0
    assert np.array_equal(moved, due)
    other = params._replace(W_hh=params.W_hh.copy())
    other.W_hh[2:, :2] = np.nan_to_num(np.inf)  # into slower groups: removed, whatever stands there
    assert np.array_equal(clockwork.forward(other, x, periods=periods)[0], h)
    nudged = x.copy()
    nudged[3] += 1  # only the fastest group moves at t = 3, and none ever hears of it
    again = clockwork.forward(params, nudged, periods=periods)[0]
    assert np.array_equal(again[..., 2:], h[..., 2:])
    assert (again[3:4, :, :2] != h[3:4, :, :2]).all()


def test_networks_take_them_as_cells():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((9, 2, 3)), rng.integers(4, size=(9, 2))
    for cell in (skip.with_delay(3), clockwork.with_periods((1, 4)), leaky):
        params = network.init(cell, rng, 3, 5, 4)
        value, grads, state = network.loss_and_gradients(cell, params, x, y)
        step = [p - 0.01 * g for p, g in zip(params.cell, grads.cell, strict=True)]
        better = params._replace(cell=type(params.cell)(*step))
        assert network.loss_and_gradients(cell, better, x, y)[0] < value
        assert state[0].shape == (2, 5)


def test_refusals():
    params, x, _ = draw(skip)
    for call in (
        lambda: skip.forward(params, x, delay=0),
        lambda: skip.with_delay(0),
        lambda: nn.Skip(1, 1, delay=0),
    ):
        with pytest.raises(ValueError, match="must be at least 1, got 0"):
            call()
    with pytest.raises(ValueError, match=r"slowest must be at least 1, got 0\.5"):
        leaky.init(np.random.default_rng(0), 1, 1, slowest=0.5)
    with pytest.raises(ValueError, match=r"periods must name at least one period, got \(\)"):
        clockwork.with_periods(())
    with pytest.raises(ValueError, match=r"periods\[1\] must be a whole number of at least 1, got"):
        clockwork.with_periods((1, 0))
