import json

import pytest

from autograder.cli import demo
from autograder.reports.results import Result
from autograder.sample import Submission
from autograder.verdict import Incident, Outcome, SubmissionVerdict, Verdict

CHEAT = Incident("opened-gradebook", "tries to open the gradebook", cheat=True)


def outcome(points=4.0, incidents=()):
    item = Verdict("forward-check", "Forward", Outcome.PARTLY, points, 4)
    return [Result(SubmissionVerdict("s", "bptt", 1, (item,), incidents))]


def wanted(points=4.0, named=(), cheat=False):
    return [Submission("s", "label", "", b"", {"forward-check": points}, named, cheat)]


def test_what_must_come_out_is_no_surprise():
    assert demo.surprises(outcome(), wanted()) == []
    named = wanted(0.0, ("opened-gradebook",), True)
    assert demo.surprises(outcome(0.0, (CHEAT,)), named) == []


@pytest.mark.parametrize(
    ("results", "sample", "words"),
    [
        (outcome(4.0), wanted(0.0), "got 4.0 at forward-check, not 0"),
        (outcome(0.0), wanted(0.0, ("opened-gradebook",), True), "not named for opened-gradebook"),
        (outcome(0.0), wanted(0.0, (), True), "is not taken for a cheat"),
        (outcome(4.0, (CHEAT,)), wanted(), "is taken for a cheat"),
        ([], wanted(), "has no result"),
    ],
)
def test_what_comes_out_otherwise_is_told(results, sample, words):
    assert words in " ".join(demo.surprises(results, sample))


def test_an_earlier_demo_is_replaced_only_by_force(run, tmp_path):
    (tmp_path / "course.json").write_text(json.dumps({"course_id": "demo"}))
    result = run("demo", "-c", tmp_path)
    assert result.exit_code == 2
    assert "--force" in result.stderr
    demo._clear(tmp_path, force=True)
    assert not tmp_path.exists()


@pytest.mark.parametrize("content", ['{"course_id": "rnn-2026"}', "{", "[]", None])
def test_nothing_else_is_ever_taken_away(run, tmp_path, content):
    (tmp_path / "thesis.txt").write_text("dear")
    if content is not None:
        (tmp_path / "course.json").write_text(content)
    result = run("demo", "-c", tmp_path, "--force")
    assert result.exit_code == 2
    assert "no demo's folder" in result.stderr
    assert (tmp_path / "thesis.txt").read_text() == "dear"
