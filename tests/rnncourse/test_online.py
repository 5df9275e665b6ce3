"""Epochwise and continuous back-propagation through time, against their definitions."""

import inspect
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import elman, linear, losses, lstm, network, online, optim, truncated


def keep(old, _):
    return old


def case(cell=elman, T=8, B=3, I=2, H=4, K=5):
    rng = np.random.default_rng([T, B])
    params = network.init(cell, rng, I, H, K)
    x, y = rng.standard_normal((T, B, I)), rng.integers(K, size=(T, B))
    _, state, _ = cell.forward(params.cell, rng.standard_normal((3, B, I)))
    return params, x, y, state


def flat(grads):
    return [*grads.cell, *grads.out]


def worst(ours, theirs):
    """The largest error of any array, relative to its largest entry."""
    pairs = zip(flat(ours), flat(theirs), strict=True)
    return max(float(np.abs(a - b).max() / (np.abs(b).max() or 1)) for a, b in pairs)


def by_torch(params, x, y, state, lookback, every):
    """The definition: for each update, run over the latest steps only, and differentiate."""
    T, B = y.shape
    net = elman.to_torch(params.cell)
    W, b = (torch.tensor(p, requires_grad=True) for p in params.out)
    states = [torch.tensor(state.h)[None]]
    with torch.no_grad():
        for x_t in x:
            states.append(net(torch.tensor(x_t[None]), states[-1])[1])
    for begun in range(0, T, every):
        stop = min(begun + every, T)
        first = max(0, stop - lookback)
        h, _ = net(torch.tensor(x[first:stop]), states[first])
        o, target = h[begun - first :] @ W.T + b, torch.tensor(y[begun:stop])
        loss = torch.nn.functional.cross_entropy(o.flatten(0, 1), target.flatten(), reduction="sum")
        (loss / B).backward()
    leaves = net.weight_ih_l0, net.weight_hh_l0, net.bias_ih_l0, W, b
    found = [leaf.grad.numpy() for leaf in leaves]
    return network.NetworkParams(elman.ElmanParams(*found[:3]), linear.LinearParams(*found[3:]))


@pytest.mark.parametrize(
    ("lookback", "every"), [(1, 1), (2, 1), (3, 2), (4, 4), (5, 3), (8, 3), (20, 1), (20, 20)]
)
def test_equals_automatic_differentiation_over_the_latest_steps(lookback, every):
    params, x, y, state = case()
    full, _, end = network.loss_and_gradients(elman, params, x, y, state)
    found = online.gradients(elman, params, x, y, state, lookback=lookback, every=every)
    assert found[0] == pytest.approx(full, rel=1e-13)  # the loss is not cut
    assert worst(found[1], by_torch(params, x, y, state, lookback, every)) < 1e-12
    assert found[2].h == pytest.approx(end.h, rel=1e-13)


@pytest.mark.parametrize("every", [1, 3, 8])
def test_real_time_back_propagation_adds_up_to_the_true_gradient_for_every_cell(cell, every):
    drawn = cell.draw((5, 2, 2, 4))
    out = linear.init(np.random.default_rng(0), drawn.d_h.shape[2], 3)
    given = cell.module, network.NetworkParams(drawn.params, out), drawn.x
    y = np.random.default_rng(1).integers(3, size=(5, 2))
    for lengths in (None, [5, 2]):
        want = network.loss_and_gradients(*given, y, drawn.state, lengths=lengths)
        found = online.gradients(*given, y, drawn.state, every=every, lengths=lengths)
        assert found[0] == pytest.approx(want[0], rel=1e-13)
        assert worst(found[1], want[1]) < 1e-12


@pytest.mark.parametrize("module", [elman, lstm], ids=["elman", "lstm"])
@pytest.mark.parametrize("k", [1, 2, 4, 8])
def test_windows_that_do_not_overlap_are_truncated_back_propagation(module, k):
    params, x, y, state = case(module)
    found = online.gradients(module, params, x, y, state, lookback=k, every=k)
    assert worst(found[1], truncated.gradients(module, params, x, y, k, state)[1]) < 1e-12


