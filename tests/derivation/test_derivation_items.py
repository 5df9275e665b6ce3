"""The derivations of the assignment: mistakes known, variants accepted, draws up to date."""

import json

import numpy as np
import pytest

from autograder.assignment import DerivationItem
from autograder.assignments import load, names
from autograder.assignments.bptt.derivations import ITEMS as BPTT
from autograder.judge.catalogue import changed_source, solution_cells
from autograder.judge.derivation import judge_derivation
from autograder.judge.export import public_values
from autograder.verdict import Outcome
from rnncourse.derivation import parse_line
from rnncourse.derivation.algebra import Evaluator
from rnncourse.derivation.exercises import public_draw
from rnncourse.derivation.judge import judge
from rnncourse.derivation.values import Draw

# a personal item stands for the reference network here; verify goes through all of them
ITEMS = [i for name in names() for i in load(name).items if isinstance(i, DerivationItem)]
SOLUTIONS = {  # by the exercise's name, which the first line gives
    source.split()[1]: source.partition("\n")[2]
    for name in names()
    for source in solution_cells(load(name)).values()
    if source.startswith("%%derivation")
}
MISTAKES = [pytest.param(i, m, id=f"{i.answer}-{m.id}-{m.step}") for i in ITEMS for m in i.mistakes]
VARIANTS = [pytest.param(i, v, id=f"{i.answer}-{v.id}") for i in ITEMS for v in i.variants]


def solved(item):
    """The solution's text."""
    return SOLUTIONS[item.exercise.name.partition("/")[0]]


def test_there_are_enough_of_both():
    assert len(MISTAKES) >= 18 and len(VARIANTS) >= 6
    for item in ITEMS:
        ids = [m.id for m in item.mistakes]
        assert len(set(ids)) == len(ids)
        hints = [(m.step, m.hint) for m in item.mistakes]
        assert len(set(hints)) == len(hints) and all(m.hint for m in item.mistakes)


@pytest.mark.parametrize("item", ITEMS, ids=lambda i: i.answer)
def test_the_solution_gets_all_points_and_nothing_gets_none(item):
    right = judge_derivation(item, solved(item), seed=11)
    assert right.outcome is Outcome.RIGHT and right.points == right.max_points == item.max_points
    empty = judge_derivation(item, "# YOUR CODE HERE\nraise NotImplementedError()", seed=11)
    assert empty.outcome is Outcome.MISSING and empty.points == 0
    assert set(item.points) == {s.target for s in item.exercise.steps if not s.optional}


@pytest.mark.parametrize(("item", "variant"), VARIANTS)
def test_a_variant_gets_full_marks(item, variant):
    verdict = judge_derivation(item, changed_source(solved(item), variant), seed=5)
    assert verdict.outcome is Outcome.RIGHT, verdict
    assert verdict.points == item.max_points and verdict.diagnosis == ""


@pytest.mark.parametrize(("item", "mistake"), MISTAKES)
def test_a_mistake_costs_its_step_and_earns_its_hint(item, mistake):
    for seed in (2, 3):
        verdict = judge_derivation(item, with_line(item, mistake.source), seed)
        lost = [p for p in verdict.parts if p.points < p.max_points]
        assert [p.name for p in lost] == [mistake.step]
        assert (lost[0].points, lost[0].mistake, lost[0].hint) == (0, mistake.id, mistake.hint)
        assert lost[0].diagnosis
        assert verdict.points == item.max_points - item.points[mistake.step]


def with_line(item, source: str) -> str:
    """The solution with one step's line, or chain, replaced."""
    target = source.split("=")[0].strip()
    kept, skipping = [], False
    for line in solved(item).splitlines():
        first = line.split("=")[0].strip()
        skipping = first == target or (skipping and not first)
        if not skipping:
            kept.append(line)
    return "\n".join([*kept, source])


@pytest.mark.parametrize(("item", "mistake"), MISTAKES)
def test_a_mistake_in_another_form_is_recognised_by_its_value(item, mistake):
    head, _, expression = mistake.source.partition("=")
    other = f"{head} = ((({expression.strip()})) * 2) / 2"
    verdict = judge_derivation(item, with_line(item, other), seed=4)
    assert [p.mistake for p in verdict.parts if p.mistake] == [mistake.id]


def test_the_mistake_in_the_middle_of_a_chain_is_recognised():
    chain = next(i for i in ITEMS if i.answer == "chain")
    good, bad = "V.T @ do[t] + W.T @ da[t+1]", "V.T @ do[t] + W @ da[t+1]"
    part = judge_derivation(chain, f"dh[t] = {good} = {bad} = {good}", seed=1).parts[0]
    assert part.mistake == "W-not-transposed" and "expression 2 of 3" in part.diagnosis


