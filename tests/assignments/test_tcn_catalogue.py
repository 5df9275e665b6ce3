"""Every known mistake and accepted variant of the assignment on convolution, without a sandbox."""

import copy

import numpy as np
import pytest

from autograder.assignment import CodeItem, DerivationItem
from autograder.assignments import load, notebooks
from autograder.gradebook.notebooks import grade_id
from autograder.judge.catalogue import catalogue_of, changed_source
from autograder.judge.code import judge_code
from autograder.judge.derivation import judge_derivation
from autograder.sandbox import CallReply

ASSIGNMENT = load("tcn")
SOLUTION = notebooks.solution(ASSIGNMENT)
CELLS = {grade_id(c): c.source for c in SOLUTION.cells if grade_id(c)}
CODE = [item for item in ASSIGNMENT.items if isinstance(item, CodeItem)]
DERIVATIONS = [item for item in ASSIGNMENT.items if isinstance(item, DerivationItem)]


def entries(items, kind):
    return [
        pytest.param(item, entry, id=f"{item.answer}-{entry.id}")
        for item in items
        for entry in getattr(item, kind)
    ]


def judged(item, source, seed=0):
    """The verdict on one answer cell, called in this process."""
    space = {"np": np}
    for other in CODE:
        exec(source if other is item else CELLS[other.answer], space)
        if other is item:
            break
    function = space[item.exercise.function]

    def call(arguments):
        try:
            with np.errstate(all="ignore"):  # a wrong answer may overflow
                return CallReply(value=function(*copy.deepcopy(list(arguments))))
        except NotImplementedError:
            raise
        except Exception as error:
            pytest.fail(f"raised {error!r}")

    return judge_code(item, call, seed, catalogue_of(ASSIGNMENT).wrong_answers(item))


@pytest.mark.parametrize("item", CODE, ids=lambda i: i.answer)
def test_the_solution_gets_everything(item):
    verdict = judged(item, CELLS[item.answer])
    assert verdict.points == verdict.max_points


@pytest.mark.parametrize(("item", "mistake"), entries(CODE, "mistakes"))
def test_a_mistake_loses_marks_and_is_recognised_as_itself_alone(item, mistake):
    verdict = judged(item, changed_source(CELLS[item.answer], mistake))
    assert verdict.points < verdict.max_points
    assert set(verdict.mistakes) == {mistake.id}


@pytest.mark.parametrize(("item", "variant"), entries(CODE, "variants"))
def test_a_variant_gets_everything(item, variant):
    verdict = judged(item, changed_source(CELLS[item.answer], variant))
    assert verdict.points == verdict.max_points, [p.diagnosis for p in verdict.parts]


@pytest.mark.parametrize("item", CODE, ids=lambda i: i.answer)
def test_recognition_does_not_hang_on_the_draw(item):
    for mistake in item.mistakes:
        verdict = judged(item, changed_source(CELLS[item.answer], mistake), seed=1)
        assert set(verdict.mistakes) == {mistake.id}


@pytest.mark.parametrize(("item", "mistake"), entries(DERIVATIONS, "mistakes"))
def test_a_wrong_line_costs_its_step_and_no_other(item, mistake):
    _, _, text = notebooks.source_of(item, mistake, CELLS[item.answer]).partition("\n")
    verdict = judge_derivation(item, text, 0)
    wrong = [part.name for part in verdict.parts if part.points < part.max_points]
    assert wrong == [mistake.step]
    assert set(verdict.mistakes) == {mistake.id}


@pytest.mark.parametrize(("item", "variant"), entries(DERIVATIONS, "variants"))
def test_another_way_to_write_a_derivation_gets_everything(item, variant):
    _, _, text = notebooks.source_of(item, variant, CELLS[item.answer]).partition("\n")
    verdict = judge_derivation(item, text, 0)
    assert verdict.points == verdict.max_points, [p.diagnosis for p in verdict.parts]


def test_the_catalogue_is_as_rich_as_promised():
    assert sum(len(item.mistakes) for item in CODE) >= 50
    assert sum(len(item.mistakes) for item in DERIVATIONS) >= 40
    assert len(DERIVATIONS[0].variants) >= 3
    for item in CODE:
        assert len(item.variants) >= 3
    assert ASSIGNMENT.max_points == 40


@pytest.mark.parametrize("item", [*CODE, *DERIVATIONS], ids=lambda i: i.answer)
def test_ids_differ_and_every_mistake_has_a_hint_of_its_own(item):
    every = [*item.mistakes, *item.variants]
    assert len({entry.id for entry in every}) == len(every)
    steps = {(m.step, m.hint) for m in item.mistakes}
    assert len(steps) == len(item.mistakes)
    for mistake in item.mistakes:
        assert len(mistake.hint) > 30


@pytest.mark.parametrize("item", CODE, ids=lambda i: i.answer)
def test_a_hint_is_not_the_answer(item):
    """No line of the solution's code stands in a hint."""
    lines = {line.split("#")[0].strip() for line in CELLS[item.answer].splitlines()}
    for mistake in item.mistakes:
        assert not any(len(line) > 8 and line in mistake.hint for line in lines)


def test_a_finite_difference_gradient_needs_more_calls_than_a_call_has_time_for():
    """The largest hidden case of backward holds so many weights that moving each is too slow."""
    backward = next(item for item in CODE if item.answer == "backward")
    largest = backward.exercise.draw(np.random.default_rng(0), **backward.cases[-1].options)
    weights = sum(value.size for value in largest["params"].values())
    assert weights > 10_000


def test_the_paths_of_the_deepest_case_are_too_many_to_walk_along():
    field = next(item for item in CODE if item.answer == "field")
    deepest = field.cases[-1].options
    assert deepest["k"] ** len(deepest["dilations"]) > 10**12


def test_the_banded_matrix_is_the_convolution():
    space = {"np": np}
    for answer in ("conv", "matrix"):
        exec(CELLS[answer], space)
    rng = np.random.default_rng(0)
    W, x = rng.normal(size=(3, 4, 2)), rng.normal(size=(8, 1, 2))
    y = space["causal_conv"](x, W, np.zeros(4), 3)
    assert np.allclose(space["conv_matrix"](W, 8, 3) @ x.ravel(), y.ravel(), atol=1e-14)
