"""Sequences that are zero before the first step and after the last: a convolution's padding."""

import pytest

from rnncourse.derivation.exercises import exercise, public_draw
from rnncourse.derivation.public import judge_public

NAME = "tcn.block/two-plain"
RIGHT = """\
dz[t] = df(z[t]) * (h[t] - y[t])
de[t] = df(e[t]) * dz[t]
du[t] = R.T @ de[t] + S.T @ de[t+2]
da[t] = df(a[t]) * du[t]
dx[t] = dz[t] + P.T @ da[t] + Q.T @ da[t+2]
dc = sum(t, de[t])
dS = sum(t, de[t] @ u[t-2].T)
dQ = sum(t, da[t] @ x[t-2].T)
"""


def states(text):
    return {step.target: step.state for step in judge_public(NAME, text).asked}


@pytest.mark.parametrize("time", [-3, 0, 8, 9])
def test_outside_it_is_zero_and_has_its_shape(time):
    draw, spec = public_draw(NAME), exercise(NAME)
    assert draw.steps == 7
    assert draw.value(spec, "x", time) == [[0.0]] * draw.size("I")
    assert draw.value(spec, "da", time) == [[0.0]] * draw.size("H")


def test_what_is_not_declared_so_has_no_value_there():
    draw, spec = public_draw(NAME), exercise(NAME)
    assert draw.value(spec, "a", 0) is None
    assert draw.value(spec, "h", 8) is None
    assert draw.value(spec, "x", 1) != [[0.0]] * draw.size("I")


def test_one_line_serves_every_step():
    assert set(states(RIGHT).values()) == {"right"}


def test_the_step_without_its_tail_is_wrong():
    found = states(RIGHT.replace(" + S.T @ de[t+2]", ""))
    assert found.pop("du[t]") == "wrong"
    assert set(found.values()) == {"right"}
