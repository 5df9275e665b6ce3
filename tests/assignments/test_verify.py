"""`verify` passes the assignment as it is, and catches every way a catalogue can be wrong."""

import dataclasses

import pytest

from autograder.assignment import CodeItem, DerivationItem, Mistake, Variant
from autograder.assignments import load, names, notebooks
from autograder.assignments.verify import limits, verify
from autograder.sandbox import Sandbox

ASSIGNMENT = load("bptt")
pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(ASSIGNMENT.forbidden, limits(ASSIGNMENT)) as opened:
        yield opened


@pytest.mark.parametrize("name", names())
def test_an_assignment_is_graded_as_it_says(name):
    assignment, steps = load(name), []
    with Sandbox(assignment.forbidden, limits(assignment)) as opened:
        report = verify(assignment, opened, lambda *step: steps.append(step))
    assert report.ok, report.problems
    assert report.count("mistake") >= 27
    assert report.count("variant") >= 18
    done, total, _ = steps[-1]
    assert done == total == len(steps)


def with_catalogue(mistakes=(), variants=()):
    """The assignment with a catalogue for one item only, forward, and that another."""
    item = next(i for i in ASSIGNMENT.items if isinstance(i, CodeItem) and i.answer == "forward")
    other = dataclasses.replace(item, mistakes=tuple(mistakes), variants=tuple(variants))
    items = tuple(other if i is item else i for i in ASSIGNMENT.items)
    items = tuple(
        dataclasses.replace(i, mistakes=(), variants=(), personal=None)
        if isinstance(i, CodeItem | DerivationItem) and i is not other
        else i
        for i in items
    )
    return dataclasses.replace(ASSIGNMENT, items=items)


HINT = "Think of the place where it goes wrong, and of the reason."


@pytest.mark.parametrize(
    ("mistakes", "variants", "says"),
    [
        ([Mistake("harmless", HINT, edits=(("loss = 0.0", "loss = 0"),))], [], "loses no marks"),
        ([], [Variant("wrong", edits=(("np.tanh(a)", "a"),))], "is right and gets"),
        (
            [
                Mistake("one", HINT, edits=(("np.tanh(a)", "a"),)),
                Mistake("the same", HINT, edits=(("= np.tanh(a)", "= a + 0"),)),
            ],
            [],
            "is not recognised (recognised: one)",
        ),
        ([Mistake("silent", "", edits=(("np.tanh(a)", "a"),))], [], "has no hint"),
    ],
    ids=["harmless", "wrong variant", "twins", "no hint"],
)
def test_a_bad_catalogue_is_caught(sandbox, mistakes, variants, says):
    report = verify(with_catalogue(mistakes, variants), sandbox)
    assert not report.ok
    assert any(says in problem for problem in report.problems), report.problems


def test_an_edit_that_fits_no_more_is_refused(sandbox):
    stale = Mistake("stale", HINT, edits=(("np.cosh(a)", "a"),))
    with pytest.raises(ValueError, match=r"stale.*np\.cosh"):
        verify(with_catalogue([stale]), sandbox)


def test_a_line_of_a_derivation_is_replaced_with_its_whole_chain():
    text = "a[t] = 1\n= 2\n  = 3\nb = 4"
    assert notebooks.with_line(text, "a[t]", "a[t] = 9") == "a[t] = 9\nb = 4"
    assert notebooks.with_line(text, "c", "c = 5") == text + "\nc = 5"
