"""The reservoir that a reader drives: its numbers are esn's own, and the browser has the same."""

import json

import numpy as np
import pytest

from rnncourse.figures import reservoir

NETWORK = reservoir.STATE["network"]
SIGNALS = [reservoir.preset(name) for name in reservoir.PRESETS]


def by_hand(radius: str, signal: list[float], start: float) -> np.ndarray:
    """The recurrence written out, one unit at a time."""
    h, found = [start] * reservoir.UNITS, []
    for x in signal:
        h = [
            np.tanh(
                NETWORK["b"][i]
                + NETWORK["W_ih"][i] * x
                + float(radius) * sum(w * v for w, v in zip(NETWORK["W_hh"][i], h, strict=True))
            )
            for i in range(reservoir.UNITS)
        ]
        found.append(h)
    return np.array(found)


@pytest.mark.parametrize("radius", reservoir.RADII)
def test_states_are_the_recurrence(radius):
    signal = reservoir.preset("wandering")
    for start in reservoir.STARTS:
        found = reservoir.states(NETWORK, radius, signal, start)
        assert np.abs(found[:8] - by_hand(radius, signal[:8], start)).max() < 1e-12


def test_exported_matrix_has_radius_one():
    assert np.abs(np.linalg.eigvals(np.array(NETWORK["W_hh"]))).max() == pytest.approx(1, rel=1e-4)


def test_read_outs_echo_new_noise():
    """On noise never fitted: much of a few steps ago at radius 0.9, less at 0.3, none at 1.5."""
    noise = np.random.default_rng(77).uniform(-1, 1, 1000).tolist()
    share = {radius: reservoir.shares(NETWORK, radius, noise) for radius in reservoir.RADII}
    assert share["0.9"][0] > 0.98 and share["0.9"][8] > 0.6
    assert share["0.9"][8] > share["0.3"][8] + 0.3 and share["0.9"][8] > share["1.5"][8] + 0.3
    assert max(share["0.9"][14:]) < 0.2


def test_the_start_is_forgotten_below_one_and_not_in_silence_above():
    silence = reservoir.preset("silence")
    assert reservoir.gaps(NETWORK, "0.9", silence)[-1] < 1e-2
    assert reservoir.gaps(NETWORK, "1.5", silence)[-1] > 0.1
    assert reservoir.gaps(NETWORK, "1.5", reservoir.preset("steps"))[-1] < 0.01  # loud: saturated
    assert reservoir.gaps(NETWORK, "0.9", silence)[0] == pytest.approx(0.9 * np.sqrt(24))


def test_a_signal_that_stands_still_explains_nothing():
    assert reservoir.shares(NETWORK, "0.9", reservoir.preset("silence")) == [0.0] * reservoir.LAGS


def test_an_unknown_preset_is_named():
    with pytest.raises(ValueError, match=r"preset should be one of .*'loud'"):
        reservoir.preset("loud")


def test_browser_module_computes_the_same(run_module):
    program = """
      const { network, signals, radii } = JSON.parse(process.argv[2]);
      const found = {};
      for (const r of radii) found[r] = signals.map((s) => ({
        states: [0, 0.9].map((start) => module.states(network, r, s, start)),
        echoes: module.echoes(network, r, s),
        shares: module.shares(network, r, s),
        gaps: module.gaps(network, r, s),
      }));
      console.log(JSON.stringify(found));
    """
    given = {"network": NETWORK, "signals": SIGNALS, "radii": reservoir.RADII}
    found = json.loads(run_module("reservoir", program, json.dumps(given)))
    for radius in reservoir.RADII:
        for signal, js in zip(SIGNALS, found[radius], strict=True):
            for start, h in zip(reservoir.STARTS, js["states"], strict=True):
                assert np.abs(h - reservoir.states(NETWORK, radius, signal, start)).max() < 1e-9
            assert np.abs(js["echoes"] - reservoir.echoes(NETWORK, radius, signal)).max() < 1e-8
            assert js["shares"] == pytest.approx(
                reservoir.shares(NETWORK, radius, signal), rel=1e-6, abs=1e-9
            )
            assert js["gaps"] == pytest.approx(
                reservoir.gaps(NETWORK, radius, signal), rel=1e-6, abs=1e-12
            )


def test_browser_module_has_the_same_signals(run_module):
    program = "console.log(JSON.stringify(JSON.parse(process.argv[2]).map(module.preset)))"
    names = list(reservoir.PRESETS)
    found = json.loads(run_module("reservoir", program, json.dumps(names)))
    assert np.abs(np.array(found) - np.array(SIGNALS)).max() <= 1.0001e-3  # a tie rounds either way


def test_browser_module_says_what_it_shows(run_module):
    program = """
      const state = JSON.parse(process.argv[2]);
      for (const change of [{}, { view: 'gap' }, { signal: module.preset('silence') }]) {
        console.log(module.describe({ ...state, ...change }));
      }
    """
    echo, gap, still = run_module("reservoir", program, json.dumps(reservoir.STATE)).splitlines()
    share = reservoir.shares(NETWORK, "0.9", reservoir.STATE["signal"])[5]
    assert f"explains {float(f'{100 * share:.2g}'):g} %" in echo
    assert "the start is forgotten" in gap and "nothing to echo" in still


def test_it_is_drawn_in_every_view():
    import matplotlib.pyplot as plt

    for view in ("echo", "units", "gap"):
        drawn = reservoir.draw(**{**reservoir.STATE, "view": view})
        assert len(drawn.axes) == 2
        plt.close(drawn)
