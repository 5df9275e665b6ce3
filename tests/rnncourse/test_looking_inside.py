"""Traces of gates and states against the equations; saturation against counting."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncourse import (
    deep,
    elman,
    gru,
    gru_before,
    looking,
    lstm,
    lstm_coupled,
    lstm_peephole,
    mingru,
    minlstm,
    mlstm,
    slstm,
)


def draw(cell, T=6, B=2, I=2, H=3, dtype=np.float64):
    rng = np.random.default_rng(T + B)
    return cell.init(rng, I, H, dtype=dtype), rng.standard_normal((T, B, I)).astype(dtype)


def shifted(array, first=0.0):
    """The value before each step."""
    return np.concatenate([np.full_like(array[:1], first), array[:-1]])


def test_lstm_gates_make_the_cell_and_the_cell_makes_h():
    params, x = draw(lstm)
    seen = looking.traces(lstm, params, x)
    assert list(seen) == ["i", "f", "g", "o", "h", "c"]
    assert seen["c"] == pytest.approx(seen["f"] * shifted(seen["c"]) + seen["i"] * seen["g"])
    assert seen["h"] == pytest.approx(seen["o"] * np.tanh(seen["c"]))
    a = params.b + shifted(seen["h"]) @ params.W_hh.T + x @ params.W_ih.T
    for k, name in enumerate("ifgo"):
        part = a[:, :, 3 * k : 3 * k + 3]
        expected = np.tanh(part) if name == "g" else 1 / (1 + np.exp(-part))
        assert seen[name] == pytest.approx(expected, rel=1e-12), name


def test_other_lstms_obey_their_equations():
    seen = looking.traces(lstm_peephole, *draw(lstm_peephole))
    assert seen["c"] == pytest.approx(seen["f"] * shifted(seen["c"]) + seen["i"] * seen["g"])
    assert seen["h"] == pytest.approx(seen["o"] * np.tanh(seen["c"]))
    seen = looking.traces(lstm_coupled, *draw(lstm_coupled))
    f = seen["f"]
    assert seen["c"] == pytest.approx(f * shifted(seen["c"]) + (1 - f) * seen["g"])
    seen = looking.traces(slstm, *draw(slstm))
    assert seen["c"] == pytest.approx(seen["f"] * shifted(seen["c"]) + seen["i"] * seen["g"])
    assert seen["n"] == pytest.approx(seen["f"] * shifted(seen["n"]) + seen["i"])
    assert seen["h"] == pytest.approx(seen["o"] * seen["c"] / seen["n"])


@pytest.mark.parametrize("cell", [gru, gru_before, mingru], ids=["gru", "gru_before", "mingru"])
def test_gru_keeps_z_and_takes_the_news(cell):
    params, x = draw(cell)
    seen = looking.traces(cell, params, x)
    z, h = seen["z"], seen["h"]
    kept = 1 - z if cell is mingru else z
    assert h == pytest.approx(kept * shifted(h) + (1 - kept) * seen["n"])
    if cell is not mingru:
        first = (params.b + x @ params.W_ih.T)[0, :, :3]  # of r, where h is 0
        assert seen["r"][0] == pytest.approx(1 / (1 + np.exp(-first)))


def test_minlstm_keeps_the_share_of_f():
    seen = looking.traces(minlstm, *draw(minlstm))
    assert seen["k"] == pytest.approx(seen["f"] / (seen["f"] + seen["i"]))
    expected = seen["k"] * shifted(seen["h"]) + (1 - seen["k"]) * seen["n"]
    assert seen["h"] == pytest.approx(expected)


CELLS = [elman, gru, lstm, slstm, mlstm, minlstm]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.__name__.rpartition(".")[2])
def test_states_are_those_of_forward_whatever_the_padding_holds(cell):
    params, x = draw(cell, T=5, B=3)
    lengths = np.array([5, 0, 2])
    _, start, _ = cell.forward(params, x)
    beyond = np.arange(5)[:, None] >= lengths
    x[beyond] = np.nan
    before = x.copy()
    seen = looking.traces(cell, params, x, start, lengths=lengths)
    h, end, _ = cell.forward(params, x, start, lengths=lengths)
    assert seen["h"] == pytest.approx(h, rel=1e-12, abs=1e-15)
    for name, part in zip(end._fields, end, strict=True):
        assert seen[name][4, 0] == pytest.approx(part[0], rel=1e-12, abs=1e-15)
        assert seen[name][1, 2] == pytest.approx(part[2], rel=1e-12, abs=1e-15)
    assert all(not array[beyond].any() for array in seen.values())
    assert np.array_equal(x, before, equal_nan=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [(0, 2), (3, 0), (1, 1)], ids=str)
def test_small_sizes_keep_names_and_dtype(size, dtype):
    params, _ = draw(lstm, dtype=dtype)
    seen = looking.traces(lstm, params, np.ones((*size, 2), dtype))
    assert {name: a.shape for name, a in seen.items()} == dict.fromkeys("ifgohc", (*size, 3))
    assert {a.dtype for a in seen.values()} == {np.dtype(dtype)}


def test_a_cell_of_ones_own_may_name_its_gates():
    class Own:
        forward = staticmethod(elman.forward)
        step = staticmethod(elman.step)

        @staticmethod
        def gates(cache):
            return {"slope": 1 - cache.h**2}

    params, x = draw(elman)
    seen = looking.traces(Own, params, x)
    assert seen["slope"] == pytest.approx(1 - seen["h"] ** 2)


@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 5))
def test_saturation_counts(T, B, H):
    rng = np.random.default_rng([T, B, H])
    values, lengths = rng.uniform(-1, 1, (T, B, H)), rng.integers(0, T + 1, B)
    lengths[0] = T
    values[np.arange(T)[:, None] >= lengths] = np.nan
    found = looking.saturation(values, (-0.3, 0.6), lengths=lengths)
    for unit in range(H):
        seen = [values[t, b, unit] for b in range(B) for t in range(lengths[b])]
        assert found.left[unit] == sum(v < -0.3 for v in seen) / len(seen)
        assert found.right[unit] == sum(v > 0.6 for v in seen) / len(seen)


def test_a_bias_saturates_a_gate():
    params, x = draw(lstm)
    params.b[3:6] = [-99, 0, 99]
    params.W_ih[4] = params.W_hh[4] = 0
    found = looking.saturation(looking.traces(lstm, params, x)["f"])
    assert found.left.tolist() == [1, 0, 0]
    assert found.right.tolist() == [0, 0, 1]


GATE = np.zeros((2, 1, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p, x: looking.traces(deep.Deep(lstm), p, x), "cell must have step, as rnncourse"),
        (lambda p, x: looking.traces(lstm, p, x[0]), "x must have shape (T, B, I), got (2, 2)"),
        (lambda p, x: looking.traces(lstm, p, x * np.inf), "x[0, 0, 0] must be finite"),
        (lambda p, x: looking.traces(lstm, p, x, lengths=[7, 1]), "lengths[0] must lie between"),
        (lambda p, x: looking.saturation(GATE[0]), "values must have shape (T, B, H), got (1, 3)"),
        (lambda p, x: looking.saturation(GATE[:0]), "values must hold at least one step"),
        (lambda p, x: looking.saturation(GATE, (0.9, 0.1)), "bounds must be a lower and an upper"),
        (lambda p, x: looking.saturation(GATE + np.nan), "must be finite"),
        (lambda p, x: looking.saturation(GATE, lengths=[3]), "lengths[0] must lie between 0 and"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(*draw(lstm))
