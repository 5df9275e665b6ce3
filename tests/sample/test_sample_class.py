"""Every submission of the sample class gets the marks it must get, and the cheats are named."""

import dataclasses
import json

import pytest

from autograder.assignments import load, notebooks
from autograder.sample import sample_class, write
from autograder.sample.people import CLASS, DISHONEST

ASSIGNMENT = load("bptt")
SUBMISSIONS = sample_class()


def test_there_are_enough_of_every_kind():
    assert len(SUBMISSIONS) >= 16
    assert sum(s.cheat for s in SUBMISSIONS) >= 5
    assert len({s.label for s in SUBMISSIONS}) == len(SUBMISSIONS)


def test_a_seed_shuffles_who_is_who_and_the_same_seed_gives_the_same_files():
    shuffled = sample_class(7)
    assert [s.label for s in shuffled] != [s.label for s in SUBMISSIONS]
    assert sorted(s.label for s in shuffled) == sorted(s.label for s in SUBMISSIONS)
    assert [s.content for s in sample_class(7)] == [s.content for s in shuffled]


def test_the_marks_stated_are_possible():
    most = {item.cell: item.max_points for item in ASSIGNMENT.items}
    for person in CLASS:
        assert all(0 <= points <= most[cell] for cell, points in person.points.items())
        assert len(person.points) == len(most) - 1  # all but the explanation


def test_no_submission_carries_the_marks_of_the_solution_regions():
    assert not [s.label for s in SUBMISSIONS if b"BEGIN SOLUTION" in s.content]


def test_the_model_answer_is_in_no_submission():
    assert not [s.label for s in SUBMISSIONS if b"Model answer" in s.content]


def test_written_as_nbgrader_wants_it(tmp_path):
    made = write(tmp_path)
    for submission in made:
        file = tmp_path / submission.student / "bptt" / "bptt.ipynb"
        assert file.read_bytes() == submission.content
        if submission.label == "cut off":
            with pytest.raises(ValueError):
                json.loads(submission.content)
        else:
            assert json.loads(submission.content)["nbformat"] == 4


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Verdicts and incidents by label, through intake, sandbox and judge."""
    from autograder.gradebook import sanitize, submission_file, template
    from autograder.judge.submission import judge_submission
    from autograder.sandbox import Sandbox

    folder = tmp_path_factory.mktemp("submitted")
    released = template.from_notebook(notebooks.blank(notebooks.solution(ASSIGNMENT)))
    limits = dataclasses.replace(ASSIGNMENT.limits, call_seconds=6.0, memory_bytes=768 << 20)
    quick = dataclasses.replace(ASSIGNMENT, limits=limits)
    found = {}
    with Sandbox(quick.forbidden, limits) as sandbox:
        for submission in write(folder):
            path = folder / submission.student / "bptt" / "bptt.ipynb"
            with path.open("rb") as file:
                try:
                    read = submission_file.read(file.fileno())
                except submission_file.UnreadableSubmission:
                    found[submission.label] = None
                    continue
            clean = sanitize.sanitize(read, released)
            _, verdict = judge_submission(
                clean.nb, quick, sandbox, student=submission.student, seed=3
            )
            found[submission.label] = verdict, (*clean.incidents, *verdict.incidents)
    return found


@pytest.mark.sandbox
@pytest.mark.parametrize("submission", SUBMISSIONS, ids=lambda s: s.label)
def test_it_gets_the_marks_it_must_get(judged, submission):
    if submission.label == "cut off":
        assert judged["cut off"] is None
        return
    verdict, _ = judged[submission.label]
    points = {v.cell: v.points for v in verdict.verdicts if v.cell != "explanation"}
    assert points == submission.points, [
        (v.cell, v.outcome, v.diagnosis, [p.diagnosis for p in v.parts]) for v in verdict.verdicts
    ]


@pytest.mark.sandbox
@pytest.mark.parametrize("submission", SUBMISSIONS, ids=lambda s: s.label)
def test_cheats_are_named_and_nobody_else_is(judged, submission):
    if submission.label == "cut off":
        return
    _, incidents = judged[submission.label]
    assert set(submission.named) <= {incident.kind for incident in incidents}
    accused = [incident for incident in incidents if incident.cheat]
    assert bool(accused) == submission.cheat, accused


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("label", "cell", "outcome"),
    [
        ("crashing", "truncated-check", "crashed"),
        ("never ending", "truncated-check", "timed out"),
        ("memory-hungry", "truncated-check", "out of memory"),
        ("half done", "backward-check", "missing"),
        ("blank", "gradients-check", "missing"),
        ("syntax error", "backward-check", "missing"),
        ("no future", "backward-check", "partly right"),
    ],
)
def test_how_an_item_ended_is_told(judged, label, cell, outcome):
    verdict, _ = judged[label]
    assert {v.cell: v.outcome.value for v in verdict.verdicts}[cell] == outcome


@pytest.mark.sandbox
def test_mistakes_are_recognised(judged):
    for person in CLASS:
        if person.starts_blank or not judged[person.label]:
            continue
        verdict, _ = judged[person.label]
        by_cell = {v.cell: v for v in verdict.verdicts}
        for item in ASSIGNMENT.items[:-1]:
            chosen = person.entries.get(item.answer, ())
            wanted = {chosen} if isinstance(chosen, str) else set(chosen)
            wanted &= {mistake.id for mistake in item.mistakes}
            assert wanted <= set(by_cell[item.cell].mistakes), person.label


def test_every_cheat_says_what_it_is():
    assert all(person.named and person.cheat and person.about for person in DISHONEST)
