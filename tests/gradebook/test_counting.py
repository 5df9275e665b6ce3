"""Which attempt counts, and that none is lost."""

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.gradebook import attempts, counting, history, lateness, policies
from autograder.gradebook.collect import collect
from autograder.gradebook.policies import Policies, Rule
from autograder.reports.export import grades

DUE = datetime(2026, 12, 1, 22, 59, tzinfo=UTC)


@pytest.fixture
def hand_in(course, assignment, stand_ins, tmp_path):
    """A student's hand-in as the exchange's ``inbound`` has it: with its time."""
    inbound = tmp_path / "inbound"

    def handed(student, when, **answers):
        name = f"{student}+tiny+{when:%Y-%m-%d %H:%M:%S.%f} UTC+{abs(hash(when)):x}"
        (inbound / name).mkdir(parents=True)
        nb = stand_ins.answer(course, **answers)
        (inbound / name / "tiny.ipynb").write_text(nbformat.writes(nb))

    handed.collect = lambda: collect(course, assignment, inbound, any_owner=True)
    return handed


@pytest.fixture
def graded(course, assignment, stand_ins):
    calls = []

    def judge(nb, *args, **options):
        calls.append(options["student"])
        return stand_ins.judge(nb, *args, **options)

    def run(**options):
        calls.clear()
        return counting.grade(course, assignment, sandbox=nullcontext(), judge=judge, **options)

    run.calls = calls
    return run


def points(course, student="ada"):
    return next(r for r in grades(course, ["tiny"]) if r.student == student).points


@pytest.fixture
def three(hand_in, stand_ins):
    """Ada: 5 points in time, 1 a day late, 3 two days late. Ben: one."""
    right = stand_ins.RIGHT
    hand_in("ada", DUE - timedelta(hours=1), **right)
    hand_in("ada", DUE + timedelta(hours=20), **(right | {"double": "half", "steps": "x"}))
    hand_in("ada", DUE + timedelta(hours=40), **(right | {"steps": "x"}))
    hand_in("ben", DUE, **right)
    return hand_in


def test_the_last_counts_and_all_are_kept(course, assignment, three, graded):
    done = three.collect()
    assert not done.refused and [t.student for t in done.taken] == ["ada", "ben"]
    kept = attempts.kept(course, assignment, "ada")
    assert [a.number for a in kept] == [1, 2, 3]
    assert [a.arrived.when for a in kept] == [DUE + timedelta(hours=h) for h in (-1, 20, 40)]
    graded()
    assert points(course) == 3 and graded.calls == ["ada", "ben"]
    again = three.collect()
    assert all(t.unchanged for t in again.taken)
    assert len(attempts.kept(course, assignment, "ada")) == 3


def test_an_older_hand_in_that_is_found_later_does_not_count(
    course, assignment, hand_in, stand_ins
):
    hand_in("ada", DUE, **stand_ins.RIGHT)
    hand_in.collect()
    hand_in("ada", DUE - timedelta(days=1), double="half")
    (one,) = hand_in.collect().taken
    assert one.unchanged
    assert attempts.current(course, assignment, "ada").arrived.when == DUE
    assert len(attempts.kept(course, assignment, "ada")) == 2


def test_the_best_counts_and_each_is_judged_once(course, assignment, three, graded):
    policies.write(course, Policies(assignments={"tiny": Rule(counts="best")}))
    three.collect()
    verdicts = graded()
    assert points(course) == 5
    assert [v.points for v in verdicts] == [5, 5]
    assert sorted(graded.calls) == ["ada", "ada", "ada", "ben"]
    assert attempts.current(course, assignment, "ada").number == 1
    stamp = (course.root / "submitted/ada/tiny/timestamp.txt").read_text()
    assert stamp.startswith("2026-12-01 21:59:00")
    again = graded()
    assert graded.calls == [] and points(course) == 5
    assert all("resumed" in verdict.extra for verdict in again)
    three.collect()
    graded()
    assert graded.calls == [] and points(course) == 5
    lines = [x for x in history.read(course, "tiny", "ada") if x["event"] == "best"]
    assert [(x["attempt"], x["of"]) for x in lines] == [(1, 3)]


