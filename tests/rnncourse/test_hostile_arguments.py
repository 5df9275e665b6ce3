"""What is refused everywhere, with the argument's name: none of it may fail inside NumPy."""

import numpy as np
import pytest
import torch

from rnncourse import (
    _tree,
    dropout,
    elman,
    gru,
    lstm,
    network,
    nn,
    optim,
    tcn,
    tdnn,
    training,
    truncated,
)
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep
from rnncourse.dropout import Dropout
from rnncourse.language import BytePairs, sampling
from rnncourse.tcn_dropout import DropoutTCN

T, B, I, H = 5, 3, 2, 4


def refused(text):
    return pytest.raises(ValueError, match=text)


def replaced(tree, place, change):
    """The tree with `change` made to its array number `place`."""
    count = iter(range(100))
    return _tree.apply(lambda a: change(a) if next(count) == place else a, tree)


@pytest.mark.parametrize(
    "change",
    [lambda a: a.tolist(), lambda a: None, lambda a: 1.0, lambda a: np.full_like(a, np.nan)],
    ids=["list", "None", "number", "NaN"],
)
def test_weights_that_are_no_finite_arrays(cell, change):
    case = cell.draw((T, B, I, H))
    for place, name in enumerate(case.params._fields):
        with refused(name):
            cell.module.forward(replaced(case.params, place, change), case.x)


def test_weights_of_another_kind(cell):
    x = np.zeros((T, B, I))
    for params in (None, (np.zeros((H, I)),), optim):
        with refused("params must"):
            cell.module.forward(params, x)


@pytest.mark.parametrize(
    "x",
    [[[1.0, 2.0], [3.0]], None, "x", torch.zeros(T, B, I, requires_grad=True), np.array([[["a"]]])],
    ids=["ragged", "None", "text", "gradient", "texts"],
)
def test_inputs_that_are_no_array_of_numbers(cell, x):
    params = cell.draw((T, B, 1, H)).params
    with refused("^x "):
        cell.module.forward(params, x)


def test_states_and_gradients_of_another_kind(cell):
    case = cell.draw((T, B, I, H))
    _, _, cache = cell.module.forward(case.params, case.x)
    for wrong in ({}, np.zeros((B, H)), (1, 2, 3, 4, 5, 6, 7), tcn.TCNParams(())):
        with refused("^state"):
            cell.module.forward(case.params, case.x, wrong)
        with refused("^d_state"):
            cell.module.backward(cache, case.d_h, wrong)
    with refused("^d_h must be an array"):
        cell.module.backward(cache, [[1.0], [1.0, 2.0]])


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ({"rng": 0}, "rng must be a generator"),
        ({"rng": None}, "rng must be a generator"),
        ({"input_size": 2.5}, "input_size must be a whole number, got 2.5"),
        ({"hidden_size": True}, "hidden_size must be a whole number, got True"),
        ({"hidden_size": "4"}, "hidden_size must be a whole number, got '4'"),
        ({"dtype": "nonsense"}, "dtype must be one such as float64, got 'nonsense'"),
        ({"dtype": complex}, "dtype must be floating"),
    ],
)
def test_how_weights_are_drawn(cell, what, text):
    how = {"rng": np.random.default_rng(0), "input_size": 4, "hidden_size": 4, **what}
    with refused(text):
        cell.module.init(how.pop("rng"), how.pop("input_size"), how.pop("hidden_size"), **how)


@pytest.mark.parametrize("net", [tcn, tdnn, DropoutTCN(), Deep([lstm, tcn])], ids=repr)
def test_a_network_without_a_state_is_not_cut_into_parts(net):
    rng = np.random.default_rng(0)
    params = network.init(net, rng, I, H, I)
    x, y = rng.standard_normal((T, B, I)), rng.integers(I, size=(T, B))
    with refused("cell must carry a state, got .*cut into windows"):
        truncated.gradients(net, params, x, y, k=2)
    with refused("cell must carry a state, got .*one symbol at a time"):
        sampling.generate(net, params, rng, [0], 3)


