"""Lines that are true and say nothing, or are true for the length of one draw alone."""

import pytest

from autograder.assignments.bptt.derivations import CHAIN, GRADIENTS
from autograder.judge.derivation import judge_derivation
from rnncourse.derivation.exercises import exercise
from rnncourse.derivation.language import parse_line
from rnncourse.derivation.sameness import canonical

RIGHT = "V.T @ do[t] + W.T @ da[t+1]"
DA = "da[t] = (1 - h[t]**2) * dh[t]\n"


@pytest.mark.parametrize(
    "text",
    [
        f"dh[t] = {RIGHT} = dh[t] = 1 * dh[t]",
        f"dh[t] = {RIGHT} = W.T @ da[t+1] + V.T @ do[t] = {RIGHT} + 0 * h[t]",
        f"dh[t] = {RIGHT}\ndh[t] = dh[t] = dh[t] * 1 = 2 * dh[t] / 2",
        f"dh[t] = {RIGHT} = 2 * ({RIGHT}) / 2 = -(-({RIGHT}))",
        f"dh[t] = {RIGHT} = {RIGHT} + h[1] - h[1] = ({RIGHT})**1",
        f"dh[t] = {RIGHT} = da[t] / (1 - h[t]**2) = da[t] / (1 - h[t] * h[t])",
    ],
)
def test_a_chain_of_the_same_thing_earns_nothing(text):
    verdict = judge_derivation(CHAIN, text, 1)
    assert verdict.points == 0
    assert "1 different expression" in verdict.parts[0].diagnosis


def test_a_chain_of_three_steps_earns_its_points():
    text = f"dh[t] = {RIGHT} = V.T @ (yhat[t] - y[t]) + W.T @ da[t+1] = V.T @ do[t] + "
    assert judge_derivation(CHAIN, text + "W.T @ diag(1 - h[t+1]**2) @ dh[t+1]", 1).points == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2 * h[t] - h[t]", "h[t]", True),
        ("h[t] / 4 * 4", "h[t]", True),
        ("h[t] * a[t]", "a[t] * h[t]", True),
        ("h[t] + 0", "h[t]", True),
        ("(h[t].T).T", "h[t]", True),
        ("W @ (h[t] + a[t])", "W @ h[t] + W @ a[t]", False),
        ("W @ h[t]", "W.T @ h[t]", False),
        ("h[t]**2", "h[t] * h[t]", False),
        ("h[t] / a[t]", "a[t] / h[t]", False),
        ("tanh(a[t])", "h[t]", False),
        ("h[t] / 0", "h[t]", False),
    ],
)
def test_what_counts_as_the_same(one, other, same):
    texts = [
        canonical(parse_line(f"dh[t] = {e}", exercise("bptt.chain")).expressions[0])
        for e in (one, other)
    ]
    assert (texts[0] == texts[1]) is same


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("db = da[1] + da[2] + da[3] + da[4]", "db"),
        ("db = sum(t, sum(s, da[s])) / 4", "db"),
        ("dh[T] = V.T @ do[4]", "dh[T]"),
    ],
)
def test_what_holds_for_four_steps_alone_earns_nothing(line, step):
    parts = {p.name: p.points for p in judge_derivation(GRADIENTS, DA + line, 1).parts}
    assert parts[step] == 0


def test_the_last_step_is_named_by_t_whatever_its_number():
    part = judge_derivation(GRADIENTS, "do[t] = yhat[T] - y[T]", 1).parts[0]
    assert part.diagnosis.startswith("right at t = T, wrong at t = 1, 2, 3, 4")
