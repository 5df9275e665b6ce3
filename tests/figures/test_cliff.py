"""The cliff's numbers: right by an independent route, and the same in the browser and in Python."""

import itertools
import json
import math

import numpy as np
import pytest

from rnncourse.figures.cliff import CLIPS, STATE, UPDATES, clipped, descent, draw, loss, slope

STARTS = [(1.8, 0.6), (2.5, 0.0), (0.5, 1.0), (2.0, 0.3)]
RULES = [
    *((rate, "none", 1.0) for rate in (0.1, 0.3, 1.0)),
    *itertools.product((0.3, 1.0), ("norm", "value"), (0.3, 2.0)),
]
CASES = [(*rule, *start) for rule in RULES for start in STARTS]


def end(w: float, b: float) -> float:
    h = 0.5
    for _ in range(30):
        h = math.tanh(w * h + b)
    return (h - 0.1) ** 2 / 2


def test_loss_is_that_of_the_unit():
    grid_w, grid_b = np.linspace(0, 3, 4), np.linspace(-1, 1, 3)
    found = loss(grid_w, grid_b[:, None])
    assert found.shape == (3, 4)
    for i, j in np.ndindex(3, 4):
        assert found[i, j] == pytest.approx(end(grid_w[j], grid_b[i]), rel=1e-12)


@pytest.mark.parametrize(("w", "b"), [*STARTS, (1.5, -0.19)])
def test_slope_is_the_measured_one(w, b):
    nudge = 1e-6
    measured = [
        (end(w + nudge, b) - end(w - nudge, b)) / (2 * nudge),
        (end(w, b + nudge) - end(w, b - nudge)) / (2 * nudge),
    ]
    assert slope(w, b) == pytest.approx(measured, rel=1e-5, abs=1e-9)


def test_descent_takes_the_steps_it_says():
    run = descent(0.3, "norm", 0.5, 1.8, 0.6)
    assert run.path.shape == (UPDATES + 1, 2) and run.lengths.shape == (UPDATES,)
    steps = np.linalg.norm(np.diff(run.path, axis=0), axis=1)
    assert steps == pytest.approx(0.3 * np.minimum(run.lengths, 0.5), rel=1e-9)
    assert run.loss == pytest.approx(end(*run.path[-1]), rel=1e-9)


def test_first_state_is_thrown_and_a_limit_saves_it():
    thrown, saved = descent(**STATE), descent(**(STATE | {"clip": "norm"}))
    assert np.abs(thrown.path[-1]).max() > 5 and thrown.loss > 0.1
    assert saved.loss < 1e-4


def test_clips():
    g = np.array([30.0, 4.0])
    assert clipped(g, "none", 1.0) is g
    assert clipped(g, "norm", 1.0) == pytest.approx(g / math.hypot(30, 4))
    assert clipped(g, "value", 5.0).tolist() == [5, 4]
    with pytest.raises(ValueError, match="clip should be one of none, norm, value; got 'both'"):
        clipped(g, "both", 1.0)
    assert CLIPS == ("none", "norm", "value")


def test_browser_module_computes_the_same(run_module):
    program = """
      const cases = JSON.parse(process.argv[2]);
      const point = ([rate, clip, limit, w, b]) => [module.loss(w, b), module.slope(w, b)];
      console.log(JSON.stringify(cases.map((c) => [point(c), module.descent(...c)])));
    """
    found = json.loads(run_module("cliff", program, json.dumps(CASES)))
    for case, ((value, g), run) in zip(CASES, found, strict=True):
        assert value == pytest.approx(float(loss(*case[3:])), rel=1e-9)
        assert g == pytest.approx(slope(*case[3:]), rel=1e-9)
        expected = descent(*case)  # a cliff magnifies the rounding of the steps before it
        np.testing.assert_allclose(run["path"], expected.path, rtol=1e-5, atol=1e-8, err_msg=case)
        np.testing.assert_allclose(run["lengths"], expected.lengths, rtol=1e-4, atol=1e-9)


def test_browser_module_says_what_it_shows(run_module):
    program = """
      console.log(module.describe(0.3, 'none', 1, 1.8, 0.6));
      console.log(module.describe(0.3, 'norm', 1, 1.8, 0.6));
    """
    thrown, saved = run_module("cliff", program).splitlines()
    run = descent(**STATE)
    assert f"The longest slope, {run.lengths.max():.3g}, came at update" in thrown
    assert f"update {run.lengths.argmax() + 1} " in thrown and "far outside" in thrown
    assert "clipping by norm at 1" in saved and "outside" not in saved


def test_draws():
    axes = draw(**STATE).axes[0]
    np.testing.assert_allclose(axes.lines[0].get_xydata()[0], (1.8, 0.6))
