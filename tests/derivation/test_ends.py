"""A chain that must be carried to its end, and what is given before the first step."""

import numpy as np
import pytest

from autograder.assignments.forward.context import ITEM as CONTEXT
from autograder.assignments.forward.unfolded import ITEM as PERSONAL
from autograder.judge.derivation import judge_derivation
from rnncourse.derivation.exercises import exercise
from rnncourse.derivation.judge import judge
from rnncourse.derivation.public import judge_public

NAME = "forward.unfolded/tanh"
UNFOLDED = PERSONAL.personal.versions["tanh"]
FIRST = "tanh(b + W @ h[0] + U @ x[1])"
SECOND = f"tanh(b + W @ {FIRST} + U @ x[2])"
THIRD = f"tanh(b + W @ {SECOND} + U @ x[3])"
HALFWAY = "tanh(b + W @ tanh(b + W @ h[1] + U @ x[2]) + U @ x[3])"
STEP = "tanh(b + W @ h[2] + U @ x[3])"


def said(text, target):
    return judge_public(NAME, text).step(target)


def test_a_chain_that_stops_on_the_way_is_told_what_can_be_written_out():
    report = said(f"h[3] = {STEP} = {HALFWAY} = {HALFWAY} + 0 * b", "h[3]")
    assert not report.right and "h[1] can be written out" in report.message
    assert said(f"h[3] = {STEP} = {HALFWAY} = {THIRD}", "h[3]").right


def test_links_are_counted_where_the_end_is_reached():
    report = said(f"h[3] = {STEP} = {THIRD}", "h[3]")
    assert not report.right and "3 are asked for" in report.message
    assert "can be written out" in said(f"h[3] = {THIRD} = {HALFWAY} = {STEP}", "h[3]").message


def test_the_state_before_the_first_step_is_given_and_no_other():
    assert said(f"h[1] = {FIRST}", "h[1]").right
    assert said(f"h[2] = {SECOND}", "h[2]").right
    report = said("h[2] = tanh(b + W @ h[1] + U @ x[2])", "h[2]")
    assert not report.right and "without h" in report.message


@pytest.mark.parametrize("item", [UNFOLDED, CONTEXT], ids=lambda i: i.answer)
def test_a_state_is_no_answer_to_itself(item):
    name = "h[3]" if item is UNFOLDED else "s[3]"
    verdict = judge_derivation(item, f"{name} = {name}", 0)
    assert verdict.points == 0


def test_the_states_are_those_of_the_recurrence():
    """The truth, without PyTorch: run the equation on the drawn numbers."""
    draw = UNFOLDED.truth(np.random.default_rng(3))["values"]
    W, U, b = (np.array(draw[name]) for name in "WUb")
    h = np.array(draw["h"][0])
    for t in range(1, 5):
        h = np.tanh(b + W @ h + U @ np.array(draw["x"][t]))
        np.testing.assert_allclose(draw["h"][t], h, rtol=1e-12)


def test_exercises_say_what_is_asked_of_their_ends():
    assert exercise(NAME).step("h[3]").ends_in == ()
    report = judge("", exercise(NAME), ())
    assert [step.target for step in report.asked] == ["h[1]", "h[2]", "h[3]"]
