"""The items that are asked of every student's own network: twelve networks, each as good as one."""

import copy
import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from autograder.assignments import load, notebooks
from autograder.assignments.bptt import personal
from autograder.gradebook.notebooks import grade_id
from autograder.judge import export
from autograder.judge.catalogue import Catalogue, changed_source
from autograder.judge.code import judge_code
from autograder.judge.derivation import judge_derivation
from autograder.sandbox import CallReply
from autograder.verdict import Outcome
from rnncourse.checks import registry
from rnncourse.checks.stored import read, stored_cases
from rnncourse.derivation import parse_line
from rnncourse.derivation.algebra import Evaluator
from rnncourse.derivation.exercises import public_draw
from rnncourse.derivation.exercises.bptt_personal import FAMILY, MEMBERS
from rnncourse.derivation.values import Draw

ASSIGNMENT = load("bptt")
SOLUTION = notebooks.solution(ASSIGNMENT)
CELLS = {grade_id(c): c.source for c in SOLUTION.cells if grade_id(c)}
CATALOGUE = Catalogue(ASSIGNMENT, CELLS)
EVERY = pytest.mark.parametrize("member", MEMBERS)


def of(item, member):
    return replace(item.personal.versions[member], personal=item.personal)


def quick(item):
    """The item without its large case, which is there for those who move every weight a little."""
    return replace(item, cases=item.cases[:-1])


def judged(item, source):
    space = {"np": np}
    exec(source, space)

    def call(arguments):
        return CallReply(value=space["personal_backward"](*copy.deepcopy(list(arguments))))

    return judge_code(item, call, 4, CATALOGUE.wrong_answers(item))


def test_at_least_two_items_are_personal_and_a_neighbour_has_one_chance_in_twelve():
    own = [item for item in ASSIGNMENT.items if getattr(item, "personal", None)]
    assert len(own) == 2 and len(FAMILY.members) == 12
    assert sum(item.max_points for item in own) >= ASSIGNMENT.max_points / 4
    assert len(set(FAMILY.members.values())) == 12


@EVERY
def test_the_equations_that_a_student_sees_are_those_of_the_truth(member):
    item = of(personal.DERIVATION, member)
    draw = Draw.of(item.truth(np.random.default_rng(9)))
    evaluate = Evaluator(item.exercise, draw)
    for text in item.exercise.network:
        line = parse_line(text, item.exercise)
        for t in range(1, draw.steps + 1):
            got = evaluate(line.expressions[0], {"t": t})
            np.testing.assert_allclose(got, evaluate(line.target, {"t": t}), rtol=1e-12)
    assert set(draw.values) == {s.name for s in item.exercise.symbols}


@EVERY
def test_what_the_package_carries_is_what_the_networks_give(member):
    """Otherwise run `python -m autograder.judge.export`."""
    item = of(personal.DERIVATION, member)
    exported = public_draw(item.exercise.name).plain()["values"]
    fresh = json.loads(json.dumps(export.public_values(item.truth)))["values"]
    assert exported.keys() == fresh.keys()
    for name, value in fresh.items():
        for old, new in zip(_flat(exported[name]), _flat(value), strict=True):
            assert old == pytest.approx(new, rel=1e-11, abs=1e-12)
    code = of(personal.CODE, member)
    cases = stored_cases(code.exercise.name)
    assert len(cases) == len(code.exercise.public_options)
    for number, (arguments, truth) in enumerate(cases):
        drawn = code.exercise.visible_arguments(number)
        np.testing.assert_allclose(arguments["x"], drawn["x"], rtol=1e-11)
        for name, value in code.exercise.truth(arguments).items():
            np.testing.assert_allclose(truth[name], value, rtol=1e-9, atol=1e-11)


def _flat(value):
    if value is None:
        return []
    return [v for part in value for v in _flat(part)] if isinstance(value, list) else [value]


def test_the_package_holds_no_way_to_the_truth_of_a_personal_function():
    for member in MEMBERS:
        exercise = registry.exercises("bptt")[f"bptt.personal_backward/{member}"]
        assert exercise.solve is None
        with pytest.raises(ValueError, match="autograder alone"):
            exercise.truth({})


@EVERY
def test_the_truth_in_code_agrees_with_finite_differences(member):
    item = of(personal.CODE, member)
    arguments = item.exercise.draw(np.random.default_rng(8), T=3, B=2, I=2, H=3, K=4)
    found = item.exercise.truth(arguments)

    def loss(name, index, by):
        moved = copy.deepcopy(arguments)
        if name == "h0":
            moved["h0"][index] += by
        elif name == "alpha":
            moved["params"]["alpha"] += by
        else:
            moved["params"][name][index] += by
        return float(item.exercise.truth(moved)["loss"])

    for name, index in (("W_hh", (0, 1)), ("W_ih", (2, 0)), ("alpha", ()), ("h0", (1, 2))):
        slope = (loss(name, index, 1e-6) - loss(name, index, -1e-6)) / 2e-6
        assert slope == pytest.approx(float(np.asarray(found[f"d_{name}"])[index]), rel=1e-5)


