"""Dropout, variational dropout and zoneout, each measured at what it is for."""

import numpy as np
import pytest

from rnncourse import elman, flow, gru, losses, lstm, network, optim, truncated
from rnncourse.deep import Deep
from rnncourse.dropout import Dropout, DropoutState, with_masks
from rnncourse.variational import Variational
from rnncourse.zoneout import Zoneout, ZoneoutState


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("per", ["step", "sequence"])
def test_dropout_keeps_the_mean_and_drops_at_its_rate(per):
    x = np.broadcast_to(rng().standard_normal((4, 1, 10)), (4, 5000, 10))
    h = with_masks(Dropout(0.3, per), rng()).forward((), x)[0]
    error = np.abs(x[:, 0]) * np.sqrt(0.3 / 0.7 / 5000)  # the deviation of the mean
    assert (np.abs(h.mean(axis=1) - x[:, 0]) < 5 * error).all()
    assert (h == 0).mean() == pytest.approx(0.3, abs=0.005)
    assert np.unique((h / x).round(12)).tolist() == [0, round(1 / 0.7, 12)]


def test_masks_differ_by_step_unit_and_sequence_unless_one_serves_all_steps():
    x = np.ones((5, 3, 40))
    fresh = with_masks(Dropout(0.5), rng()).forward((), x)[0]
    assert len(np.unique(fresh.reshape(15, 40), axis=0)) == 15
    locked = with_masks(Dropout(0.5, "sequence"), rng()).forward((), x)[0]
    assert (locked == locked[0]).all()
    assert len(np.unique(locked[0], axis=0)) == 3


def test_masks_go_on_where_the_count_says():
    layer, x = with_masks(Dropout(0.5), rng()), np.ones((6, 2, 30))
    whole = layer.forward((), x)[0]
    late, end, _ = layer.forward((), x[:2], DropoutState(np.array([4.0, 1.0])))
    assert np.array_equal(late[:, 0], whole[4:6, 0])
    assert np.array_equal(late[:, 1], whole[1:3, 1])
    assert end.steps.tolist() == [6, 3]


def test_between_layers_the_recurrence_is_left_alone():
    """What dropout on top changes is the outputs, never the states below."""
    net = Deep([lstm, Dropout(0.5)])
    params, x = net.init(rng(), 2, 5), rng(1).standard_normal((7, 3, 2))
    plain, end, _ = net.forward(params, x)
    dropped, same, _ = with_masks(net, rng()).forward(params, x)
    assert np.array_equal(end.layers[0].h, same.layers[0].h)
    assert set(np.unique((dropped / plain).round(9))) == {0.0, 2.0}


def test_truncated_back_propagation_sees_the_masks_of_the_whole_sequence():
    net = with_masks(
        Deep([Variational(lstm, 0.2, 0.3), Dropout(0.4), Zoneout(lstm, {"c": 0.5})]), rng()
    )
    params = network.init(net, rng(), 2, 4, 3)
    x, y = rng(1).standard_normal((9, 2, 2)), rng(2).integers(3, size=(9, 2))
    whole, exact, _ = network.loss_and_gradients(net, params, x, y)
    for k in (1, 4, 9):
        value, grads, _ = truncated.gradients(net, params, x, y, k)
        assert value == pytest.approx(whole, rel=1e-13)
    assert np.allclose(grads.out.W_ho, exact.out.W_ho, rtol=1e-13)
    assert np.allclose(grads.cell.layers[0].W_hh, exact.cell.layers[0].W_hh, rtol=1e-12)


def test_a_network_learns_under_a_new_key_at_each_update():
    net, source = Deep([lstm, Dropout(0.2), Zoneout(lstm, {"h": 0.1})]), rng()
    params = network.init(net, source, 1, 8, 1)
    x = source.standard_normal((6, 32, 1))
    y = np.cumsum(x, axis=0) / 3
    loss = {"loss": losses.squared_loss}
    before = network.loss_and_gradients(net, params, x, y, **loss)[0]
    optimizer = optim.Adam(0.03)
    for _ in range(80):
        _, grads, _ = network.loss_and_gradients(with_masks(net, source), params, x, y, **loss)
        params = optimizer.step(params, grads)
    assert network.loss_and_gradients(net, params, x, y, **loss)[0] < 0.3 * before


def test_one_mask_for_all_steps_leaves_a_memory_what_a_fresh_one_wears_away():
    """A state that stays by itself, over 30 steps: half the units survive, or nearly none."""
    H, T = 200, 30
    keep = elman.ElmanParams(np.zeros((H, 1)), np.eye(H), np.zeros(H))
    start, x = elman.ElmanState(np.full((1, H), 1e-4)), np.zeros((T, 1, 1))
    once = with_masks(Variational(elman, 0.0, 0.5), rng()).forward(keep, x, start)[1].h
    assert np.count_nonzero(once) == pytest.approx(H / 2, abs=4 * np.sqrt(H / 4))
    state = start
    for _ in range(T):  # each step under a key of its own
        fresh = with_masks(Variational(elman, 0.0, 0.5), rng(state.h.nonzero()[0].size))
        _, state, _ = fresh.forward(keep, x[:1], state)
    assert np.count_nonzero(state.h) < 5


