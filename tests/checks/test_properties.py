"""Answers of which no one value is right: judged by what must be true of them."""

import numpy as np
import pytest

from autograder.assignments import load
from autograder.judge.code import judge_code
from autograder.sandbox import CallReply
from autograder.verdict import Outcome
from rnncourse.checks import registry
from rnncourse.checks.check import examine
from rnncourse.checks.compare import compare
from rnncourse.checks.properties import measured

EXERCISE = registry.find("longterm.orthogonal")


def haar(n, seeds):
    """Evenly spread, by another way than the assignment's solution: the polar decomposition."""
    found = []
    for seed in seeds:
        U, _, Vt = np.linalg.svd(np.random.default_rng(seed).normal(size=(n, n)))
        found.append(U @ Vt)
    return np.array(found)


def arguments(n=4, count=240, seed=5):
    return EXERCISE.draw(np.random.default_rng(seed), n=n, count=count)


def failing(answer, **options):
    given = arguments(**options)
    found = compare(EXERCISE, EXERCISE.truth(given), answer(**given), given)
    return {finding.output: finding.message for finding in found}


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("n", "count"), [(1, 120), (3, 200), (4, 240), (30, 60)])
def test_a_right_answer_is_never_refused_by_bad_luck(n, count, seed):
    given = EXERCISE.draw(np.random.default_rng(seed), n=n, count=count)
    found = measured(EXERCISE, given, {"Q": haar(**given)})
    assert all(flags.all() for flags in found.values()), found


def test_each_part_is_judged_on_its_own():
    assert failing(haar) == {}
    scaled = failing(lambda n, seeds: 2 * haar(n, seeds))
    assert set(scaled) == {"orthogonal", "even"} and "length 1" in scaled["orthogonal"]
    reflected = failing(lambda n, seeds: haar(n, seeds) * np.sign(haar(n, seeds)[:, :1]))
    assert set(reflected) == {"even"} and "sign" in reflected["even"]
    late = failing(lambda n, seeds: haar(n, range(len(seeds))))
    assert set(late) == {"seeded"} and "twice" in late["seeded"]


def test_what_cannot_be_measured_holds_of_nothing():
    for answer in (
        lambda n, seeds: haar(n, seeds)[0],
        lambda n, seeds: np.full((len(seeds), n, n), np.nan),
        lambda n, seeds: np.zeros((len(seeds), n, n + 1)),
    ):
        assert set(failing(answer)) == {"orthogonal", "even", "seeded"}
    unread = failing(lambda n, seeds: {"q": haar(n, seeds)})
    assert set(unread) == {"orthogonal", "even", "seeded"}
    assert all("Q is not in the returned dictionary" in message for message in unread.values())


def test_the_check_names_the_properties_and_says_which_fails():
    right = examine(EXERCISE.name, haar)
    assert right.passed and [line.name for line in right.lines] == ["orthogonal", "even", "seeded"]
    wrong = examine(EXERCISE.name, lambda n, seeds: [np.eye(n) for _ in seeds])
    said = {line.name: (line.right, line.message) for line in wrong.lines}
    assert said["orthogonal"] == (True, "")
    assert not said["even"][0] and "sign" in said["even"][1]
    assert not said["seeded"][0] and "Different seeds" in said["seeded"][1]


def test_the_judge_awards_properties_whatever_the_draw():
    item = load("longterm").item("orthogonal-check")

    def judged(function, seed):
        return judge_code(item, lambda given: CallReply(value=function(*given)), seed)

    for seed in range(3):
        assert judged(haar, seed).outcome is Outcome.RIGHT
        plain = judged(
            lambda n, seeds: [
                np.linalg.qr(np.random.default_rng(s).normal(size=(n, n)))[0] for s in seeds
            ],
            seed,
        )
        assert {p.name: p.points for p in plain.parts} == {"orthogonal": 2, "even": 0, "seeded": 2}
