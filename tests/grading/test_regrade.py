"""What a second run judges again: what has changed, and nothing else."""

import os
from dataclasses import replace

import pytest

from autograder.assignment import WrittenItem
from autograder.gradebook import grade as module
from autograder.gradebook import verdicts
from autograder.gradebook.course import CourseError
from autograder.grading import fingerprint

CLASS = ["ada", "ben", "cyd"]


@pytest.fixture
def run(course, assignment, hand_in, tmp_path, monkeypatch):
    """Grades, and gives whom a judge was asked about."""
    for student in CLASS:
        hand_in(student)
    log = tmp_path / "judged"
    monkeypatch.setenv("STUB_LOG", str(log))

    def graded(assignment=assignment, **options):
        log.write_text("")
        import stub_judges

        module.grade(course, assignment, judge=stub_judges.judge, sandbox=None, **options)
        return sorted(log.read_text().split())

    assert graded() == CLASS
    return graded


def test_nothing_changed_nothing_judged(run):
    assert run() == []


def test_one_file(run, hand_in):
    hand_in("ben", double="half")
    assert run() == ["ben"]
    assert run() == []


def test_a_file_of_the_same_size_and_time(run, course, assignment):
    path = course.notebook("submitted", assignment, "ben")
    before, raw = path.stat(), path.read_bytes()
    changed = raw.replace(b'"nbformat": 4', b'"nbformat":4 ')
    assert changed != raw and len(changed) == len(raw)
    path.write_bytes(changed)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert run() == ["ben"]


def test_one_items_definition(run, assignment):
    item = replace(assignment.items[0], title="Doubled")
    changed = replace(assignment, items=(item, *assignment.items[1:]))
    assert run(changed) == CLASS
    assert run(changed) == []
    assert run() == CLASS  # and back


def test_a_rubric_counts_for_its_item(run, assignment):
    item = replace(assignment.items[-1], rubric=((5, "names additivity"),))
    assert isinstance(item, WrittenItem)
    assert run(replace(assignment, items=(*assignment.items[:-1], item))) == CLASS


def test_the_grader(run, monkeypatch):
    monkeypatch.setattr(fingerprint, "of_grader", lambda: "another")
    assert run() == CLASS and run() == []


def test_force_judges_all_again_with_the_same_cases(run, course, assignment):
    before = {s: verdicts.read(course.verdict_file(assignment, s)) for s in CLASS}
    assert run(force=True) == CLASS
    after = {s: verdicts.read(course.verdict_file(assignment, s)) for s in CLASS}
    assert {s: v.seed for s, v in before.items()} == {s: v.seed for s, v in after.items()}
    assert len({v.seed for v in after.values()}) == 3


def test_a_verdict_of_an_earlier_version_without_hashes_is_renewed(run, course, assignment):
    path = course.verdict_file(assignment, "ada")
    verdicts.write(path, replace(verdicts.read(path), basis={}))
    assert run() == ["ada"]


def test_the_courses_secret_decides_the_seeds_and_is_nobody_elses(run, course, assignment):
    secret = course.root / "grading.secret"
    assert secret.stat().st_mode & 0o077 == 0
    before = verdicts.read(course.verdict_file(assignment, "ada")).seed
    secret.write_text("00" * 32)
    run(force=True)
    assert verdicts.read(course.verdict_file(assignment, "ada")).seed != before
    secret.write_text("short")
    with pytest.raises(CourseError, match="64 hexadecimal digits"):
        run()