def test_a_variational_mask_is_a_smaller_network():
    """The same as a cell without the dropped columns of W_ih and W_hh, per sequence."""
    cell = with_masks(Variational(lstm, 0.5, 0.5), rng(3))
    params, x = lstm.init(rng(), 4, 6), rng(1).standard_normal((5, 3, 4))
    h, end, _ = cell.forward(params, x)
    m_x, m_h = cell.masks(3, 4, 6)
    assert set(np.unique(m_x)) == set(np.unique(m_h)) == {0.0, 2.0}
    for b in range(3):
        thinned = params._replace(W_ih=params.W_ih * m_x[b], W_hh=params.W_hh * m_h[b])
        alone, last, _ = lstm.forward(thinned, x[:, b : b + 1])
        assert np.allclose(h[:, b], alone[:, 0], rtol=0, atol=1e-15)
        assert np.allclose(end.c[b], last.c[0], rtol=0, atol=1e-15)


def test_zoneout_keeps_at_its_rate_and_in_evaluation_by_it():
    B, H = 40, 100
    blank = elman.ElmanParams(np.zeros((H, 1)), np.zeros((H, H)), np.zeros(H))  # forgets at once
    cell = Zoneout(elman, {"h": 0.6})
    start = ZoneoutState(elman.ElmanState(np.ones((B, H))), np.zeros(B))
    x = np.zeros((3, B, 1))
    kept = with_masks(cell, rng()).forward(blank, x, start)[0]
    assert set(np.unique(kept)) == {0.0, 1.0}
    assert kept.mean(axis=(1, 2)) == pytest.approx([0.6, 0.36, 0.216], abs=0.03)
    assert (np.diff(kept, axis=0) <= 0).all()  # what was lost does not come back
    used = cell.forward(blank, x, start)[0][:, 0, 0]
    assert used == pytest.approx([0.6, 0.36, 0.216], rel=1e-14)


def test_zoneout_is_the_papers_lstm():
    """h is shown from the new c, not from what zoneout leaves of it."""
    params, x = lstm.init(rng(), 2, 6), rng(1).standard_normal((5, 3, 2))
    cell = with_masks(Zoneout(lstm, {"h": 0.4, "c": 0.5}), rng(2))
    start = cell.forward(params, x[:0])[1]
    z = cell.keep(5, np.zeros(3, int), start.cell)
    assert set(np.unique(z.h)) == {0.0, 1.0}
    assert not np.array_equal(z.h, z.c)
    h, c, outputs = start.cell.h, start.cell.c, []
    for t in range(5):
        a = params.b + h @ params.W_hh.T + x[t] @ params.W_ih.T
        i, f, g, o = np.split(a, 4, axis=1)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        new = f * c + i * np.tanh(g)
        c = np.where(z.c[t] == 1, c, new)
        h = np.where(z.h[t] == 1, h, o * np.tanh(new))
        outputs.append(h)
    assert np.allclose(cell.forward(params, x)[0], outputs, rtol=0, atol=1e-14)


def test_zoneout_lets_more_gradient_back():
    params = elman.init(rng(), 1, 50)
    x = 0.1 * rng(1).standard_normal((60, 1, 1))
    plain = flow.state_gradient_norms(elman, params, x)[0, 0]
    zoned = with_masks(Zoneout(elman, {"h": 0.5}), rng(2))
    assert flow.state_gradient_norms(zoned, params, x)[0, 0] > 100 * plain


def test_gradient_norms_go_through_dropout_on_top():
    """Its state shows nothing of what it puts out, so the slope goes on to the layer below."""
    params, x = elman.init(rng(), 1, 5), rng(1).standard_normal((4, 2, 1))
    net = Deep([elman, Dropout(0.5)])
    given = net.init(rng(), 1, 5)._replace(layers=(params, ()))
    expected = flow.state_gradient_norms(elman, params, x)
    assert flow.state_gradient_norms(net, given, x) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dropout(1.0), r"rate must lie in \[0, 1\), got 1.0"),
        (lambda: Dropout(float("nan")), r"rate must lie in \[0, 1\), got nan"),
        (lambda: Dropout(0.1, per="batch"), "per must be one of step, sequence, got 'batch'"),
        (lambda: Variational(lstm, -0.1), r"rate_in must lie in \[0, 1\), got -0.1"),
        (lambda: Variational(lstm, 0, 2), r"rate_hidden must lie in \[0, 1\), got 2"),
        (lambda: Variational(gru), "cell must see its state h through W_hh alone, .* got gru"),
        (lambda: Variational(Deep(lstm)), "cell must have step and step_backward .* got Deep"),
        (lambda: Zoneout(object(), {}), "cell must have init, forward and backward"),
        (lambda: Zoneout(Deep(lstm), {}), "cell must have step and step_backward .* without step"),
        (lambda: Zoneout(gru, {"c": 0.5}), r"rates must name parts of the state \(h\), got 'c'"),
        (lambda: Zoneout(lstm, {"c": 1.5}), r"rates\['c'\] must lie in \[0, 1\), got 1.5"),
        (lambda: Dropout(0.5).masks(3, np.zeros(2, int), 4), "key must be set"),
        (lambda: Dropout(0.5).init(rng(), 0, 1), "input_size must be at least 1, got 0"),
        (lambda: Dropout(0.5).init(rng(), 1, 1, dtype=int), "dtype must be floating"),
        (
            lambda: Dropout(0.5).forward((), np.ones((1, 2, 1)), DropoutState(np.array([0.0, -3]))),
            r"state.steps\[1\] must be 0 or more, got -3",
        ),
    ],
)
def test_refusals_of_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()
