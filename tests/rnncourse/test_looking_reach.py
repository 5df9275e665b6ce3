"""Which input moves which output: against differences, banded matrices and receptive fields."""

import re

import numpy as np
import pytest

from rnncourse import (
    bidirectional,
    conv,
    deep,
    elman,
    esn,
    gru,
    jordan,
    looking,
    lstm,
    network,
    tcn,
    tdnn,
)

NETS = {
    "elman": elman,
    "lstm": lstm,
    "gru": gru,
    "jordan": jordan,
    "both ways": bidirectional.Bidirectional(lstm),
    "deep": deep.Deep(gru),
    "tcn": tcn,
    "tdnn": tdnn,
    "conv": conv,
}


def draw(net, T=5, B=2, I=2, H=3, seed=0):
    rng = np.random.default_rng(seed)
    params = net.init(rng, I, H, 2) if net is conv else net.init(rng, I, H)
    return params, rng.standard_normal((T, B, I))


def by_differences(run, x, size=1e-6):
    """‖∂y[t]/∂x[s]‖ of `run`, one number of x after another."""
    y = run(x)
    squares = np.zeros((len(y), len(x), x.shape[1]))
    for s in range(len(x)):
        for i in range(x.shape[2]):
            step = np.zeros_like(x)
            step[s, :, i] = size
            slope = (run(x + step) - run(x - step)) / (2 * size)
            squares[:, s] += (slope**2).sum(axis=2)
    return np.sqrt(squares)


@pytest.mark.parametrize("name", NETS)
def test_equals_finite_differences(name):
    net = NETS[name]
    params, x = draw(net)
    reached = looking.reach(net, params, x)
    assert reached.shape == (5, 5, 2)
    expected = by_differences(lambda x: net.forward(params, x)[0], x)
    assert reached == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_of_the_output_layer_and_of_a_part_of_the_state():
    _, x = draw(lstm)
    params = network.init(lstm, np.random.default_rng(0), 2, 3, 4)
    reached = looking.reach(lstm, params, x)
    expected = by_differences(lambda x: network.predict(lstm, params, x)[0], x)
    assert reached == pytest.approx(expected, rel=1e-6, abs=1e-9)
    reached = looking.reach(lstm, params.cell, x, of="c")

    def cells(x):
        return looking.traces(lstm, params.cell, x)["c"]

    assert reached == pytest.approx(by_differences(cells, x), rel=1e-6, abs=1e-9)
    both = looking.reach(lstm, params, x, of="h")  # the state does not depend on the output layer
    assert both == pytest.approx(looking.reach(lstm, params.cell, x), rel=1e-12)


def test_a_linear_net_has_powers_and_a_convolution_its_band():
    W, U = np.array([[0.0, 0.5], [-0.5, 0.0]]), np.array([[3.0], [4.0]])
    reached = looking.reach(elman, elman.ElmanParams(U, W, np.zeros(2)), np.zeros((6, 1, 1)))
    lag = np.subtract.outer(np.arange(6), np.arange(6))
    assert reached[:, :, 0] == pytest.approx(np.where(lag >= 0, 5 * 0.5 ** np.abs(lag), 0))
    params = conv.init(np.random.default_rng(0), 2, 3, 3)
    for mode in conv.MODES:
        reached = looking.reach(conv, params, np.zeros((7, 1, 2)), dilation=2, mode=mode)[:, :, 0]
        M = conv.banded(params.W, 7, dilation=2, mode=mode).reshape(len(reached), 3, 7, 2)
        assert reached == pytest.approx(np.sqrt((M**2).sum(axis=(1, 3))), rel=1e-12)


@pytest.mark.parametrize(("k", "levels"), [(2, 1), (2, 3), (3, 2), (1, 2)])
def test_a_tcn_reaches_as_far_as_its_formula_and_its_tree(k, levels):
    rng = np.random.default_rng(0)
    params = tcn.init(rng, 1, 4, levels=levels, kernel_size=k)
    field = tcn.receptive_field(k, levels)
    reached = looking.reach(tcn, params, rng.standard_normal((field + 4, 3, 1)))
    assert looking.span(reached) == (field - 1, 0)
    tree = looking.taps(*looking.layers_of(params))
    assert tree.receptive_field == field
    seen = field + 3 - np.flatnonzero(reached[-1].any(axis=1))[::-1]
    assert set(seen.tolist()) == set(tree.lags[0].tolist())


def test_a_tdnn_and_a_centred_convolution_reach_as_far_as_they_should():
    rng = np.random.default_rng(0)
    params = tdnn.init(rng, 2, 3, kernel_sizes=(3, 4))
    reached = looking.reach(tdnn, params, rng.standard_normal((9, 1, 2)))
    assert looking.span(reached) == (tdnn.receptive_field(params) - 1, 0)
    assert looking.taps(*looking.layers_of(params)).receptive_field == 6
    params = conv.init(rng, 1, 1, 5)
    reached = looking.reach(conv, params, np.zeros((9, 1, 1)), mode="same")
    assert looking.span(reached[:, :, 0]) == (2, 2)
    assert looking.layers_of(params) == ([5], [1])


def test_both_directions_see_everything_and_padding_is_not_seen():
    net = bidirectional.Bidirectional(elman)
    params, x = draw(net)
    reached = looking.reach(net, params, x)
    assert (reached > 0).all()
    x[3:, 0] = np.nan
    padded = looking.reach(net, params, x, lengths=[3, 5])
    assert padded[:, :, 1] == pytest.approx(reached[:, :, 1], rel=1e-12)
    alone = looking.reach(net, params, x[:3, :1])
    assert padded[:3, :3, 0] == pytest.approx(alone[:, :, 0], rel=1e-12)
    assert not padded[3:, :, 0].any()
    assert not padded[:, 3:, 0].any()
    params, x = draw(lstm)
    short = looking.reach(lstm, params, x, of="c", lengths=[3, 5])
    whole = looking.reach(lstm, params, x, of="c")
    assert short[:3] == pytest.approx(whole[:3], rel=1e-12)
    assert short[4, :, 0] == pytest.approx(whole[2, :, 0], rel=1e-12)  # the state stands


