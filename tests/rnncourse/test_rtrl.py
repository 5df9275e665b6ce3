"""Real-time recurrent learning: the influence, and the gradient against back-propagation's."""

import inspect
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import elman, gradcheck, gru, linear, losses, lstm, network, optim, rtrl
from rnncourse.elman import ElmanParams, ElmanState


def case(cell, T=6, B=3, I=2, H=3, K=4, dtype=np.float64):
    rng = np.random.default_rng([T, B, I, H])
    params = network.init(cell, rng, I, H, K, dtype=dtype)
    x, y = rng.standard_normal((T, B, I)).astype(dtype), rng.integers(K, size=(T, B))
    _, state, _ = cell.forward(params.cell, rng.standard_normal((3, B, I)).astype(dtype))
    return params, x, y, state


def flat(grads):
    return [*grads.cell, *grads.out]


def worst(ours, theirs):
    """The largest error of any array, relative to its largest entry."""
    pairs = zip(flat(ours), flat(theirs), strict=True)
    return max(float(np.abs(a - b).max() / (np.abs(b).max() or 1)) for a, b in pairs)


def test_equals_back_propagation_for_every_cell(cell):
    drawn = cell.draw((5, 2, 2, 4))
    rng = np.random.default_rng(0)
    params = network.NetworkParams(drawn.params, linear.init(rng, drawn.d_h.shape[2], 3))
    y = rng.integers(3, size=(5, 2))
    for lengths in (None, [5, 2]):
        given = cell.module, params, drawn.x, y, drawn.state
        back = network.loss_and_gradients(*given, lengths=lengths)
        forth = rtrl.gradients(*given, lengths=lengths)
        assert forth[0] == pytest.approx(back[0], rel=1e-13)
        assert worst(forth[1], back[1]) < 1e-12
        for ours, theirs in zip(forth[2], back[2], strict=True):
            assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("module", [elman, lstm], ids=["elman", "lstm"])
def test_the_influence_is_the_derivative_of_the_state(module):
    """Against the complex step, which knows nothing of any backward pass."""
    params, x, _, state = case(module, T=4, B=2)
    influence, now = rtrl.start(params.cell, state), state
    for x_t in x:
        now, influence = rtrl.step(module, params.cell, x_t, now, influence)
    for b in range(2):
        for n in range(sum(part.shape[1] for part in state)):

            def entry(p, b=b, n=n):
                start = type(state)(*(part + 0j for part in state))
                return np.concatenate(module.forward(p, x + 0j, start)[1], axis=1)[b, n]

            true = gradcheck.complex_step(entry, params.cell)
            for ours, theirs in zip(influence, true, strict=True):
                assert np.abs(ours[b, n] - theirs).max() < 1e-13


@settings(derandomize=True, deadline=None, max_examples=20)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))
def test_the_elman_equations_equal_the_general_step(T, B, I, H):
    params, x, _, state = case(elman, T, B, I, H)
    ours = theirs = state, rtrl.start(params.cell, state)
    for x_t in x:
        ours = rtrl.elman_step(params.cell, x_t, *ours)
        theirs = rtrl.step(elman, params.cell, x_t, *theirs)
    assert ours[0].h == pytest.approx(theirs[0].h, rel=1e-13)
    for a, b in zip(ours[1], theirs[1], strict=True):
        assert a == pytest.approx(b, rel=1e-12, abs=1e-14)


@settings(derandomize=True, deadline=None, max_examples=20)
@given(
    st.integers(0, 5),
    st.lists(st.integers(0, 5), max_size=3),
    st.integers(1, 3),
    st.sampled_from([elman, gru]),
)
def test_padding_is_ignored_and_the_arguments_are_left_alone(T, lengths, H, module):
    lengths = np.minimum(np.array(lengths, int), T)
    params, x, y, _ = case(module, T, len(lengths), 2, H)
    want = network.loss_and_gradients(module, params, x, y, lengths=lengths)
    x[np.arange(T)[:, None] >= lengths] = np.nan
    x = np.asfortranarray(x)
    kept = x.copy()
    x.flags.writeable = y.flags.writeable = False
    loss, grads, state = rtrl.gradients(module, params, x, y, lengths=lengths)
    assert loss == pytest.approx(want[0], rel=1e-12)
    assert worst(grads, want[1]) < 1e-11 if lengths.size else not any(g.any() for g in flat(grads))
    assert state.h == pytest.approx(want[2].h, rel=1e-12)
    assert np.array_equal(x, kept, equal_nan=True)