def test_the_same_seed_gives_the_same_verdict_and_another_seed_other_values():
    item = BPTT[0]
    text = with_line(item, "dc = do[T]")
    first, again, other = (judge_derivation(item, text, seed) for seed in (7, 7, 8))
    assert first == again
    assert first.parts[3].diagnosis != other.parts[3].diagnosis  # how far off depends on the draw


def test_the_diagnosis_points_at_the_students_piece():
    verdict = judge_derivation(BPTT[0], "dh[t] = Vᵀ · · do[t]\nhello = 3", seed=1)
    part = next(p for p in verdict.parts if p.name == "dh[t]")
    assert "· ▸·◂ do[t]”)" in part.diagnosis
    assert "hello is not a symbol" in verdict.diagnosis


@pytest.mark.parametrize("item", ITEMS, ids=lambda i: i.answer)
def test_the_public_draw_is_what_the_networks_give(item):
    exported = public_draw(item.exercise.name).plain()
    fresh = json.loads(json.dumps(public_values(item.truth)))
    assert exported.keys() == fresh.keys() and exported["sizes"] == fresh["sizes"]
    assert exported["values"].keys() == fresh["values"].keys()
    for name, value in fresh["values"].items():
        for old, new in zip(_arrays(exported["values"][name]), _arrays(value), strict=True):
            np.testing.assert_allclose(old, new, rtol=1e-12, atol=1e-13)


def _arrays(value):
    is_sequence = value[0] is None or isinstance(value[0][0], list)
    return [np.array(v) for v in value if v is not None] if is_sequence else [np.array(value)]


@pytest.mark.parametrize("item", ITEMS, ids=lambda i: i.answer)
def test_the_networks_equations_hold_in_every_draw(item):
    draw = Draw.of(item.truth(np.random.default_rng(9)))
    evaluate = Evaluator(item.exercise, draw)
    assert item.exercise.network
    for text in item.exercise.network:
        line = parse_line(text, item.exercise)
        for t in range(1, draw.steps + 1):
            got = evaluate(line.expressions[0], {"t": t})
            np.testing.assert_allclose(got, evaluate(line.target, {"t": t}), rtol=1e-12)


@pytest.mark.parametrize("item", ITEMS, ids=lambda i: i.answer)
def test_symbols_and_values_are_the_same_and_all_sizes_differ(item):
    draw = Draw.of(item.truth(np.random.default_rng(9)))
    assert set(draw.values) == {s.name for s in item.exercise.symbols}
    assert len({1, draw.steps, *draw.sizes.values()}) == 2 + len(draw.sizes)
    for symbol in item.exercise.symbols:
        value = draw.value(item.exercise, symbol.name, 1 if symbol.is_sequence else None)
        assert (len(value), len(value[0])) == tuple(draw.size(d) for d in symbol.shape)


def test_the_gradients_agree_with_finite_differences():
    # the truth itself, without autograd: nudge b, run the equations, look at the loss
    item = BPTT[0]
    draw = Draw.of(item.truth(np.random.default_rng(3)))
    v = {k: np.array(draw.values[k]) for k in "WUVbc"}
    x, y = draw.values["x"], draw.values["y"]

    def loss(b: np.ndarray) -> float:
        h, total = np.array(draw.values["h"][0]), 0.0
        for t in range(1, draw.steps + 1):
            h = np.tanh(b + v["W"] @ h + v["U"] @ np.array(x[t]))
            o = v["c"] + v["V"] @ h
            total += np.log(np.exp(o).sum()) - float((np.array(y[t]) * o).sum())
        return float(total)

    for k in range(3):
        nudge = np.zeros((3, 1))
        nudge[k] = 1e-6
        slope = (loss(v["b"] + nudge) - loss(v["b"] - nudge)) / 2e-6
        assert slope == pytest.approx(draw.values["db"][k][0], rel=1e-6)


def test_hidden_draws_do_not_reach_the_words():
    # no number of a draw appears in what a student reads, but for how far off a value is
    item = BPTT[0]
    draw = Draw.of(item.truth(np.random.default_rng(1)))
    report = judge(with_line(item, "dc = do[T]"), item.exercise, [draw], item.mistakes)
    shown = report.step("dc").message + report.step("dc").hint
    assert not any(f"{v[0]:.3f}" in shown for v in draw.values["dc"])
