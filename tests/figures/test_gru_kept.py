"""What a unit keeps: the library's own cells say the same, and so does the browser."""

import itertools
import json
import math

import numpy as np
import pytest

from rnncourse import gru, gru_before, lstm
from rnncourse.figures.gru_kept import KINDS, STATE, STEPS, draw, half_life, sigma, states

GRID = list(itertools.product(KINDS, (-6.0, 0.0, 2.2), (-1.0, 0.3), (-2.0, 5.0)))


@pytest.mark.parametrize(("gate", "news"), [(2.2, 0.0), (-1.5, 0.6), (0.0, -0.9)])
def test_the_librarys_units_keep_as_much(gate, news):
    """The gate by its bias alone; the news by an input whose tanh it is."""
    x = np.full((STEPS, 1, 1), math.atanh(news))
    W_ih, W_hh = np.array([[0.0], [0], [1]]), np.zeros((3, 1))
    cell = gru.GRUParams(W_ih, W_hh, np.array([0.0, gate, 0]), np.zeros(1))
    one = gru.GRUState(np.ones((1, 1)))
    h, _, _ = gru.forward(cell, x, one)
    np.testing.assert_allclose(h.ravel(), states("z", gate, news, 0.0)[1:], rtol=1e-12)
    h, _, _ = gru.forward(gru_before.swap_kept(cell), x, one)
    np.testing.assert_allclose(h.ravel(), states("1-z", gate, news, 0.0)[1:], rtol=1e-12)
    four = lstm.LSTMParams(
        np.array([[0.0], [0], [1], [0]]), np.zeros((4, 1)), np.array([1.5, gate, 0, 0])
    )
    _, end, _ = lstm.forward(four, x, lstm.LSTMState(np.zeros((1, 1)), np.ones((1, 1))))
    assert end.c[0, 0] == pytest.approx(states("lstm", gate, news, 1.5)[-1], rel=1e-12)


def test_nothing_new_leaves_a_power_of_the_gate():
    assert states("z", 2.2, 0.0, 0.0)[10] == pytest.approx(sigma(2.2) ** 10)
    assert states("1-z", 2.2, 0.0, 0.0)[10] == pytest.approx((1 - sigma(2.2)) ** 10)
    assert states("z", 0.0, 0.4, 0.0) == states("1-z", 0.0, 0.4, 0.0)  # at z = ½ alone
    kept = 0.93
    assert kept ** half_life(kept) == pytest.approx(0.5)
    assert half_life(1.0) == math.inf


def test_refuses_an_unknown_kind():
    with pytest.raises(ValueError, match="kind should be one of z, 1-z, lstm; got 'y'"):
        states("y", 0.0, 0.0, 0.0)


def test_browser_module_computes_the_same(run_module):
    program = """
      const grid = JSON.parse(process.argv[2]);
      console.log(JSON.stringify(grid.map((c) => module.states(...c))));
      console.log(JSON.stringify([0.2, 0.9].map((k) => module.halfLife(k))));
    """
    found, lives = map(json.loads, run_module("gru_kept", program, json.dumps(GRID)).splitlines())
    for case, js in zip(GRID, found, strict=True):
        assert js == pytest.approx(states(*case), rel=1e-9, abs=1e-12)
    assert lives == pytest.approx([half_life(0.2), half_life(0.9)], rel=1e-9)


def test_browser_module_says_what_it_shows(run_module):
    program = """
      const state = JSON.parse(process.argv[2]);
      console.log(module.describe(state));
      console.log(module.describe({gate: 6, news: 1, input_gate: 6}));
    """
    lines = run_module("gru_kept", program, json.dumps(STATE)).splitlines()
    assert f"Where z keeps, {100 * sigma(2.2) ** 10:.0f} % of the old state" in lines[0]
    assert "Where 1 − z keeps, less than 0.1 %" in lines[0]
    assert "adds" not in lines[0]
    assert f"as far as {states('lstm', 6, 1, 6)[-1]:.1f} from 0: it adds" in lines[1]


def test_draws():
    assert draw(**STATE).axes