def test_a_split_with_state_and_influence_carried_equals_one_pass():
    params, x, y, state = case(lstm)
    keep = lambda old, _: old  # noqa: E731
    whole = rtrl.gradients(lstm, params, x, y, state)
    parts = list(rtrl.train(lstm, params, x, y, keep, state, every=4))
    assert [(w.steps.start, w.steps.stop) for w in parts] == [(0, 4), (4, 6)]
    total = [a + b for a, b in zip(flat(parts[0].grads), flat(parts[1].grads), strict=True)]
    for ours, theirs in zip(total, flat(whole[1]), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-15)


def test_keeps_float32_and_takes_other_losses():
    params, x, _, state = case(elman, dtype=np.float32)
    y = np.random.default_rng(1).standard_normal((6, 3, 4)).astype(np.float32)
    loss, grads, end = rtrl.gradients(elman, params, x, y, state, loss=losses.squared_loss)
    want = network.loss_and_gradients(elman, params, x, y, state, loss=losses.squared_loss)
    assert {g.dtype for g in [*flat(grads), end.h]} == {np.dtype(np.float32)}
    assert loss == pytest.approx(want[0], rel=1e-5)
    assert worst(grads, want[1]) < 5e-5


def test_on_line_updates_follow_the_definition():
    """One update at every step: the weights are those of the step, the influence is carried."""
    params, x, y, state = case(elman, T=4, B=2)
    update = optim.SGD(0.3).step
    influence = rtrl.start(params.cell, state)
    for t, window in enumerate(rtrl.train(elman, params, x, y, update, state)):
        state, influence = rtrl.step(elman, params.cell, x[t], state, influence)
        o, cache = linear.forward(params.out, state.h[None])
        loss, d_o = losses.softmax_cross_entropy(o, y[t : t + 1])
        d_h, by_out = linear.backward(cache, d_o)
        by_cell = ElmanParams(*(np.einsum("bh,bh...->...", d_h[0], p) for p in influence))
        assert window.loss == pytest.approx(loss)
        assert worst(window.grads, network.NetworkParams(by_cell, by_out)) < 1e-12
        params = update(params, window.grads)
        assert worst(window.params, params) < 1e-13
        assert window.steps == slice(t, t + 1)


def test_on_line_learning_reaches_over_a_lag():
    """Repeat the input of two steps before."""
    rng = np.random.default_rng(0)
    ids = rng.integers(2, size=(200, 8))
    x, y = np.eye(2)[ids], np.roll(ids, 2, axis=0)
    params = network.init(elman, rng, 2, 8, 2)
    found = [w.loss for w in rtrl.train(elman, params, x, y, optim.Adam(0.01).step)]
    assert np.mean(found[:10]) > 0.6  # ln 2 = 0.693: a guess
    assert np.mean(found[-20:]) < 0.1


def peak(run, T):
    params, x, y, _ = case(elman, T, 2, 3, 10)
    run(elman, params, x[:9], y[:9])  # the first use allocates more
    tracemalloc.start()
    try:
        run(elman, params, x, y)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_is_the_influence_and_does_not_grow_with_T():
    short, long = peak(rtrl.gradients, 50), peak(rtrl.gradients, 1000)
    influence = 2 * 10 * (10 * 3 + 10 * 10 + 10) * 8
    spare = 1000 * 2 * 3  # x is asked whether it is finite, one byte for each number
    assert influence < long < short + spare < 12 * influence
    # the measure would notice: back-propagation's memory grows
    both = [peak(network.loss_and_gradients, T) for T in (50, 1000)]
    assert both[1] > 10 * both[0]


