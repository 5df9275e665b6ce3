"""The stepped unit's numbers: those of the library, of finite differences, and of the browser."""

import json

import pytest

from rnncourse import elman
from rnncourse.figures.stepping import INPUTS, T, numbers

CASES = [(w, k) for w in (-1.5, -0.4, 0.0, 0.5, 2.0) for k in INPUTS]


def loss(w: float, inputs: str) -> float:
    return float((elman.scalar(w=w, u=1.0).states(INPUTS[inputs])[-1] - 1) ** 2 / 2)


@pytest.mark.parametrize(("w", "inputs"), CASES)
def test_shares_sum_to_the_measured_slope(w, inputs):
    slope = (loss(w + 1e-6, inputs) - loss(w - 1e-6, inputs)) / 2e-6
    assert sum(numbers(w, inputs)["share"]) == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_by_hand():
    found = numbers(0.5, "first")
    assert found["h"] == pytest.approx([0, 0.7616, 0.3634, 0.1797, 0.0896], abs=5e-5)
    assert found["slope"][T - 1] == pytest.approx(found["h"][T] - 1)
    assert found["share"][0] == 0  # the weight multiplied h[0] = 0


def test_unknown_inputs_are_named():
    with pytest.raises(ValueError, match=r"inputs should be one of first, .*; got 'loud'"):
        numbers(0.5, "loud")


def test_browser_module_computes_the_same(run_module):
    program = """
      const cases = JSON.parse(process.argv[2]);
      console.log(JSON.stringify(cases.map(([w, k]) => module.numbers(w, k))));
    """
    for case, found in zip(
        CASES, json.loads(run_module("stepping", program, json.dumps(CASES))), strict=True
    ):
        for name, values in numbers(*case).items():
            assert found[name] == pytest.approx(values, rel=1e-9, abs=1e-15)


def test_every_position_says_its_numbers(run_module):
    program = """
      for (let at = 0; at <= 9; at++) console.log(module.describe(at, 0.5, 'first'));
    """
    said = run_module("stepping", program).splitlines()
    found = numbers(0.5, "first")
    assert "= 0.3634." in said[2]
    assert f"{(found['h'][4] - 1) ** 2 / 2:.4f}" in said[5]
    assert f"{found['share'][3]:.4f}".replace("-", "−") in said[6]
    assert f"dL/dw = {sum(found['share']):.4f}".replace("-", "−") in said[9]
