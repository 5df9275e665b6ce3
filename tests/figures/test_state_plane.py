"""The plane of two units: the library's states, in Python and in the browser, and their fates."""

import json

import numpy as np
import pytest

from rnncourse.figures.state_plane import STATE, fate, orbit

CASES = [
    (1.05, -0.5, 0.5, 1.05),
    (0.7, 0.0, 0.0, 0.7),
    (1.6, 0.0, 0.0, 1.6),
    (-1.5, 0.0, 0.0, -1.5),
    (0.9, 0.7, 0.7, 0.9),
    (0.2, 1.9, -0.3, 0.4),
]


@pytest.mark.parametrize("weights", CASES)
def test_states_are_tanh_of_w_times_the_last(weights):
    h = np.array(orbit(*weights))
    W = np.reshape(weights, (2, 2))
    assert h[1:] == pytest.approx(np.tanh(h[:-1] @ W.T), abs=1e-14)
    assert len(h) == 61


@pytest.mark.parametrize(
    ("weights", "end"),
    list(zip(CASES, ("turns", "forgotten", "kept", "flips", "kept", "forgotten"), strict=True)),
)
def test_fates(weights, end):
    assert fate(*weights) == end


def test_the_figure_opens_on_a_state_that_never_settles():
    assert fate(**STATE) == "turns"


def test_browser_module_computes_the_same(run_module):
    program = """
      const cases = JSON.parse(process.argv[2]);
      const of = (w) => [module.orbit(w), module.fate(w), module.eigenvalues(w)];
      console.log(JSON.stringify(cases.map(of)));
    """
    found = json.loads(run_module("state_plane", program, json.dumps(CASES)))
    for weights, (path, end, values) in zip(CASES, found, strict=True):
        assert np.array(path) == pytest.approx(np.array(orbit(*weights)), rel=1e-9, abs=1e-12)
        assert end == fate(*weights)
        true = np.linalg.eigvals(np.reshape(weights, (2, 2)))
        if "real" in values:
            assert sorted(values["real"]) == pytest.approx(sorted(true.real))
        else:
            assert values["size"] == pytest.approx(abs(true[0]))
            assert values["angle"] == pytest.approx(abs(np.angle(true[0])))


def test_browser_module_says_what_becomes_of_the_start(run_module):
    program = "console.log(module.describe([0.7, 0, 0, 0.7]))"
    assert "0.7 and 0.7. The state runs to 0" in run_module("state_plane", program)