# (function, right, wrong): signs flipped, terms dropped, factors transposed, steps shifted
MISTAKES = [
    ("elman_step", "_product(params.W_hh, p)", "_product(params.W_hh.T, p)"),
    ("elman_step", "_product(params.W_hh, p)", "-_product(params.W_hh, p)"),
    ("elman_step", "_product(params.W_hh, p)", "p.copy()"),
    ("elman_step", "+= state.h[:, None, :]", "-= state.h[:, None, :]"),
    ("elman_step", "+= state.h[:, None, :]", "+= after.h[:, None, :]"),
    ("elman_step", "W_hh[:, k, k] +=", "W_hh[:, :, k, k] +="),
    ("elman_step", "+= x[:, None, :]", "= x[:, None, :]"),
    ("elman_step", "b[:, k, k] += 1", "pass"),
    ("elman_step", "1 - after.h**2", "1 + after.h**2"),
    ("elman_step", "1 - after.h**2", "1 - state.h**2"),
    ("step", "_product(J, p) + d", "_product(J, p) - d"),
    ("step", "_product(J, p) + d", "_product(J, p)"),
    ("step", "_product(J, p) + d", "d"),
    ("step", "J = np.array(jacobians)", "J = np.array(jacobians).swapaxes(1, 2)"),
    ("step", "place[b, n] = d", "place[b, 0] = d"),
    ("_gradient", "influence[:, : d_h.shape[1]]", "influence[:, -d_h.shape[1] :]"),
    ("_train", "(np.add, grads, N", "(np.subtract, grads, N"),
    ("_train", "(np.add, grads, N", "(lambda _, g: g, grads, N"),
    ("_train", "value + lost", "value"),
]


@pytest.mark.parametrize(("function", "right", "wrong"), MISTAKES, ids=str)
def test_each_mistake_is_noticed(function, right, wrong, monkeypatch):
    source = inspect.getsource(getattr(rtrl, function))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(rtrl))
    exec(source.replace(right, wrong), scope)
    monkeypatch.setattr(rtrl, function, scope[function])
    module = elman if function == "elman_step" else lstm
    params, x, y, state = case(module, T=4, B=2)
    value, back, _ = network.loss_and_gradients(module, params, x, y, state)
    found = rtrl.gradients(module, params, x, y, state)
    assert not (worst(found[1], back) < 1e-3 and found[0] == pytest.approx(value))


def test_refusals():
    params, x, y, _ = case(elman)
    with pytest.raises(ValueError, match="every must be at least 1, got 0"):
        rtrl.train(elman, params, x, y, lambda p, g: p, every=0)
    with pytest.raises(ValueError, match=r"y must begin with \(T, B\) = \(6, 3\).*got \(5, 3\)"):
        rtrl.gradients(elman, params, x, y[:5])
    with pytest.raises(ValueError, match=r"x must have shape \(T, B, I\), got \(6, 3\)"):
        rtrl.gradients(elman, params, x[:, :, 0], y)
    with pytest.raises(ValueError, match=r"x must have shape \(T, B, 2\)"):
        rtrl.gradients(elman, params, x[:, :, :1], y)
    with pytest.raises(ValueError, match="x has dtype float32"):
        rtrl.gradients(elman, params, x.astype(np.float32), y)
    with pytest.raises(ValueError, match=r"state.h must have shape \(3, 3\)"):
        rtrl.gradients(elman, params, x, y, ElmanState(np.zeros((2, 3))))
    with pytest.raises(ValueError, match=r"lengths\[0\] must lie between 0 and T = 6, got 7"):
        rtrl.gradients(elman, params, x, y, lengths=[7, 1, 1])
    x[1, 2, 0] = np.inf
    with pytest.raises(ValueError, match=r"x\[1, 2, 0\] must be finite, got inf"):
        rtrl.gradients(elman, params, x, y)
    with pytest.raises(ValueError, match=r"cell must have step.*linear has none"):
        rtrl.gradients(linear, params, x, y)
