"""The items that are asked of every student's own network: each of a family as good as one."""

import copy
import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from autograder.assignments import load, notebooks
from autograder.assignments.bptt import personal_code as bptt_code
from autograder.assignments.bptt import personal_derivation as bptt_paper
from autograder.assignments.gated import personal_code as gated_code
from autograder.assignments.gated import personal_derivation as gated_paper
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
from rnncourse.derivation.values import Draw


class Own:
    """One assignment's personal items, with its solution."""

    def __init__(self, name, paper, code):
        self.name = name
        self.assignment = load(name)
        solution = notebooks.solution(self.assignment)
        self.cells = {grade_id(c): c.source for c in solution.cells if grade_id(c)}
        self.catalogue = Catalogue(self.assignment, self.cells)
        self.family, self.terms = code.FAMILY, code.MEMBERS
        self.paper, self.code = paper.ITEM, code.ITEM
        self.derived, self.coded = paper.derived, code.coded

    def judged(self, item, source):
        """The verdict on a function's source, called in this process."""
        space = {"np": np}
        exec(source, space)

        def call(arguments):
            return CallReply(value=space["personal_backward"](*copy.deepcopy(list(arguments))))

        return judge_code(item, call, 4, self.catalogue.wrong_answers(item))


OWN = {
    "bptt": Own("bptt", bptt_paper, bptt_code),
    "gated": Own("gated", gated_paper, gated_code),
}
EACH = pytest.mark.parametrize("own", OWN.values(), ids=OWN)
EVERY = pytest.mark.parametrize(
    ("own", "member"),
    [pytest.param(o, m, id=f"{o.name}-{m}") for o in OWN.values() for m in o.family.members],
)


def of(item, member):
    return replace(item.personal.versions[member], personal=item.personal)


def quick(item):
    """The item without its large case, which is there for those who move every weight a little."""
    return replace(item, cases=item.cases[:-1])


@EACH
def test_at_least_two_items_are_personal_and_a_neighbour_has_one_chance_in_twelve(own):
    items = [item for item in own.assignment.items if getattr(item, "personal", None)]
    assert len(items) == 2 and len(own.family.members) == 12
    assert sum(item.max_points for item in items) >= own.assignment.max_points / 4
    assert len(set(own.family.members.values())) == 12


@EVERY
def test_the_equations_that_a_student_sees_are_those_of_the_truth(own, member):
    item = of(own.paper, member)
    draw = Draw.of(item.truth(np.random.default_rng(9)))
    evaluate = Evaluator(item.exercise, draw)
    for text in item.exercise.network:
        line = parse_line(text, item.exercise)
        for t in range(1, draw.steps + 1):
            got = evaluate(line.expressions[0], {"t": t})
            np.testing.assert_allclose(got, evaluate(line.target, {"t": t}), rtol=1e-12)
    assert set(draw.values) == {s.name for s in item.exercise.symbols}


@EVERY
def test_what_the_package_carries_is_what_the_networks_give(own, member):
    """Otherwise run `python -m autograder.judge.export`."""
    item = of(own.paper, member)
    exported = public_draw(item.exercise.name).plain()["values"]
    fresh = json.loads(json.dumps(export.public_values(item.truth)))["values"]
    assert exported.keys() == fresh.keys()
    for name, value in fresh.items():
        for old, new in zip(_flat(exported[name]), _flat(value), strict=True):
            assert old == pytest.approx(new, rel=1e-11, abs=1e-12)
    code = of(own.code, member)
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


@EVERY
def test_the_package_holds_no_way_to_the_truth_of_a_personal_function(own, member):
    exercise = registry.exercises(own.name)[f"{own.name}.personal_backward/{member}"]
    assert exercise.solve is None
    with pytest.raises(ValueError, match="autograder alone"):
        exercise.truth({})


MOVED = {
    "bptt": (("W_hh", (0, 1)), ("W_ih", (2, 0)), ("alpha", ()), ("h0", (1, 2))),
    "gated": (("W_hh", (0, 1)), ("W_hh", (7, 2)), ("p", (1,)), ("c0", (1, 2))),
}


@EVERY
def test_the_truth_in_code_agrees_with_finite_differences(own, member):
    item = of(own.code, member)
    sizes = {**item.exercise.public_options[0], "T": 3, "B": 2}
    arguments = item.exercise.draw(np.random.default_rng(8), **sizes)
    found = item.exercise.truth(arguments)

    def loss(name, index, by):
        moved = copy.deepcopy(arguments)
        holder = moved if name in moved else moved["params"]
        if index == ():
            holder[name] += by
        else:
            holder[name][index] += by
        return float(item.exercise.truth(moved)["loss"])

    for name, index in MOVED[own.name]:
        slope = (loss(name, index, 1e-6) - loss(name, index, -1e-6)) / 2e-6
        right = float(np.asarray(found[f"d_{name}"])[index])
        assert slope == pytest.approx(right, rel=1e-5, abs=1e-9)


@EACH
def test_the_solution_notebook_answers_the_network_of_the_id_solution(own):
    member = own.family.of("solution")

    def unmarked(name):
        rows = own.cells[name].split("\n")
        return "\n".join(r for r in rows if not r.strip().startswith("### ")).strip()

    assert unmarked("personal-backward") == own.coded(member).strip()
    assert unmarked("personal").endswith(own.derived(member).strip())
    assert unmarked("student") == 'student = "solution"'