def test_the_best_is_so_after_its_penalty(course, assignment, hand_in, graded, stand_ins):
    right = stand_ins.RIGHT
    hand_in("ada", DUE, **(right | {"steps": "x"}))  # 3 in time
    hand_in("ada", DUE + timedelta(days=5), **right)  # 5, less half
    hand_in.collect()
    lateness.set_due(course, "tiny", DUE)
    rule = Rule(counts="best", percent_per_day=10)
    policies.write(course, Policies(assignments={"tiny": rule}))
    graded()
    assert points(course) == 3
    policies.write(course, Policies(assignments={"tiny": Rule(counts="best", percent_per_day=1)}))
    graded()
    assert points(course) == pytest.approx(4.75) and graded.calls == []


def test_points_by_hand_come_back_with_their_attempt(
    course, assignment, hand_in, graded, stand_ins
):
    policies.write(course, Policies(default=Rule(counts="best")))
    hand_in("ada", DUE, **stand_ins.RIGHT)
    hand_in.collect()
    graded()
    with Gradebook(course.db_url, "rnn") as book:
        row = book.find_grade("why", "tiny", "tiny", "ada")
        row.manual_score, row.extra_credit, row.needs_manual_grade = 4, 0.5, False
        book.find_comment("why", "tiny", "tiny", "ada").manual_comment = "well said"
        book.db.commit()
    hand_in("ada", DUE + timedelta(hours=1), **(stand_ins.RIGHT | {"why": "Another answer."}))
    hand_in.collect()
    graded()
    assert points(course) == 9.5
    with Gradebook(course.db_url, "rnn") as book:
        row = book.find_grade("why", "tiny", "tiny", "ada")
        assert (row.manual_score, row.extra_credit, row.needs_manual_grade) == (4, 0.5, False)
        comment = book.find_comment("why", "tiny", "tiny", "ada")
        assert comment.manual_comment == "well said"


def test_what_is_kept_already_is_not_written_again(course, assignment, three, graded):
    policies.write(course, Policies(default=Rule(counts="best")))
    three.collect()
    graded()

    def files():
        kept = (course.root / "attempts").rglob("*.*")
        return {path: path.stat().st_ino for path in kept if path.is_file()}

    before = files()
    assert sum(path.name == "verdict.json" for path in before) == 4
    graded()
    assert files() == before
    with Gradebook(course.db_url, "rnn") as book:
        book.find_grade("why", "tiny", "tiny", "ben").manual_score = 1
        book.db.commit()
    graded()
    (changed,) = (path for path, inode in files().items() if inode != before[path])
    assert changed.name == "result.json" and "ben" in changed.parts
    assert json.loads(changed.read_text())["by_hand"]["why"][0] == 1


def test_a_run_that_stops_between_attempts_is_finished_by_the_next(
    course, assignment, three, graded, monkeypatch
):
    policies.write(course, Policies(default=Rule(counts="best")))
    three.collect()
    keep = counting._place
    monkeypatch.setattr(counting, "_place", lambda *a: keep(*a) and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        graded()
    monkeypatch.setattr(counting, "_place", keep)
    graded()
    assert points(course) == 5
    assert len(attempts.kept(course, assignment, "ada")) == 3
    assert attempts.current(course, assignment, "ada").number == 1


def test_what_nbgrader_put_there_is_kept(course, assignment, graded, stand_ins):
    path = stand_ins.hand_in(course, "ada", **stand_ins.RIGHT)
    attempts.stamp(path.parent, DUE)
    (path.parent / "attempt.json").write_text('{"number": 99}')  # a student's own, of no use
    graded()
    (attempt,) = attempts.kept(course, assignment, "ada")
    assert attempt.arrived.when == DUE and attempt.number == 1
    assert attempt.notebook.read_bytes() == path.read_bytes()
    assert sorted(p.name for p in attempt.folder.iterdir()) == ["attempt.json", "tiny.ipynb"]
