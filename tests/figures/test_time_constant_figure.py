"""The leaky unit that follows a wave: right by a convolution, and the same in the browser."""

import json

import numpy as np
import pytest

from rnncourse import data, leaky
from rnncourse.figures import time_constant as figure

DRAWN = figure.STATE["drawn"]
CASES = [(n, slow, noise) for n in (1, 6, 20, 100) for slow in (30, 100) for noise in (0, 1.0)]


@pytest.mark.parametrize("n", [1, 2.5, 20])
def test_the_state_is_an_exponentially_weighted_average(n):
    x, _ = figure.signal(100, 1.0, DRAWN)
    weights = (1 / n) * (1 - 1 / n) ** np.arange(figure.STEPS)
    assert figure.followed(n, x) == pytest.approx(np.convolve(x, weights)[: figure.STEPS])


def test_it_is_the_course_s_leaky_unit_where_tanh_is_straight():
    x, _ = figure.signal(100, 1.0, DRAWN)
    tiny = 1e-4 * np.array(x)[:, None, None]
    unit = leaky.LeakyParams(np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1), np.array([1 / 20]))
    h, _, _ = leaky.forward(unit, tiny)
    assert figure.followed(20, x) == pytest.approx(1e4 * h[:, 0, 0], abs=1e-6)


def test_the_signal_is_that_of_the_chapter():
    """Two sines and noise: what is left after both are fitted is the noise that was drawn."""
    x, wave = figure.signal(100, 0.5, DRAWN)
    t = np.arange(figure.STEPS)[:, None]
    sines = [f(2 * np.pi * t / p) for p in (100, 6) for f in (np.sin, np.cos)]
    A = np.hstack(sines)
    clean = np.array(x) - 0.5 * np.array(DRAWN)
    c = np.linalg.lstsq(A, clean, rcond=None)[0]
    assert np.abs(A @ c - clean).max() < 1e-10
    assert np.hypot(c[0], c[1]) == pytest.approx(1) and np.hypot(c[2], c[3]) == pytest.approx(1)
    assert np.abs(A[:, :2] @ c[:2] - wave).max() < 1e-10
    drawn, _ = data.two_time_scales(np.random.default_rng(0), 300, 50, noise=0.5)
    assert np.std(x) == pytest.approx(drawn.std(), rel=0.1)


def test_best_lies_between_too_quick_and_too_slow():
    least = figure.best(100, 1.0, DRAWN)
    assert 4 <= least <= 12
    assert figure.error(least, 100, 1.0, DRAWN) < 0.5 * figure.error(1, 100, 1.0, DRAWN)
    assert figure.error(least, 100, 1.0, DRAWN) < 0.5 * figure.error(100, 100, 1.0, DRAWN)
    assert figure.best(100, 2.0, DRAWN) > figure.best(100, 0.0, DRAWN)


def test_a_time_constant_below_one_is_refused():
    with pytest.raises(ValueError, match=r"n should be at least 1; got 0\.5"):
        figure.followed(0.5, [1.0])


def test_browser_module_computes_the_same(run_module):
    program = """
      const { cases, drawn } = JSON.parse(process.argv[2]);
      console.log(JSON.stringify(cases.map(([n, slow, noise]) => ({
        states: module.followed(n, module.signal(slow, noise, drawn)[0]),
        error: module.error(n, slow, noise, drawn),
        best: module.best(slow, noise, drawn),
      }))));
    """
    found = json.loads(
        run_module("time_constant", program, json.dumps({"cases": CASES, "drawn": DRAWN}))
    )
    for (n, slow, noise), js in zip(CASES, found, strict=True):
        x, _ = figure.signal(slow, noise, DRAWN)
        assert js["states"] == pytest.approx(figure.followed(n, x), rel=1e-9, abs=1e-12)
        assert js["error"] == pytest.approx(figure.error(n, slow, noise, DRAWN), rel=1e-9)
        assert js["best"] == figure.best(slow, noise, DRAWN)


def test_browser_module_says_what_it_shows(run_module):
    program = """
      const state = JSON.parse(process.argv[2]);
      for (const n of [20, 1, module.best(state.slow, state.noise, state.drawn)]) {
        console.log(module.describe({ ...state, n }));
      }
    """
    slow, quick, best = run_module("time_constant", program, json.dumps(figure.STATE)).splitlines()
    assert "α = 0.05" in slow and "too slow" in slow
    assert f"The error is {figure.error(20, 100, 1.0, DRAWN):.3g}." in slow
    assert "too quick" in quick and "This is the best" in best


def test_it_is_drawn():
    import matplotlib.pyplot as plt

    drawn = figure.draw(**figure.STATE)
    assert len(drawn.axes) == 2
    plt.close(drawn)
