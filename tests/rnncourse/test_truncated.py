"""Truncated back-propagation: against automatic differentiation with the state detached."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import elman, losses, network, nn, optim, truncated


def case(T=7, B=3, I=2, H=4, K=5):
    rng = np.random.default_rng([T, B])
    params = network.init(elman, rng, I, H, K)
    x, y = rng.standard_normal((T, B, I)), rng.integers(K, size=(T, B))
    return params, x, y, elman.ElmanState(rng.standard_normal((B, H)))


def by_torch(params, x, y, state, k):
    """The loss and its gradients, the state detached between windows."""
    net, h, total = nn.Network.from_params(nn.Elman, params), torch.tensor(state.h), 0.0
    for start in range(0, len(x), k):
        o, (h,) = net(torch.tensor(x[start : start + k]), h.detach())
        target = torch.tensor(y[start : start + k]).flatten()
        loss = torch.nn.functional.cross_entropy(o.flatten(0, 1), target, reduction="sum")
        (loss / x.shape[1]).backward()
        total += loss.item() / x.shape[1]
    cell = [net.cell.W_ih.grad, net.cell.W_hh.grad, net.cell.b.grad]
    return total, [g.numpy() for g in [*cell, net.W_ho.grad, net.b_o.grad]], h.detach().numpy()


def flat(grads):
    return [*grads.cell, *grads.out]


@pytest.mark.parametrize("k", [1, 2, 3, 6, 7, 20])
def test_equals_automatic_differentiation_with_the_state_detached(k):
    params, x, y, state = case()
    loss, grads, end = truncated.gradients(elman, params, x, y, k, state)
    true_loss, true_grads, true_end = by_torch(params, x, y, state, k)
    assert loss == pytest.approx(true_loss, rel=1e-13)
    assert end.h == pytest.approx(true_end, rel=1e-13)
    for ours, theirs in zip(flat(grads), true_grads, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-14)


def test_a_shorter_window_changes_the_gradient_but_not_the_loss():
    params, x, y, state = case()
    full, exact, _ = network.loss_and_gradients(elman, params, x, y, state)
    short, cut, _ = truncated.gradients(elman, params, x, y, 2, state)
    assert short == pytest.approx(full, rel=1e-13)
    assert np.abs(cut.cell.W_hh - exact.cell.W_hh).max() > 1e-3
    # the output layer has no recurrence, so nothing of its gradient is cut
    assert cut.out.W_ho == pytest.approx(exact.out.W_ho, rel=1e-12)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(1, 9), st.lists(st.integers(0, 7), min_size=3, max_size=3))
def test_lengths_pass_through_the_windows(k, lengths):
    params, x, y, state = case()
    x[np.arange(7)[:, None] >= np.array(lengths)] = np.nan
    loss, grads, end = truncated.gradients(elman, params, x, y, k, state, lengths=lengths)
    total = [np.zeros_like(g) for g in flat(grads)]
    value = 0.0
    for b, n in enumerate(lengths):
        start = elman.ElmanState(state.h[[b]])
        one, g, alone = truncated.gradients(elman, params, x[:n, [b]], y[:n, [b]], k, start)
        value += one / 3
        total = [a + part / 3 for a, part in zip(total, flat(g), strict=True)]
        assert end.h[[b]] == pytest.approx(alone.h, rel=1e-12)
    assert loss == pytest.approx(value, rel=1e-12)
    for ours, sum_of_singles in zip(flat(grads), total, strict=True):
        assert ours == pytest.approx(sum_of_singles, rel=1e-11, abs=1e-13)


def test_other_losses_and_an_encoding():
    params, x, _, state = case()
    y = np.random.default_rng(1).standard_normal((7, 3, 5))
    whole = network.loss_and_gradients(elman, params, x, y, state, loss=losses.squared_loss)
    part = truncated.gradients(elman, params, x, y, 7, state, loss=losses.squared_loss)
    assert part[0] == pytest.approx(whole[0])
    ids = np.random.default_rng(2).integers(2, size=(7, 3))
    named = truncated.gradients(
        elman, params, ids, y, 3, loss=losses.squared_loss, encode=np.eye(2).__getitem__
    )
    plain = truncated.gradients(elman, params, np.eye(2)[ids], y, 3, loss=losses.squared_loss)
    assert named[0] == plain[0]


def test_training_updates_after_every_window_and_carries_the_state():
    params, x, y, state = case()
    update = optim.SGD(0.1).step
    seen = list(truncated.train(elman, params, x, y, 3, update, state))
    assert [(w.steps.start, w.steps.stop) for w in seen] == [(0, 3), (3, 6), (6, 7)]
    for window in seen:
        s = window.steps
        loss, grads, end = network.loss_and_gradients(elman, params, x[s], y[s], state)
        assert window.loss == loss
        params = update(params, grads)
        assert all(
            np.array_equal(a, b) for a, b in zip(flat(window.params), flat(params), strict=True)
        )
        assert np.array_equal(window.state.h, end.h)
        state = end


def test_training_learns_to_repeat_the_input_of_the_step_before():
    rng = np.random.default_rng(0)
    ids = rng.integers(2, size=(300, 8))
    x, y = np.eye(2)[ids], np.roll(ids, 1, axis=0)
    params = network.init(elman, rng, 2, 8, 2)
    found = [w.loss / 5 for w in truncated.train(elman, params, x, y, 5, optim.Adam(0.02).step)]
    assert np.mean(found[:3]) > 0.6  # ln 2 = 0.693: a guess
    assert np.mean(found[-3:]) < 0.1


def peak(T, k):
    params, x, y, _ = case(T=T, B=8, I=3, H=64)
    truncated.gradients(elman, params, x[:k], y[:k], k)  # first use allocates caches
    tracemalloc.start()
    try:
        truncated.gradients(elman, params, x, y, k)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_follows_the_window_and_not_the_sequence():
    assert peak(4000, 50) < 1.2 * peak(200, 50)
    assert peak(4000, 4000) > 20 * peak(4000, 50)  # the measure would notice


def test_refusals():
    params, x, y, _ = case()
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        truncated.gradients(elman, params, x, y, 0)
    with pytest.raises(ValueError, match=r"y must begin with \(T, B\) = \(7, 3\).*got \(6, 3\)"):
        truncated.gradients(elman, params, x, y[:6], 2)
    with pytest.raises(ValueError, match=r"x must have shape \(T, B, I\), got \(7, 3\)"):
        truncated.train(elman, params, x[:, :, 0], y, 2, lambda p, g: p)
    with pytest.raises(ValueError, match=r"lengths\[0\] must lie between 0 and T = 7, got 8"):
        truncated.train(elman, params, x, y, 2, lambda p, g: p, lengths=[8, 1, 1])
