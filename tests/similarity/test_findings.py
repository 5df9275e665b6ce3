"""Honest students are left alone, and a copied submission is found in every disguise."""

import re
from pathlib import Path

import disguise
import made_class
import numpy as np
import pytest

from autograder.assignment import CodeItem
from autograder.assignments import load
from autograder.similarity.evidence import Answer
from autograder.similarity.findings import compare
from rnncourse.checks import registry
from rnncourse.checks.check import examine_code

STUBS = {
    "forward": "def rnn_forward(params, x, y, h0):\n    raise NotImplementedError()",
    "backward": "def rnn_backward(params, x, y, h0):\n    raise NotImplementedError()",
    "truncated": "def truncated_gradients(params, x, y, h0, k):\n    raise NotImplementedError()",
}
RELEASED = {cell: Answer(source) for cell, source in STUBS.items()}


def honest():
    """Eight right answers, each written on its own: by student, by cell."""
    text = (Path(__file__).parent / "honest.txt").read_text("utf-8")
    parts = re.split(r"^#### (\d) (\w+)\n", text, flags=re.M)[1:]
    found = {}
    for number, cell, source in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        found.setdefault(f"honest-{number}", {})[cell] = source
    return found


HONEST = honest()
MADE = {f"made-{n:03d}": made_class.student(n) for n in range(40)}


def answers(sources):
    return {s: {c: Answer(text) for c, text in cells.items()} for s, cells in sources.items()}


def copied(cells, how, seed=1):
    rng = disguise.seeded(seed)
    return {cell: disguise.DISGUISES[how](source, rng) for cell, source in cells.items()}


@pytest.mark.parametrize("student", HONEST)
def test_the_honest_are_right(student):  # a false alarm on wrong answers would say nothing
    space = {"np": np}
    for cell, source in HONEST[student].items():
        exec(compile(source, cell, "exec"), space)
        exercise = registry.find(f"bptt.{cell}")
        assert examine_code(exercise, space[exercise.function]).passed, cell


@pytest.mark.parametrize("sources", [HONEST, HONEST | MADE], ids=["few", "many"])
def test_who_write_for_themselves_are_not_named(sources):
    found = compare(answers(sources), RELEASED)
    assert found.compared == len(sources)
    assert found.pairs == ()


@pytest.mark.parametrize(
    ("how", "sources"),
    [*((how, HONEST) for how in disguise.DISGUISES), ("all of it", HONEST | MADE)],
)
def test_a_copied_submission_is_found(sources, how):
    everybody = sources | {"copier": copied(HONEST["honest-3"], how)}
    (pair,) = compare(answers(everybody), RELEASED).pairs
    assert pair.students == ("copier", "honest-3")
    assert pair.whole and pair.share > 0.9
    assert {c.cell for c in pair.cells} == set(STUBS)


def test_one_function_word_for_word_is_found():
    everybody = {s: dict(cells) for s, cells in (HONEST | MADE).items()}
    everybody["honest-1"]["backward"] = everybody["honest-3"]["backward"]
    (pair,) = compare(answers(everybody), RELEASED).pairs
    assert pair.students == ("honest-1", "honest-3") and not pair.whole
    (cell,) = pair.cells
    assert (cell.cell, cell.verbatim) == ("backward", 1.0)


def test_the_evidence_shows_where():
    everybody = answers(HONEST | {"copier": copied(HONEST["honest-8"], "renamed")})
    (pair,) = compare(everybody, RELEASED).pairs
    cell = next(c for c in pair.cells if c.cell == "backward")
    assert any("np.concatenate" in line.text and line.same for line in cell.right)
    assert not any(line.same for line in cell.right if not line.text.strip())
    assert cell.verbatim < 0.95 < cell.share
    assert 0.5 * cell.of < cell.tokens <= cell.of


def test_three_who_copy_are_one_cluster():
    everybody = answers(HONEST | {f"copier-{n}": HONEST["honest-5"] for n in (1, 2)})
    assert compare(everybody, RELEASED).clusters == (("copier-1", "copier-2", "honest-5"),)


def test_what_was_released_weighs_nothing():
    given = HONEST["honest-3"]["backward"]
    same = {f"s{n}": {"backward": given} for n in range(3)} | HONEST
    assert compare(answers(same), {"backward": Answer(given)}).pairs == ()


def test_what_everybody_writes_weighs_nothing():
    same = {f"s{n}": HONEST["honest-3"] for n in range(9)}
    assert compare(answers(same), RELEASED).pairs == ()


def test_in_a_class_of_three_nothing_is_rare():
    same = {f"s{n}": HONEST["honest-3"] for n in range(3)}
    assert compare(answers(same), RELEASED).pairs == ()


def test_the_solution_in_another_dress_is_named():
    rest = {s: c for s, c in HONEST.items() if s != "honest-3"}
    everybody = answers(rest | {"copier": copied(HONEST["honest-3"], "all of it")})
    solution = {"": {c: (Answer(s),) for c, s in HONEST["honest-3"].items()}}
    (near,) = compare(everybody, RELEASED, {"the solution": solution}).references
    assert (near.students, near.reference) == (("copier",), "the solution")
    assert near.whole


def test_copied_prose_is_found_and_the_question_is_none():
    question = "Now explain the figure in your own words, with numbers that you read from it."
    texts = [
        "The gradient shrinks by a factor of two every step because tanh is flat far out.",
        "With a radius of 1.6 nothing is lost, since the slopes just make up for the weights.",
        "Cutting after ten steps hurts only where the curve is still high at lag ten.",
        "Each step multiplies by the transpose and by the slopes, so small radii die out soon.",
        "I would train with windows of ten steps for the first two networks and no other.",
    ]
    own = {f"s{n}": {"why": Answer(f"{question}\n\n{t}", prose=True)} for n, t in enumerate(texts)}
    released = {"why": Answer(question, prose=True)}
    assert compare(own, released).pairs == ()
    long = " ".join(texts)
    own["copier"] = {"why": Answer(f"{long} And that is all.", prose=True)}
    own["source"] = {"why": Answer(f"As I see it:\n\n{long}", prose=True)}
    assert compare(own, released).pairs[0].students == ("copier", "source")


def test_the_catalogues_other_ways_give_no_false_alarm():
    for item in load("bptt").items:
        if isinstance(item, CodeItem):
            sources = {v.id: {item.answer: v.source} for v in item.variants if v.source}
            assert compare(answers(sources), {}).pairs == (), item.answer
