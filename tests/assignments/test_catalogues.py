"""Every known mistake and accepted variant of every assignment, judged without a sandbox."""

import copy
import pickle
from functools import cache

import numpy as np
import pytest

from autograder.assignment import CodeItem, DerivationItem
from autograder.assignments import load, names, notebooks
from autograder.gradebook.notebooks import grade_id
from autograder.judge.catalogue import catalogue_of, changed_source, solution_source
from autograder.judge.code import judge_code
from autograder.judge.derivation import judge_derivation
from autograder.sandbox import CallReply

ASSIGNMENTS = {name: load(name) for name in names()}
CELLS = {
    name: {grade_id(c): c.source for c in notebooks.solution(a).cells if grade_id(c)}
    for name, a in ASSIGNMENTS.items()
}


def items(kind):
    """A personal item stands for the reference network: verify goes through all of them."""
    return [
        pytest.param(name, item, id=f"{name}-{item.answer}")
        for name, assignment in ASSIGNMENTS.items()
        for item in assignment.items
        if isinstance(item, kind)
    ]


def entries(kind, which):
    return [
        pytest.param(*case.values, entry, id=f"{case.id}-{entry.id}")
        for case in items(kind)
        for entry in getattr(case.values[1], which)
    ]


def right(name, item):
    """The right answer's cell."""
    return solution_source(item, CELLS[name][item.answer])


@cache
def computed(name, cell):
    return {}


def wrong_answers(name, item):
    """Those of the catalogue, each computed once for the same arguments."""
    known = catalogue_of(ASSIGNMENTS[name]).wrong_answers(item)
    found = computed(name, item.cell)

    def answer(mistake, arguments):
        key = mistake.id, pickle.dumps(arguments)
        if key not in found:
            found[key] = known(mistake, arguments)
        return found[key]

    return answer


def judged(name, item, source, seed=0):
    """The verdict on one answer cell, called in this process."""
    space = {"np": np}
    for other in (i for i in ASSIGNMENTS[name].items if isinstance(i, CodeItem)):
        if other.answer == item.answer:
            break
        exec(right(name, other), space)
    exec(source, space)
    function = space[item.exercise.function]

    def call(arguments):
        try:
            with np.errstate(all="ignore"):  # a wrong answer may overflow
                return CallReply(value=function(*copy.deepcopy(list(arguments))))
        except NotImplementedError:
            raise
        except Exception as error:
            pytest.fail(f"raised {error!r}")

    return judge_code(item, call, seed, wrong_answers(name, item))


@pytest.mark.parametrize(("name", "item"), items(CodeItem))
def test_the_solution_gets_everything(name, item):
    verdict = judged(name, item, right(name, item))
    assert verdict.points == verdict.max_points


@pytest.mark.parametrize("seed", [0, 1])  # recognition does not hang on the draw
@pytest.mark.parametrize(("name", "item", "mistake"), entries(CodeItem, "mistakes"))
def test_a_mistake_loses_marks_and_is_recognised_as_itself_alone(name, item, mistake, seed):
    verdict = judged(name, item, changed_source(right(name, item), mistake), seed)
    assert verdict.points < verdict.max_points
    assert set(verdict.mistakes) == {mistake.id}


@pytest.mark.parametrize(("name", "item", "variant"), entries(CodeItem, "variants"))
def test_a_variant_gets_everything(name, item, variant):
    verdict = judged(name, item, changed_source(right(name, item), variant))
    assert verdict.points == verdict.max_points, [p.diagnosis for p in verdict.parts]


@pytest.mark.parametrize(("name", "item", "mistake"), entries(DerivationItem, "mistakes"))
def test_a_wrong_line_costs_its_step_and_no_other(name, item, mistake):
    source = notebooks.source_of(item, mistake, right(name, item))
    verdict = judge_derivation(item, source.partition("\n")[2], 0)
    wrong = [part.name for part in verdict.parts if part.points < part.max_points]
    assert wrong == [mistake.step]
    assert set(verdict.mistakes) == {mistake.id}


@pytest.mark.parametrize(("name", "item", "variant"), entries(DerivationItem, "variants"))
def test_another_way_to_write_a_derivation_gets_everything(name, item, variant):
    source = notebooks.source_of(item, variant, right(name, item))
    verdict = judge_derivation(item, source.partition("\n")[2], 0)
    assert verdict.points == verdict.max_points, [p.diagnosis for p in verdict.parts]


@pytest.mark.parametrize("name", names())
def test_the_catalogue_is_as_rich_as_promised(name):
    code = [item for item in ASSIGNMENTS[name].items if isinstance(item, CodeItem)]
    derived = [item for item in ASSIGNMENTS[name].items if isinstance(item, DerivationItem)]
    assert sum(len(item.mistakes) for item in code) >= 15
    assert sum(len(item.mistakes) for item in derived) >= 12
    for item in code:
        assert len(item.mistakes) >= 6 and len(item.variants) >= 3


@pytest.mark.parametrize(("name", "item"), items(CodeItem | DerivationItem))
def test_ids_differ_and_every_mistake_has_a_hint_of_its_own(name, item):
    every = [*item.mistakes, *item.variants]
    assert len({entry.id for entry in every}) == len(every)
    steps = {(m.step, m.hint) for m in item.mistakes}
    assert len(steps) == len(item.mistakes)
    for mistake in item.mistakes:
        assert len(mistake.hint) > 30


@pytest.mark.parametrize(("name", "item"), items(CodeItem))
def test_a_hint_is_not_the_answer(name, item):
    """No line of the solution's code stands in a hint."""
    lines = {line.split("#")[0].strip() for line in right(name, item).splitlines()}
    for mistake in item.mistakes:
        assert not any(len(line) > 8 and line in mistake.hint for line in lines)


@pytest.mark.parametrize(("name", "item"), items(DerivationItem))
def test_a_hint_is_not_the_line_that_is_asked_for(name, item):
    """No expression of the solution stands in a hint."""
    expressions = {
        line.partition("=")[2].replace(" ", "") for line in right(name, item).splitlines()[1:]
    }
    for mistake in item.mistakes:
        hint = mistake.hint.replace(" ", "")
        assert not any(len(expression) > 8 and expression in hint for expression in expressions)


def test_assignments_are_found_by_name():
    assert {"bptt", "forward", "longterm"} <= set(names())
    with pytest.raises(ValueError, match="there is no assignment 'nothing'"):
        load("nothing")
