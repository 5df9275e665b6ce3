"""The figure's numbers: those of the library, right by an independent route, and the browser's."""

import itertools
import json
import math

import numpy as np
import pytest

from rnncourse import elman, looking, lstm, relu_rnn
from rnncourse.figures.gradient_reach import CELLS, STATE, draw, exported, network, norms

WEIGHTS = STATE["weights"]
CASES = [
    (cell, radius, drive, bias)
    for cell, radius, drive in itertools.product(CELLS, (0.0, 0.6, 1.2, 2.0), (0.0, 0.3, 2.0))
    for bias in ((-2.0, 1.0, 6.0) if cell == "lstm" else (1.0,))
]


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_slope_is_what_a_nudge_of_the_state_measures(cell):
    """Nudge the state 6 steps before the end along the complex axis, and run on."""
    case = (cell, 1.2, 0.5, 2.0)
    module, params, x = network(*case, WEIGHTS)
    _, before, _ = module.forward(params, x[:-6])
    found = []
    for part in range(len(before)):
        for unit in range(before[part].shape[1]):
            moved = [p.astype(complex) for p in before]
            moved[part][0, unit] += 1e-30j
            complex_params = type(params)(*(p.astype(complex) for p in params))
            h, _, _ = module.forward(complex_params, x[-6:].astype(complex), type(before)(*moved))
            found.append(h[-1, 0].imag.sum() / 1e-30 / math.sqrt(h.shape[2]))
    assert norms(*case, WEIGHTS)[6] == pytest.approx(np.linalg.norm(found), rel=1e-10)


def test_at_rest_tanh_goes_by_powers_of_the_matrix():
    W = 1.3 * np.array(WEIGHTS["W_hh"])
    e = np.full(len(W), len(W) ** -0.5)
    expected = [np.linalg.norm(np.linalg.matrix_power(W.T, k) @ e) for k in range(41)]
    assert norms("tanh", 1.3, 0.0, 1.0, WEIGHTS) == pytest.approx(expected, rel=1e-10)


def test_what_travels_has_radius_one_block_by_block():
    H = len(WEIGHTS["W_hh"])
    blocks = [WEIGHTS["W_hh"], *np.split(np.array(WEIGHTS["lstm_hh"]), 4)]
    for block in blocks:
        assert looking.spectral_radius(np.array(block)) == pytest.approx(1, abs=1e-5)
    assert WEIGHTS["sigma"] == pytest.approx(np.linalg.norm(WEIGHTS["W_hh"], 2))
    assert len(WEIGHTS["lstm_ih"]) == 4 * H and exported() == WEIGHTS


def test_controls_reach_the_network():
    cell, params, x = network("lstm", 0.5, 2.0, 3.0, WEIGHTS)
    assert cell is lstm and x.shape == (40, 1, 1)
    np.testing.assert_array_equal(params.b, np.repeat([0.0, 3.0, 0.0, 0.0], 8))
    np.testing.assert_allclose(params.W_hh, 0.5 * np.array(WEIGHTS["lstm_hh"]))
    assert network("tanh", 1, 1, 0, WEIGHTS)[0] is elman
    assert network("relu", 1, 1, 0, WEIGHTS)[0] is relu_rnn
    with pytest.raises(ValueError, match="cell should be one of tanh, relu, lstm; got 'gru'"):
        network("gru", 1, 1, 0, WEIGHTS)


def test_browser_module_computes_the_same(run_module):
    program = """
      const [cases, weights] = JSON.parse(process.argv[2]);
      console.log(JSON.stringify(cases.map((c) => module.norms(...c, weights))));
    """
    found = json.loads(run_module("gradient_reach", program, json.dumps([CASES, WEIGHTS])))
    for case, values in zip(CASES, found, strict=True):
        assert values == pytest.approx(norms(*case, WEIGHTS), rel=1e-9, abs=1e-200), case


def test_browser_module_says_what_it_shows(run_module):
    program = """
      const weights = JSON.parse(process.argv[2]);
      console.log(module.describe('tanh', 1.2, 0, 1, weights));
      console.log(module.describe('tanh', 0.5, 0.5, 1, weights));
      console.log(module.describe('lstm', 1, 0.5, 6, weights));
      console.log(module.describe('relu', 0, 0.5, 1, weights));
    """
    exploding, vanishing, gated, none = run_module(
        "gradient_reach", program, json.dumps(WEIGHTS)
    ).splitlines()
    left = norms("tanh", 1.2, 0.0, 1.0, WEIGHTS)
    assert "explodes" in exploding and f"{float(f'{left[40]:.3g}'):g} at 40 steps" in exploding
    assert f"more than {1.2 * WEIGHTS['sigma']:.3g}" in exploding
    assert "vanishes" in vanishing and "× 10⁻" in vanishing
    assert "forget bias 6" in gated and "0.998 a step" in gated
    assert "nothing is left" in none


def test_draws_each_kind():
    for cell in CELLS:
        state = STATE | {"cell": cell}
        axes = draw(**state).axes[0]
        shown = axes.lines[0].get_ydata()
        assert shown[:5] == pytest.approx(norms(**state)[:5])
