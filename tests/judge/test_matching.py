"""Which mistakes are named: one, two at once, what several ways share, or none."""

from types import SimpleNamespace

import numpy as np
import pytest

from autograder.assignment import Mistake
from autograder.judge.catalogue import Failure
from autograder.judge.matching import explain

NAMES = ("x", "y", "z")
EXERCISE = SimpleNamespace(tolerance=1e-8)
TRUTH = {"x": np.array([1.0, 2.0]), "y": np.array([3.0, 4.0]), "z": np.array([5.0, 6.0])}


class Known:
    """Mistakes that add to outputs; two at once add both."""

    def __init__(self, **adds):
        self.adds = adds
        self.mistakes = tuple(Mistake(name, "") for name in adds)
        self.item = SimpleNamespace(
            mistakes=self.mistakes, exercise=EXERCISE, points=dict.fromkeys(NAMES, 1)
        )

    def __call__(self, mistake, arguments):
        answer = dict(TRUTH)
        for name in mistake.id.split("+"):
            if isinstance(self.adds[name], Failure):
                return self.adds[name]
            answer = {k: v + self.adds[name].get(k, 0) for k, v in answer.items()}
        return answer

    def both(self, first, second):
        return Mistake(f"{first.id}+{second.id}", "")

    def named(self, answer):
        """The ids by output for one student's answer."""
        if not isinstance(answer, Failure):
            answer = {k: TRUTH[k] + answer.get(k, 0) for k in NAMES}
        case = SimpleNamespace(arguments={}, truth=TRUTH, answer=answer)
        failed = isinstance(answer, Failure)
        wrong = [k for k in NAMES if failed or not np.array_equal(answer[k], TRUTH[k])]
        found = explain(self.item, [case], wrong, self)
        return {name: tuple(m.id for m in mistakes) for name, mistakes in found.items()}


def test_the_one_mistake_that_explains_everything_is_named():
    known = Known(a={"x": 1}, b={"x": 1, "y": 2})
    assert known.named({"x": 1, "y": 2}) == {"x": ("b",), "y": ("b",)}
    assert known.named({"x": 1}) == {"x": ("a",)}


def test_a_mistake_that_would_make_wrong_what_is_right_is_not_named():
    assert Known(a={"x": 1, "y": 2}).named({"x": 1}) == {}


def test_two_at_once_are_named_where_they_act():
    known = Known(a={"x": 1}, b={"y": 2}, c={"z": 3})
    assert known.named({"x": 1, "y": 2}) == {"x": ("a",), "y": ("b",)}


def test_two_that_act_on_the_same_outputs_are_both_named_each_first_once():
    known = Known(a={"x": 1, "y": 1}, b={"x": 3, "y": 7})
    assert known.named({"x": 4, "y": 8}) == {"x": ("a", "b"), "y": ("b", "a")}


def test_of_several_pairs_only_what_they_share_is_named():
    known = Known(a={"x": 1}, b={"x": 2}, c={"x": 2})
    assert known.named({"x": 3}) == {"x": ("a",)}
    assert Known(a={"x": 1}, b={"x": 4}, c={"x": 2}, d={"x": 3}).named({"x": 5}) == {}


def test_beside_an_unknown_mistake_a_known_one_is_named_where_it_alone_fits():
    known = Known(a={"x": 1}, b={"y": 2}, c={"y": 2, "z": 9})
    assert known.named({"x": 1, "y": 0.5}) == {"x": ("a",)}
    # y is explained by b and by c, so by neither
    assert known.named({"x": 0.5, "y": 2, "z": 1}) == {}


@pytest.mark.parametrize(
    ("failure", "wanted"),
    [
        (Failure("ValueError", "shapes (2,3)\n and (3,2)"), {"a"}),
        (Failure("ValueError", "something else"), set()),
        (Failure("KeyError", "shapes (2,3) and (3,2)"), set()),
    ],
)
def test_an_exception_is_known_by_its_message_and_not_by_its_type_alone(failure, wanted):
    known = Known(a=Failure("ValueError", "shapes (2,3) and (3,2)"), b={"x": 1})
    assert {i for ids in known.named(failure).values() for i in ids} == wanted