def test_the_solution_notebook_answers_the_network_of_the_id_solution():
    member = FAMILY.of("solution")

    def unmarked(name):
        rows = CELLS[name].split("\n")
        return "\n".join(r for r in rows if not r.strip().startswith("### ")).strip()

    assert unmarked("personal-backward") == personal.coded(member).strip()
    assert unmarked("personal").endswith(personal.derived(member).strip())
    assert unmarked("student") == 'student = "solution"'


@EVERY
def test_every_networks_own_answer_is_right_in_every_form(member):
    item = of(personal.DERIVATION, member)
    for entry in (item.solution, *item.variants):
        text = changed_source(personal.derived(member), entry)
        verdict = judge_derivation(item, text, 3)
        assert verdict.outcome is Outcome.RIGHT, (entry.id, verdict)
    code = of(personal.CODE, member)
    assert judged(code, personal.coded(member)).outcome is Outcome.RIGHT
    for variant in code.variants:
        verdict = judged(quick(code), changed_source(personal.coded(member), variant))
        assert verdict.outcome is Outcome.RIGHT, (variant.id, verdict)


@EVERY
def test_a_wrong_line_costs_its_step_and_is_known(member):
    item = of(personal.DERIVATION, member)
    assert len({m.id for m in item.mistakes}) == len(item.mistakes) >= 20
    for mistake in item.mistakes:
        text = notebooks.with_line(personal.derived(member), mistake.step, mistake.source)
        verdict = judge_derivation(item, text, 5)
        lost = [p.name for p in verdict.parts if p.points < p.max_points]
        assert lost == [mistake.step], mistake.id
        assert set(verdict.mistakes) == {mistake.id} and verdict.answers == ""


COUNT = len(personal.CODE.mistakes)


@pytest.mark.parametrize("number", range(COUNT))
def test_a_wrong_function_loses_marks_and_is_known(number):
    """Each mistake for three of the networks here; `autograder verify` takes all twelve."""
    for member in list(MEMBERS)[number % 4 :: 4]:
        item = quick(of(personal.CODE, member))
        assert len(item.mistakes) == COUNT
        mistake = item.mistakes[number]
        verdict = judged(item, changed_source(personal.coded(member), mistake))
        assert verdict.points < verdict.max_points
        assert set(verdict.mistakes) == {mistake.id}, (member, verdict)
        assert verdict.answers == ""


def test_no_networks_answer_is_another_ones():
    """Neither on paper nor in code, for any pair."""
    for one, other in itertools.permutations(MEMBERS, 2):
        verdict = judge_derivation(of(personal.DERIVATION, one), personal.derived(other), 1)
        assert verdict.points < verdict.max_points
        differing = sum(a != b for a, b in zip(MEMBERS[one], MEMBERS[other], strict=True))
        if differing > 1 or MEMBERS[one][0] != MEMBERS[other][0]:
            assert verdict.answers == other
            assert FAMILY.members[other] in verdict.diagnosis
        hints = " ".join(p.hint for p in verdict.parts) + verdict.diagnosis
        assert FAMILY.members[one] in hints or verdict.mistakes


@pytest.mark.parametrize(
    ("one", "other"),
    [("leak-tanh-size", "keep-softplus-change"), ("keep-logistic-size", "keep-tanh-size")],
)
def test_anothers_function_is_named(one, other):
    verdict = judged(quick(of(personal.CODE, one)), personal.coded(other))
    assert verdict.points == 0 and verdict.answers == other
    assert verdict.mistakes == ()
    assert FAMILY.members[one] in verdict.diagnosis and FAMILY.members[other] in verdict.diagnosis


def test_the_books_own_derivation_fits_nobody():
    book = "dh[T] = V.T @ do[T]\ndh[t] = V.T @ do[t] + W.T @ da[t+1]\n"
    book += "da[t] = (1 - h[t]**2) * dh[t]\ndW = sum(t, da[t] @ h[t-1].T)\n"
    for member in MEMBERS:
        verdict = judge_derivation(of(personal.DERIVATION, member), book, 2)
        assert {p.name for p in verdict.parts if p.points} == {"dW"}


def test_what_is_stored_can_be_read_again():
    arguments = {"x": np.ones((2, 1)), "k": 3, "params": {"a": 0.25, "y": np.array([1, 2])}}
    back = read(json.loads(json.dumps(export.plain(arguments))))
    assert back["k"] == 3 and back["params"]["a"] == 0.25
    assert back["params"]["y"].dtype.kind == "i" and back["x"].shape == (2, 1)
