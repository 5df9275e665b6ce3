"""The figure's numbers: right, and the same in the browser's module and in Python."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.figures.gradient_by_lag import KINDS, shares, terms

CASES = [(w, T, k) for w in (-1.4, -0.3, 0.0, 0.9, 2.0) for T in (1, 2, 20, 40) for k in KINDS]


def loss(w: float, T: int, inputs: str) -> float:
    h = 0.0
    for t in range(1, T + 1):
        h = math.tanh(w * h + KINDS[inputs](t))
    return (h - 1) ** 2 / 2


@given(w=st.floats(-1.5, 2), T=st.integers(1, 12), inputs=st.sampled_from(sorted(KINDS)))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_terms_sum_to_the_measured_slope(w, T, inputs):
    slope = (loss(w + 1e-6, T, inputs) - loss(w - 1e-6, T, inputs)) / 2e-6
    assert sum(terms(w, T, inputs)) == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_each_term_is_the_slope_by_the_weight_of_one_step():
    """Nudge the weight at one step alone: the network then has a weight of its own for each."""
    w, T = 0.7, 6

    def nudged(at: int, by: float) -> float:
        h = 0.0
        for t in range(1, T + 1):
            h = math.tanh((w + by * (t == at)) * h + KINDS["wandering"](t))
        return (h - 1) ** 2 / 2

    found = terms(w, T, "wandering")
    for t in range(1, T + 1):
        slope = (nudged(t, 1e-6) - nudged(t, -1e-6)) / 2e-6
        assert found[t - 1] == pytest.approx(slope, rel=1e-6, abs=1e-10)


def test_by_hand():
    """Three steps, w = 0.5: the numbers of the chapter, computed there with paper and pencil."""
    assert terms(0.5, 3, "pulse") == pytest.approx([0, -0.2624, -0.2885], abs=5e-5)


def test_shares_are_by_lag_and_sum_to_one():
    found = shares(0.9, 20, "steady")
    assert sum(found) == pytest.approx(1)
    assert found[0] == pytest.approx(
        abs(terms(0.9, 20, "steady")[-1]) / sum(map(abs, terms(0.9, 20, "steady")))
    )
    assert found[19] == 0  # h[0] = 0: the weight of the first step multiplied nothing
    assert shares(0.9, 1, "steady") == [0]


@pytest.mark.parametrize(("T", "inputs"), [(0, "steady"), (3, "loud")])
def test_bad_arguments_are_named(T, inputs):
    with pytest.raises(
        ValueError, match="T should" if T == 0 else "inputs should be one of .*loud"
    ):
        terms(0.5, T, inputs)


def test_browser_module_computes_the_same(run_module):
    program = """
      const cases = JSON.parse(process.argv[2]);
      const both = (w, T, k) => [module.terms(w, T, k), module.shares(w, T, k)];
      console.log(JSON.stringify(cases.map((c) => both(...c))));
    """
    found = json.loads(run_module("gradient_by_lag", program, json.dumps(CASES)))
    for (w, T, inputs), (js_terms, js_shares) in zip(CASES, found, strict=True):
        assert js_terms == pytest.approx(terms(w, T, inputs), rel=1e-9, abs=1e-30)
        assert js_shares == pytest.approx(shares(w, T, inputs), rel=1e-9, abs=1e-30)


def test_browser_module_says_what_it_shows(run_module):
    program = """
      console.log(module.describe(0.9, 20, 'steady'));
      console.log(module.describe(0.5, 1, 'steady'));
    """
    moving, still = run_module("gradient_by_lag", program).splitlines()
    assert f"{sum(terms(0.9, 20, 'steady')):.3f}".replace("-", "−") in moving
    assert f"{100 * shares(0.9, 20, 'steady')[0]:.1f} %" in moving
    assert "is 0" in still