@EVERY
def test_every_networks_own_answer_is_right_in_every_form(own, member):
    item = of(own.paper, member)
    for entry in (item.solution, *item.variants):
        text = changed_source(own.derived(member), entry)
        verdict = judge_derivation(item, text, 3)
        assert verdict.outcome is Outcome.RIGHT, (entry.id, verdict)
    code = of(own.code, member)
    assert own.judged(code, own.coded(member)).outcome is Outcome.RIGHT
    for variant in code.variants:
        verdict = own.judged(quick(code), changed_source(own.coded(member), variant))
        assert verdict.outcome is Outcome.RIGHT, (variant.id, verdict)


@EVERY
def test_a_wrong_line_costs_its_step_and_is_known(own, member):
    item = of(own.paper, member)
    assert len({m.id for m in item.mistakes}) == len(item.mistakes) >= 16
    for mistake in item.mistakes:
        text = notebooks.with_line(own.derived(member), mistake.step, mistake.source)
        verdict = judge_derivation(item, text, 5)
        lost = [p.name for p in verdict.parts if p.points < p.max_points]
        assert lost == [mistake.step], mistake.id
        assert set(verdict.mistakes) == {mistake.id} and verdict.answers == ""


NUMBERED = [
    pytest.param(own, number, id=f"{own.name}-{mistake.id}")
    for own in OWN.values()
    for number, mistake in enumerate(own.code.mistakes)
]


@pytest.mark.parametrize(("own", "number"), NUMBERED)
def test_a_wrong_function_loses_marks_and_is_known(own, number):
    """Each mistake for three of the networks here; `autograder verify` takes all twelve."""
    for member in list(own.family.members)[number % 4 :: 4]:
        item = quick(of(own.code, member))
        assert len(item.mistakes) == len(own.code.mistakes)
        mistake = item.mistakes[number]
        verdict = own.judged(item, changed_source(own.coded(member), mistake))
        assert verdict.points < verdict.max_points
        assert set(verdict.mistakes) == {mistake.id}, (member, verdict)
        assert verdict.answers == ""


@EACH
def test_no_networks_answer_is_another_ones(own):
    """Of any pair; and where two lines differ or more, it is known whose answer it is."""
    for one, other in itertools.permutations(own.terms, 2):
        verdict = judge_derivation(of(own.paper, one), own.derived(other), 1)
        assert verdict.points < verdict.max_points, (one, other)
        wrong = [p for p in verdict.parts if p.points < p.max_points]
        if len(wrong) > 1:
            assert verdict.answers == other
            assert own.family.members[other] in verdict.diagnosis
        else:
            assert verdict.answers == "" and wrong[0].hint
        hints = " ".join(p.hint for p in verdict.parts) + verdict.diagnosis
        assert own.family.members[one] in hints or verdict.mistakes


@EACH
def test_no_networks_function_is_another_ones(own):
    """Of any pair, on one case: looking for whose it is has tests of its own."""
    for one, other in itertools.permutations(own.terms, 2):
        item = replace(of(own.code, one), personal=None, cases=own.code.cases[:1])
        verdict = own.judged(item, own.coded(other))
        assert verdict.points < verdict.max_points, (one, other)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("bptt", "leak-tanh-size", "keep-softplus-change"),
        ("bptt", "keep-logistic-size", "keep-tanh-size"),
        ("gated", "input-u-bent", "output-v-bare"),
        ("gated", "forget-v-bare", "forget-v-bent"),
    ],
)
def test_anothers_function_is_named(name, one, other):
    own = OWN[name]
    verdict = own.judged(quick(of(own.code, one)), own.coded(other))
    assert verdict.points == 0 and verdict.answers == other
    assert verdict.mistakes == ()
    members = own.family.members
    assert members[one] in verdict.diagnosis and members[other] in verdict.diagnosis


BOOK = {  # the chapters' own lines, and what of them is the same for everybody
    "bptt": (
        "dh[T] = V.T @ do[T]\ndh[t] = V.T @ do[t] + W.T @ da[t+1]\n"
        "da[t] = (1 - h[t]**2) * dh[t]\ndW = sum(t, da[t] @ h[t-1].T)\n",
        {"dW"},
    ),
    "gated": (
        "dc[t] = v[t] * (1 - tanh(c[t])**2) * dh[t] + u[t+1] * dc[t+1]\n"
        "da_u[t] = c[t-1] * u[t] * (1 - u[t]) * dc[t]\n"
        "da_v[t] = tanh(c[t]) * v[t] * (1 - v[t]) * dh[t]\n"
        "da_g[t] = (1 - g[t]**2) * dc[t]\n",
        {"da_v[t]"},
    ),
}


@EVERY
def test_the_books_own_derivation_fits_nobody(own, member):
    text, same = BOOK[own.name]
    verdict = judge_derivation(of(own.paper, member), text, 2)
    assert {p.name for p in verdict.parts if p.points} <= same


def test_what_is_stored_can_be_read_again():
    arguments = {"x": np.ones((2, 1)), "k": 3, "params": {"a": 0.25, "y": np.array([1, 2])}}
    back = read(json.loads(json.dumps(export.plain(arguments))))
    assert back["k"] == 3 and back["params"]["a"] == 0.25
    assert back["params"]["y"].dtype.kind == "i" and back["x"].shape == (2, 1)