def test_a_state_carried_on_is_part_of_the_sequence():
    params, x = draw(gru)
    reached = looking.reach(gru, params, x)
    _, middle, _ = gru.forward(params, x[:2])
    assert looking.reach(gru, params, x[2:], middle) == pytest.approx(reached[2:, 2:], rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [(0, 2), (3, 0), (1, 1)], ids=str)
def test_small_sizes_keep_shape_and_dtype(size, dtype):
    params = lstm.init(np.random.default_rng(0), 1, 1, dtype=dtype)
    x = np.ones((*size, 1), dtype)
    for of in (None, "c"):
        reached = looking.reach(lstm, params, x, of=of)
        assert reached.shape == (size[0], size[0], size[1])
        assert reached.dtype == dtype


def gated(opened, shown):
    """An LSTM of one unit: its input gate is open where x[1] is, its output gate where x[2] is."""
    W = np.zeros((4, 3))
    W[0, 1] = W[3, 2] = 198
    W[2, 0] = 1
    b = np.array([-99.0, 99.0, 0.0, -99.0])
    cell = lstm.LSTMParams(W, np.zeros((4, 1)), b)
    x = np.zeros((6, 1, 3))
    x[opened, 0, 1] = x[shown, 0, 2] = 1
    rng = np.random.default_rng(0)
    out = network.init(lstm, rng, 3, 1, 2).out
    return network.NetworkParams(cell, out), x


def test_an_lstm_keeps_one_input_and_shows_it_where_its_gate_opens():
    params, x = gated([0], [3, 5])
    found = looking.influence(lstm, params, x, of="c")
    assert found.hidden == pytest.approx(np.full(6, 1.0), abs=1e-12)  # ∂c/∂x is tanh'(0)
    size = np.linalg.norm(params.out.W_ho)
    assert found.output == pytest.approx(size * np.array([0, 0, 0, 1, 0, 1]), abs=1e-9)
    assert found.gates["i"].round() == pytest.approx([1, 0, 0, 0, 0, 0])
    assert found.gates["f"].round() == pytest.approx(np.ones(6))
    assert found.gates["o"].round() == pytest.approx([0, 0, 0, 1, 0, 1])
    assert looking.influence(lstm, params, x, source=2, of="c").hidden.max() < 1e-9


def test_a_feedforward_net_forgets_at_once():
    params = network.init(tdnn, np.random.default_rng(0), 1, 3, 2)
    params = params._replace(cell=tdnn.init(np.random.default_rng(0), 1, 3, kernel_sizes=(1,)))
    found = looking.influence(tdnn, params, np.ones((4, 1, 1)), source=1)
    assert (found.hidden > 0).tolist() == (found.output > 0).tolist() == [False, True, False, False]
    assert found.gates == {}
    assert found.source == 1


def test_taps_of_dilations_that_double_meet_each_step_once():
    tree = looking.taps([2, 2, 2, 2], [1, 2, 4, 8])
    assert [lags.tolist() for lags in tree.lags[2:]] == [[0, 4, 8, 12], [0, 8], [0]]
    assert tree.lags[0].tolist() == list(range(16))
    assert tree.paths[0].tolist() == [1] * 16
    assert tree.arrows[-1] == ((0, 0), (8, 0))
    assert sum(map(len, tree.arrows)) == 16 + 8 + 4 + 2


def test_paths_are_counted_as_coefficients_of_a_product():
    tree = looking.taps([3, 2, 3], [1, 3, 1])
    ones = np.polymul(np.polymul([1, 1, 1], [1, 0, 0, 1]), [1, 1, 1])
    assert tree.paths[0].tolist() == ones.tolist()
    assert looking.taps([2, 2, 2, 2], [1, 1, 1, 1]).paths[0].tolist() == [1, 4, 6, 4, 1]
    assert looking.taps([1], [1]).receptive_field == 1


PARAMS, X = draw(lstm)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: looking.reach(lstm, PARAMS, X, of="z"),
         "of must name a part of the state ('h', 'c'), got 'z'"),
        (lambda: looking.reach(NETS["both ways"], PARAMS, X, of="h"), "cell must be causal"),
        (lambda: looking.reach(lstm, PARAMS, X[0]), "x must have shape (T, B, I)"),
        (lambda: looking.span(np.zeros((3, 3))), "R must hold an output that some input moves"),
        (lambda: looking.span(np.ones((3, 2))), "as many outputs as inputs, got shape (3, 2)"),
        (lambda: looking.span(np.ones(3)), "R must have shape (T, T), got (3,)"),
        (lambda: looking.influence(lstm, PARAMS, X[:, :1]), "params must be NetworkParams"),
        (lambda: looking.influence(lstm, PARAMS, X), "x must have shape (T, 1, I), got (5, 2, 2)"),
        (lambda: looking.influence(lstm, PARAMS, X[:, :1], source=5), "from 0 to 4, got 5"),
        (lambda: looking.taps([], []), "at least one, got 0 and 0"),
        (lambda: looking.taps([2], [1, 2]), "the same layers, at least one, got 1 and 2"),
        (lambda: looking.taps([2], [0]), "dilations must be at least 1, got 0"),
        (lambda: looking.layers_of(PARAMS), "those of conv, tdnn or tcn, got LSTMParams"),
    ],
)  # fmt: skip
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_an_echo_state_network_has_no_way_back():
    assert not hasattr(esn, "backward")
