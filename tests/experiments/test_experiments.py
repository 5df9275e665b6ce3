"""The experiments at a size of seconds; a wrong gradient or a wrong test would show."""

import numpy as np
import pytest

from experiments import adding, copy_memory, lstm_embedded_reber
from experiments.experiment import load, stored
from rnncourse import data, losses

SMALL = {
    "esn_mackey_glass": {
        "cases": {
            "τ = 17": {"tau": 17, "T": 1500, "penalty": 1e-10},
            "τ = 30": {"tau": 30, "T": 1500, "penalty": 1e-6},
        },
        "units": 100,
        "washout": 200,
        "runs": 10,
        "ahead": 40,
    },
    "lstm_embedded_reber": {"tests": 100},
    "adding": {"T": 15, "tests": 200, "enough": 0.02},
    "copy_memory": {"T": 10, "tests": 50, "enough": 0.05},
    "parity": {"T": 6, "T_test": 40, "tests": 50},
}


def quiet(_done, _words):
    pass


def small(name, networks=None, **other):
    """One seed of a smaller task, with some of the networks, changed so that it takes seconds."""
    experiment = load(name)
    settings = experiment.settings | SMALL[name] | other
    if networks is not None:
        kinds = settings["networks"]
        settings["networks"] = {n: kinds[n] | changes for n, changes in networks.items()}
    return experiment.measure(0, quiet, **settings).values


def test_a_reservoir_continues_the_series():
    values = small("esn_mackey_glass")
    assert values["τ = 17"] < 0.2
    assert values["τ = 30"] < 0.5


def test_a_reservoir_that_is_fed_nothing_does_not():
    values = small("esn_mackey_glass", reservoir={"feedback_scale": 0.0})
    assert values["τ = 17"] > 0.5


def test_lstm_learns_embedded_reber():
    values = small("lstm_embedded_reber", {"LSTM": {"units": 16, "updates": 4000}})
    assert values["LSTM, strings right"] == values["LSTM, last but one"] == 1
    assert values["LSTM, sequences"] < 4000


def test_elmans_procedure_forgets_the_second_symbol():
    values = small("lstm_embedded_reber", {"Elman, one step": {"updates": 300}})
    assert 0.35 < values["Elman, one step, last but one"] < 0.65


def test_a_string_is_right_where_what_may_follow_is_above_the_rest():
    strings = ["BTBPVVETE", "BPBTXSEPE"]
    batch = lstm_embedded_reber.encode(strings)
    o = lstm_embedded_reber.may_follow(strings).astype(float)
    allowed = o > 0
    assert lstm_embedded_reber.right(o, allowed, batch["lengths"]).tolist() == [True, True]
    assert lstm_embedded_reber.last_but_one(o, batch).tolist() == [True, True]
    T, P = (lstm_embedded_reber.SYMBOLS.index(symbol) for symbol in "TP")
    o[6, 0, [T, P]] = o[6, 0, [P, T]]  # after the inner E of the first string
    assert lstm_embedded_reber.right(o, allowed, batch["lengths"]).tolist() == [False, True]
    assert lstm_embedded_reber.last_but_one(o, batch).tolist() == [False, True]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("LSTM", {"units": 16, "lr": 0.02, "updates": 800}),
        ("GRU", {"units": 16, "lr": 0.02, "updates": 600}),
        ("TCN", {"units": 12, "levels": 2, "lr": 0.01, "updates": 1200}),
    ],
)
def test_adding_is_learnt(name, changes):
    values = small("adding", {name: changes})
    assert values[name] <= 0.02
    assert values[f"{name}, sequences"] < 20 * changes["updates"]


def test_adding_is_learnt_by_the_identity():
    values = small("adding", {"IRNN": {"units": 32, "lr": 0.005, "updates": 1200}}, T=10)
    assert values["IRNN"] < 0.3 * adding.CHANCE


def test_adding_is_not_learnt_by_tanh_units_in_the_same_time():
    values = small("adding", {"tanh": {"updates": 600}})
    assert values["tanh"] > 0.6 * adding.CHANCE
    assert values["tanh, sequences"] == 20 * 600


def test_the_adding_problems_loss_is_that_of_the_last_step():
    rng = np.random.default_rng(0)
    o, y = rng.standard_normal((4, 3, 1)), rng.standard_normal((3, 1))
    loss, d_o = adding.loss_at_end(o, y)
    assert loss == pytest.approx(((o[-1] - y) ** 2).sum() / 2 / 3)
    assert np.array_equal(d_o[-1], (o[-1] - y) / 3)
    assert not d_o[:-1].any()


def test_copying_is_learnt_by_the_convolution_and_not_by_gates():
    chance = data.copy_memory_chance(10)
    networks = {
        "GRU": {"updates": 200},
        "TCN": {"levels": 2, "kernel_size": 8, "lr": 0.005, "updates": 800},
    }
    values = small("copy_memory", networks)
    assert 0.9 * chance < values["GRU"] < 1.2 * chance
    assert values["TCN"] < 0.1 * chance


def test_chance_of_copying_is_that_of_who_knows_the_clock():
    _, y = data.copy_memory(np.random.default_rng(0), copy_memory.T, B=4)
    p = np.zeros((*y.shape, copy_memory.CLASSES))
    p[:-10, :, 8] = 1
    p[-10:, :, :8] = 1 / 8
    loss, _ = losses.softmax_cross_entropy(np.log(p + 1e-300), y)
    assert loss / len(y) == pytest.approx(copy_memory.CHANCE)


def test_parity_is_kept_by_the_state_that_decides():
    networks = {"tanh": {"updates": 1500}, "LSTM": {"updates": 1000}, "sLSTM": {"updates": 1500}}
    values = small("parity", networks, T=10)
    assert [values[name] for name in networks] == [1, 1, 1]


def test_parity_is_not_kept_by_gates_that_see_the_input_alone():
    values = small("parity", {"minGRU": {"updates": 300}, "LRU": {"updates": 300}})
    assert 0.4 < values["minGRU"] < 0.6
    assert 0.4 < values["LRU"] < 0.6


def test_jacobians_are_those_that_are_stored():
    experiment = load("jacobian_norms")
    found = experiment.measure(0, quiet, **experiment.settings)
    for name, values in stored("jacobian_norms")["values"].items():
        assert found.values[name] == pytest.approx(values[0], rel=1e-6), name
