"""A step may lean on itself only through the future."""

import pytest

from rnncourse.derivation import read
from rnncourse.derivation.circular import circles
from rnncourse.derivation.exercises import exercise
from rnncourse.derivation.language import step_of


def found(text: str, name: str = "bptt.gradients"):
    spec = exercise(name)
    lines: dict = {}
    for line in read(text, spec).lines:
        lines.setdefault(step_of(line.target, spec), []).append(line)
    return circles(spec, lines)


SOUND = """\
do[t] = yhat[t] - y[t]
dh[T] = V.T @ do[T]
dh[t] = V.T @ do[t] + W.T @ da[t+1]
da[t] = (1 - h[t]**2) * dh[t]
db = sum(t, da[t])
"""


def test_the_future_is_no_circle():
    assert found(SOUND) == {}


@pytest.mark.parametrize(
    ("line", "circle"),
    [
        ("dh[t] = da[t] / (1 - h[t]**2)", ("dh[t]", "da[t]", "dh[t]")),
        ("dh[t] = dh[t]", ("dh[t]", "dh[t]")),
        ("dh[t-1] = dh[t-1] + 0", ("dh[t]", "dh[t]")),
        ("dh[T] = da[T] / (1 - h[T]**2)", ("dh[t]", "da[t]", "dh[t]")),
        ("dh[t] = sum(s, dh[s]) - dh[t+1]", ("dh[t]", "dh[t]")),
        ("db = db", ("db", "db")),
    ],
)
def test_a_circle_is_found_and_charged_once(line, circle):
    target = line.split("=")[0].strip().replace("[t-1]", "[t]")
    kept = [x for x in SOUND.splitlines() if x.split("=")[0].strip() != target]
    assert found("\n".join([*kept, line])) == {target: circle}


def test_a_circle_through_both_directions_of_time():
    # each alone would move one way; together they come back to where they were
    assert set(found("dh[t] = dh[t+1] + da[t-1]\nda[t] = dh[t+1]")) == {"dh[t]"}


def test_two_circles_are_two_steps():
    assert set(found(SOUND + "\ndc = dc\ndV = dV")) == {"dc", "dV"}


def test_one_sound_form_of_a_chain_is_ground_enough():
    assert found("dh[t] = da[t] / (1 - h[t]**2) = V.T @ do[t] + W.T @ da[t+1]", "bptt.chain") == {}


def test_a_symbol_without_a_line_leans_on_what_the_exercise_says():
    assert set(found("dh[t] = da[t] / (1 - h[t]**2)", "bptt.chain")) == {"dh[t]"}


def test_behind_a_circle_is_not_in_it():
    text = SOUND.replace("da[t] = (1 - h[t]**2) * dh[t]", "da[t] = da[t]")
    assert set(found(text)) == {"da[t]"}


def test_zero_after_the_last_step_is_ground():
    text = "delta_h[t] = df_H(h_in[t]) * (W_ho.T @ delta_o[t] + W_hh.T @ delta_h[t+1])"
    assert found(text, "bptt.delta") == {}
