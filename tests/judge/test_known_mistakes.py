"""Mistakes and variants are made from the solution's own text."""

import numpy as np
import pytest

from autograder.assignment import Assignment, CodeItem, HiddenCase, Mistake
from autograder.judge.catalogue import Catalogue, catalogue_of, changed_source, solution_cells


def test_an_edit_that_does_not_fit_any_more_is_an_error():
    mistake = Mistake("old", "hint", edits=(("not there", "x"),))
    with pytest.raises(ValueError, match="not there"):
        changed_source("s = 1", mistake)


def test_edits_are_applied_in_order_and_a_source_stands_for_all():
    assert changed_source("a b", Mistake("m", "", edits=(("a", "b"), ("b b", "c")))) == "c"
    assert changed_source("a b", Mistake("m", "", source="new")) == "new"


def test_a_mistake_returns_what_its_text_says(catalogue, item):
    answer = catalogue.wrong_answers(item)
    arguments = {"params": {"a": 0.5}, "x": np.ones((2, 1))}
    assert answer(item.mistakes[0], arguments)["s"].ravel().tolist() == [1.0, 0.5]
    assert answer(item.mistakes[1], arguments)["s"].ravel().tolist() == [1.0, 2.0]


def test_a_mistake_that_raises_is_known_by_its_exception(item, solution):
    mistake = Mistake("raises", "", edits=(("s[t]", "s[t + 9]"),))
    answer = wrong_answers_of(item, solution, mistake)
    raised = answer(mistake, {"params": {"a": 0.5}, "x": np.ones((2, 1))})
    assert raised.name == "IndexError" and "out of bounds" in raised.message


def wrong_answers_of(item, solution, mistake):
    changed = CodeItem(**{**vars(item), "mistakes": (mistake,)})
    asked = Assignment("leaky", "Leaky", "leaky", (changed,))
    return Catalogue(asked, {"leaky": solution}).wrong_answers(changed)


def test_a_mistake_may_call_earlier_answers_and_magics_are_left_out(item):
    first = CodeItem(**{**vars(item), "cell": "one-check", "answer": "one"})
    second = CodeItem(
        **{**vars(item), "mistakes": (Mistake("twice", "", edits=(("1 *", "2 *"),)),)}
    )
    asked = Assignment("leaky", "Leaky", "leaky", (first, second))
    cells = {
        "one": "%matplotlib inline\ndef helper(x):\n    return x, x.sum()",
        "figure": "raise RuntimeError('not run')",
        "leaky": "def leaky(params, x):\n    return helper(1 * x)",
    }
    answer = Catalogue(asked, cells).wrong_answers(second)
    assert answer(second.mistakes[0], {"params": {}, "x": np.ones((1, 1))})["total"] == 2.0


def test_the_arguments_are_not_changed(catalogue, item):
    arguments = {"params": {"a": 0.5}, "x": np.ones((2, 1))}
    catalogue.wrong_answers(item)(item.mistakes[0], arguments)
    assert np.array_equal(arguments["x"], np.ones((2, 1)))


def test_a_solution_that_is_not_there_is_an_error(assignment, tmp_path):
    with pytest.raises(ValueError, match="no solution"):
        solution_cells(assignment, tmp_path)


def test_an_assignment_without_mistakes_needs_no_solution():
    item = CodeItem("c", "a", "t", None, {}, (HiddenCase("one"),))
    assert catalogue_of(Assignment("nowhere", "", "nowhere", (item,)))


def test_cells_are_read_from_the_solutions_text(assignment, tmp_path):
    (tmp_path / "leaky").mkdir()
    (tmp_path / "leaky/leaky.md").write_text(
        "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n"
        "kernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n\n"
        "# Title\n\n"
        '```{code-cell} ipython3\n---\nnbgrader: {"grade_id": "leaky", "solution": true}\n---\n'
        "x = 1\n```\n"
    )
    assert solution_cells(assignment, tmp_path) == {"leaky": "x = 1"}
