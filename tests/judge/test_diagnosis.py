"""Wrong answers made from a catalogue are tried, told apart and counted."""

import json
from random import Random

import numpy as np
import pytest

from autograder.assignments import load, names
from autograder.diagnosis.__main__ import STORED
from autograder.diagnosis.attempts import ALONE, KINDS, OTHERWISE, Answers
from autograder.diagnosis.measure import NONE, OWN, WRONG, finding
from autograder.diagnosis.rewriting import rewritten
from autograder.judge.catalogue import solution_cells
from autograder.judge.derivation import judge_derivation
from autograder.judge.merging import line_of, merged

BPTT = load("bptt")
CELLS = solution_cells(BPTT)


def test_a_rewritten_function_returns_the_same_in_other_words():
    source = CELLS["backward"]
    spaces = []
    for text in (source, rewritten(source)):
        space = {"np": np}
        exec(CELLS["forward"], space)
        exec(text, space)
        spaces.append(space)
    item = BPTT.item("backward-check")
    arguments = item.exercise.draw(np.random.default_rng(1))
    one, other = (space["rnn_backward"](**arguments) for space in spaces)
    for name, value in one.items():
        np.testing.assert_allclose(other[name], value, rtol=1e-12)
    assert " @ " not in rewritten(source) and "d_a" not in rewritten(source)


@pytest.mark.parametrize("cell", ["backward-check", "truncated-check", "gradients-check"])
def test_pairs_and_rewritten_mistakes_are_named_and_never_misnamed(cell):
    answers = Answers(BPTT, CELLS, 2)
    item = BPTT.item(cell)
    tried = [*answers.two(item, 6, Random(7)), *list(answers.otherwise(item))[::6]]
    found = [finding("bptt", attempt, attempt.judged(3)) for attempt in tried]
    assert len(found) > 7 and {f.kind for f in found} == {"two at once", OTHERWISE}
    assert not [f for f in found if f.result == WRONG]
    assert sum(f.result == OWN for f in found) >= 0.9 * len(found)


def test_two_mistakes_in_one_line_are_merged_where_they_touch_different_places():
    right = "dh[t] = V.T @ do[t] + W.T @ da[t+1]"
    late, turned = right.replace("t+1", "t"), right.replace("W.T", "W")
    both = merged(right, late, turned)
    assert both.replace(" ", "") == "dh[t]=V.T@do[t]+W@da[t]"
    assert merged(right, late, right.replace("t+1", "t-1")) == ""
    assert merged(right, late, right) == ""
    assert merged("a = 0.5 * b + c", "a = 0.5 * d + c", "a = 0.5 * b + e") == "a = 0.5 * d + e"


def test_a_chain_is_the_line_of_its_step():
    text = "dc = do[T]\ndh[t] = V.T @ do[t]  # why\n   = do[t]\ndb = da[T]"
    assert line_of(text, "dh[t]") == "dh[t] = V.T @ do[t] = do[t]" and line_of(text, "dV") == ""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("dh[t] = -(V.T @ do[t] + W @ da[t+1])", "The sign is wrong."),
        ("dh[t] = 3 * (V.T @ do[t] + W @ da[t+1])", "There is a wrong factor."),
    ],
)
def test_a_known_mistake_with_a_factor_is_named(wrong, words):
    item = BPTT.item("chain-check")
    part = judge_derivation(item, wrong, 1).parts[0]
    assert part.mistake == "W-not-transposed" and words in part.hint


def test_what_the_appendix_shows_is_good_enough_and_up_to_date():
    """Otherwise mend the catalogue, and run `python -m autograder.diagnosis --store`."""
    stored = json.loads(STORED.read_text("utf-8"))
    assert stored and set(stored) <= set(names())
    for name, found in stored.items():
        cells = {i.cell for i in load(name).items if hasattr(i, "mistakes")}
        assert set(found["items"]) == cells
        for kind in KINDS:
            counts = [k[kind] for k in found["items"].values() if kind in k]
            named, none, wrong = (sum(c.get(r, 0) for c in counts) for r in (OWN, NONE, WRONG))
            assert wrong == 0, (name, kind)
            assert kind != ALONE or named >= 0.95 * (named + none), name
