"""The figure's numbers: right, and the same in the browser's module and in Python."""

import json
from itertools import product

import numpy as np
import pytest

from rnncourse.figures.kernel_slid import KERNELS, SIGNALS, matrix, outputs

CASES = list(product(KERNELS, SIGNALS, (True, False)))


@pytest.mark.parametrize(("kernel", "signal", "flipped"), CASES)
def test_outputs_are_those_of_numpy(kernel, signal, flipped):
    x, w = SIGNALS[signal], KERNELS[kernel]
    full = np.convolve(x, w) if flipped else np.correlate(x, w, "full")
    assert outputs(kernel, signal, flipped) == pytest.approx(full[:12], abs=1e-15)


@pytest.mark.parametrize(("kernel", "signal", "flipped"), CASES)
def test_the_matrix_does_the_same(kernel, signal, flipped):
    M = matrix(kernel, flipped)
    assert M @ np.array(SIGNALS[signal]) == pytest.approx(outputs(kernel, signal, flipped))
    assert (M[1:, 1:] == M[:-1, :-1]).all()  # every row is the one above, moved by one


def test_a_pulse_writes_the_kernel_into_the_output():
    assert outputs("slope", "pulse", True)[4:7].tolist() == [1, 2, 3]
    assert outputs("slope", "pulse", False)[4:7].tolist() == [3, 2, 1]


@pytest.mark.parametrize(("kernel", "signal"), [("steep", "pulse"), ("slope", "loud")])
def test_bad_arguments_are_named(kernel, signal):
    with pytest.raises(ValueError, match=r"kernel should .*steep|signal should .*loud"):
        outputs(kernel, signal, True)


def test_browser_module_computes_the_same(run_module):
    program = """
      const cases = JSON.parse(process.argv[2]);
      const both = ([k, s, f]) => [module.outputs(k, s, f), module.matrix(k, f)];
      console.log(JSON.stringify(cases.map(both)));
    """
    found = json.loads(run_module("kernel_slid", program, json.dumps(CASES)))
    for case, (y, M) in zip(CASES, found, strict=True):
        assert y == pytest.approx(outputs(*case), rel=1e-12, abs=1e-15)
        assert np.array_equal(M, matrix(case[0], case[2]))


def test_browser_module_says_what_it_shows(run_module):
    program = """
      console.log(module.describe(5, 'slope', 'bumps', true));
      console.log(module.describe(0, 'slope', 'bumps', false));
      console.log(module.describe(4, 'difference', 'bumps', true));
    """
    convolved, first, negative = run_module("kernel_slid", program).splitlines()
    assert "y₅ = 1·x₅ + 2·x₄ + 3·x₃ = 1·0 + 2·3 + 3·0 = 6." in convolved
    assert "All outputs: 0, 1, 4, 7, 9, 6" in convolved
    assert "Not flipped" in first
    assert "before step 0 counts as 0" in first
    assert "1·3 + −1·0 + 0·2 = 3." in negative