def test_training_carries_no_state_that_is_not_there():
    rng = np.random.default_rng(0)
    params = network.init(tcn, rng, I, H, I)
    batch = rng.standard_normal((T, B, I)), rng.integers(I, size=(T, B))

    def gradients(params, x, y, state):
        return network.loss_and_gradients(tcn, params, x, y, state)

    with refused("carry must be False for a network without a state"):
        training.fit(params, gradients, [batch], optim.SGD(0.1), steps=2, carry=True)


def test_directions_drop_by_masks_of_their_own():
    layer = dropout.with_masks(Bidirectional(Dropout(0.5), "sum"), np.random.default_rng(0))
    x = np.ones((1, 1, 200))
    left, right = (half.forward((), x)[0] for half in layer.pair)
    h, _, cache = layer.forward(layer.init(np.random.default_rng(0), 200, 200), x)
    assert np.array_equal(h, left + right)
    assert set(np.unique(h)) == {0.0, 2.0, 4.0}  # one mask for both would leave out the 2
    assert np.array_equal(layer.backward(cache, np.ones_like(h))[0], h)


def test_a_bidirectional_net_may_have_two_cells():
    net = Bidirectional(lstm, back=gru)
    params = net.init(np.random.default_rng(0), I, H)
    assert [type(part).__name__ for part in params] == ["LSTMParams", "GRUParams"]
    x = np.random.default_rng(1).standard_normal((T, B, I))
    h, _, _ = net.forward(params, x)
    assert np.array_equal(h[:, :, H:], gru.forward(params.backward, x[::-1])[0][::-1])
    with refused("back must be None in torch.nn, got gru"):
        net.to_torch(params)
    with refused("back must have init, forward and backward"):
        Bidirectional(elman, back=1)


def test_numbers_of_symbols_are_whole():
    params = network.init(elman, np.random.default_rng(0), 3, H, 3)
    for what in ({"count": 2.5}, {"count": np.nan}, {"top_k": 1.5}, {"top_k": True}):
        how = {"count": 3, **what}
        with refused(f"{next(iter(what))} must be a whole number"):
            sampling.generate(elman, params, np.random.default_rng(0), [0], **how)
    with refused("rng must be a generator"):
        sampling.generate(elman, params, 0, [0], 3)
    with refused("merges must be a whole number"):
        BytePairs.train("low low", 2.5)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("[" * 100_000, "must hold byte pairs as JSON"),
        ("{", "must hold byte pairs as JSON"),
        ("é", "must hold byte pairs as JSON"),
        ('{"kind": "words"}', "must hold byte pairs, got 'words'"),
        (
            '{"kind": "byte pairs", "pairs": [[65, 65]'
            + "".join(f", [{n}, {n}]" for n in range(256, 320))
            + "]}",
            "pairs must join at most 67108864 bytes in all",
        ),
    ],
    ids=["deep", "cut", "letters", "kind", "doubling"],
)
def test_files_of_byte_pairs_that_mean_harm(content, text, tmp_path):
    path = tmp_path / "pairs.json"
    path.write_text(content, encoding="utf-8")
    with refused(text):
        BytePairs.load(path)


def test_a_file_too_large_is_not_read(tmp_path):
    path = tmp_path / "pairs.json"
    with path.open("wb") as file:
        file.truncate(1 << 27)  # takes no room on the disk
    with refused("must have at most 67108864 bytes, got 134217728"):
        BytePairs.load(path)


@pytest.mark.parametrize("module", [nn.TCN(I, H), nn.Deep([nn.LSTM(I, H)])], ids=["TCN", "Deep"])
def test_lengths_in_torch(module):
    x = torch.zeros(T, B, I)
    for lengths in ([1.5, 2, 3], [True, False, True]):
        with refused("lengths must be integers"):
            module(x, lengths=lengths)
    for lengths in ([1, 2, T + 1], [-1, 2, 3]):
        with refused("lengths must lie between 0 and T"):
            module(x, lengths=lengths)