def test_looking_further_back_comes_nearer_to_the_true_gradient():
    params, x, y, state = case(T=12)
    _, exact, _ = network.loss_and_gradients(elman, params, x, y, state)
    errors = [
        worst(online.gradients(elman, params, x, y, state, lookback=h)[1], exact)
        for h in (1, 3, 6, 9, 12)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 0.1
    assert errors[-1] < 1e-12


@pytest.mark.parametrize(("lookback", "every"), [(3, 1), (4, 2), (None, 3)])
def test_updates_follow_the_definition(lookback, every):
    """The states stay what they were when their step ran; the newest weights carry back."""
    params, x, y, state = case(T=7, B=2)
    update = optim.SGD(0.5).step
    now, hs, d_hs, d_out, begun = params, [state.h], [], [], 0
    windows = online.continuous(elman, params, x, y, update, state, lookback=lookback, every=every)
    seen = 0
    for t in range(7):
        h = np.tanh(now.cell.b + hs[-1] @ now.cell.W_hh.T + x[t] @ now.cell.W_ih.T)
        hs.append(h)
        o, cache = linear.forward(now.out, h[None])
        d_h, share = linear.backward(cache, losses.softmax_cross_entropy(o, y[t : t + 1])[1])
        d_hs.append(d_h[0])
        d_out.append(share)
        if t + 1 - begun < every and t < 6:
            continue
        d_a, grads = 0.0, [0.0, 0.0, 0.0]
        first = 0 if lookback is None else max(0, t + 1 - lookback)
        for n in range(t, first - 1, -1):
            direct = d_hs[n] if n >= begun else 0.0
            d_a = (1 - hs[n + 1] ** 2) * (direct + d_a @ now.cell.W_hh if n < t else direct)
            share = d_a.T @ x[n], d_a.T @ hs[n], d_a.sum(axis=0)
            grads = [g + s for g, s in zip(grads, share, strict=True)]
        out = linear.LinearParams(*(sum(parts) for parts in zip(*d_out[begun:], strict=True)))
        want = network.NetworkParams(elman.ElmanParams(*grads), out)
        window = next(windows)
        seen += 1
        assert window.steps == slice(begun, t + 1)
        assert worst(window.grads, want) < 1e-12
        now, begun = update(now, want), t + 1
        assert worst(window.params, now) < 1e-12
        assert window.state.h == pytest.approx(h, rel=1e-12)
    assert next(windows, None) is None
    assert seen == -(-7 // every)


def test_an_epoch_begins_anew_and_its_gradient_is_exact():
    params, x, y, state = case()
    update = optim.SGD(0.5).step
    now = params
    found = list(online.epochwise(elman, params, x, y, 3, update, state))
    assert [w.steps for w in found] == [slice(0, 3), slice(3, 6), slice(6, 8)]
    for w in found:
        loss, grads, end = network.loss_and_gradients(elman, now, x[w.steps], y[w.steps], state)
        assert w.loss == loss
        assert worst(w.grads, grads) == 0
        assert np.array_equal(w.state.h, end.h)
        now = update(now, grads)
        assert worst(w.params, now) == 0


@settings(derandomize=True, deadline=None, max_examples=20)
@given(
    st.integers(0, 5),
    st.lists(st.integers(0, 5), max_size=3),
    st.integers(1, 6),
    st.integers(1, 3),
)
def test_padding_is_ignored_and_the_arguments_are_left_alone(T, lengths, lookback, every):
    lengths = np.minimum(np.array(lengths, int), T)
    every = min(every, lookback)
    params, x, y, _ = case(lstm, T, len(lengths))
    x[np.arange(T)[:, None] >= lengths] = 0
    how = {"lookback": lookback, "every": every, "lengths": lengths}
    want = online.gradients(lstm, params, x, y, **how)
    epochs = list(online.epochwise(lstm, params, x, y, every, keep, lengths=lengths))
    alone = sum(
        online.gradients(lstm, params, x[:n, [b]], y[:n, [b]], lookback=lookback, every=every)[0]
        for b, n in enumerate(lengths)
    )
    x[np.arange(T)[:, None] >= lengths] = np.nan
    x = np.asfortranarray(x)
    kept = x.copy()
    x.flags.writeable = y.flags.writeable = False
    found = online.gradients(lstm, params, x, y, **how)
    assert found[0] == want[0] == pytest.approx(alone / max(1, len(lengths)), rel=1e-12)
    for ours, theirs in zip([*flat(found[1]), *found[2]], [*flat(want[1]), *want[2]], strict=True):
        assert np.array_equal(ours, theirs)
    again = online.epochwise(lstm, params, x, y, every, keep, lengths=lengths)
    for ours, theirs in zip(again, epochs, strict=True):
        assert worst(ours.grads, theirs.grads) == 0 if len(lengths) else True
    assert np.array_equal(x, kept, equal_nan=True)


def test_keeps_float32():
    params, x, y, _ = case()
    small = network.NetworkParams(
        elman.ElmanParams(*(p.astype(np.float32) for p in params.cell)),
        linear.LinearParams(*(p.astype(np.float32) for p in params.out)),
    )
    for window in online.continuous(elman, small, x.astype(np.float32), y, keep, lookback=3):
        assert {g.dtype for g in [*flat(window.grads), *window.state]} == {np.dtype(np.float32)}


def peak(T, lookback):
    params, x, y, _ = case(T=T, B=16, I=1, H=64)  # arrays that outweigh Python's own objects
    online.gradients(elman, params, x, y, lookback=20, every=20)  # the first use
    tracemalloc.start()
    try:
        online.gradients(elman, params, x, y, lookback=lookback, every=lookback)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_follows_the_steps_looked_back_and_not_the_sequence():
    assert peak(600, 20) < 1.2 * peak(100, 20)
    assert peak(600, 600) > 8 * peak(600, 20)  # the measure would notice


MISTAKES = [  # (function, right, wrong)
    ("_back", "if n <= len(slopes)", "if n < len(slopes)"),
    ("_back", "else silent", "else slopes[0]"),
    ("_back", "reversed(past)", "past"),
    ("_back", "slopes[-n]", "slopes[n - 1]"),
    ("_back", "_, grads, d_state =", "_, grads, _ ="),
    ("_back", "_replace(params=params)", "_replace()"),
    ("_back", "_tree.apply(np.add, total, grads)", "grads"),
    ("continuous", "maxlen=lookback", "maxlen=lookback and lookback - 1"),
    ("continuous", "maxlen=lookback", ""),
    ("continuous", "slopes.clear()", "pass"),
    ("continuous", "_tree.apply(np.add, by_out, share)", "share"),
    ("continuous", "_back(cell, now.cell", "_back(cell, params.cell"),
    (
        "continuous",
        "        begun, value, by_out = t + 1, 0.0,",
        "        begun, value, _ = t + 1, 0.0,",
    ),
]


@pytest.mark.parametrize(("function", "right", "wrong"), MISTAKES, ids=str)
def test_each_mistake_is_noticed(function, right, wrong, monkeypatch):
    source = inspect.getsource(getattr(online, function))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(online))
    exec(source.replace(right, wrong), scope)
    monkeypatch.setattr(online, function, scope[function])
    with pytest.raises((AssertionError, IndexError)):
        test_updates_follow_the_definition(4, 2)


def test_refusals():
    params, x, y, _ = case()
    with pytest.raises(ValueError, match="every must be at least 1, got 0"):
        online.continuous(elman, params, x, y, keep, every=0)
    with pytest.raises(ValueError, match="lookback must be at least every = 3, got 2"):
        online.gradients(elman, params, x, y, lookback=2, every=3)
    with pytest.raises(ValueError, match="epoch must be at least 1, got 0"):
        online.epochwise(elman, params, x, y, 0, keep)
    for function in (online.continuous, lambda *a: online.epochwise(*a[:-1], 2, a[-1])):
        with pytest.raises(ValueError, match=r"y must begin with \(T, B\) = \(8, 3\).*got \(5, 3"):
            function(elman, params, x, y[:5], keep)
        with pytest.raises(ValueError, match=r"x must have shape \(T, B, I\), got \(8, 3\)"):
            function(elman, params, x[:, :, 0], y, keep)
    with pytest.raises(ValueError, match=r"lengths\[0\] must lie between 0 and T = 8, got 9"):
        online.continuous(elman, params, x, y, keep, lengths=[9, 1, 1])
    with pytest.raises(ValueError, match=r"lengths\[0\] must lie between 0 and T = 8, got 9"):
        online.epochwise(elman, params, x, y, 2, keep, lengths=[9, 1, 1])
