import dataclasses
import json
import os
from contextlib import nullcontext

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.gradebook import grade as module
from autograder.gradebook import verdicts
from autograder.gradebook.course import CourseError
from autograder.gradebook.record import record
from autograder.verdict import Outcome


@pytest.fixture
def grade(course, assignment, stand_ins):
    def run(**options):
        options.setdefault("judge", stand_ins.judge)
        options.setdefault("workers", 2)
        return module.grade(course, assignment, sandbox=nullcontext(), **options)

    return run


@pytest.fixture
def hand_in(course, stand_ins):
    return lambda student, nb=None, **answers: stand_ins.hand_in(course, student, nb, **answers)


def rows(course, student):
    with Gradebook(course.db_url, "rnn") as gradebook:
        found = gradebook.find_submission_notebook("tiny", "tiny", student)
        grades = {g.name: g.to_dict() for g in found.grades}
        comments = {c.name: c.to_dict() for c in found.comments}
        return grades, comments, found.score


def autograded(course, student):
    return nbformat.read(course.root / f"autograded/{student}/tiny/tiny.ipynb", as_version=4)


def test_marks_comments_and_notebook(course, grade, hand_in, stand_ins):
    hand_in("ada", **stand_ins.RIGHT)
    hand_in("ben", double="half", why="Linear.")
    seen = []
    done = grade(progress=lambda *step: seen.append(step))
    assert [v.student for v in done] == ["ada", "ben"] and not any(v.problem for v in done)
    assert sorted(step[:2] for step in seen) == [(1, 2), (2, 2)]
    grades, comments, score = rows(course, "ada")
    assert score == 5
    assert {n: (g["auto_score"], g["needs_manual_grade"]) for n, g in grades.items()} == {
        "double-check": (3, False), "steps-check": (2, False), "why": (None, True),
    }  # fmt: skip
    grades, comments, score = rows(course, "ben")
    assert score == 1 and grades["steps-check"]["auto_score"] == 0
    assert "half of what it should be" in comments["double"]["auto_comment"]
    assert "Twice, not once." in comments["double"]["auto_comment"]
    assert "It is wrong." in comments["steps"]["auto_comment"]
    assert comments["why"]["auto_comment"] is None
    nb = autograded(course, "ben")
    check = next(
        c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "double-check"
    )
    assert "1 of 3 points" in check.outputs[0].text
    assert nb.metadata.autograder.seed == done[1].seed


def test_the_verdict_file_gives_the_verdict_back(course, assignment, grade, hand_in):
    hand_in("ben", double="half")
    (done,) = grade()
    assert verdicts.read(course.verdict_file(assignment, "ben")) == done
    assert verdicts.loads(verdicts.dumps(done)) == done
    assert verdicts.read(course.root / "nowhere") is None


def test_a_blank_written_answer_needs_no_person(course, grade, hand_in):
    hand_in("ada", double="half")
    (done,) = grade()
    assert done.verdicts[-1].outcome is Outcome.MISSING
    grades, comments, _ = rows(course, "ada")
    assert grades["why"]["auto_score"] == 0 and not grades["why"]["needs_manual_grade"]
    assert "Nothing was written" in comments["why"]["auto_comment"]


def test_bad_files_are_reported_and_the_others_graded(course, grade, hand_in, stand_ins):
    hand_in("ada", **stand_ins.RIGHT)
    hand_in("bad", b"{")
    hand_in("empty", b"")
    hand_in("old", b'{"nbformat": 3, "worksheets": []}')
    (course.root / "submitted/gone/tiny").mkdir(parents=True)
    link = hand_in("link", b"")
    link.unlink()
    link.symlink_to(course.root / "submitted/ada/tiny/tiny.ipynb")
    (course.root / "submitted/linked").mkdir()
    (course.root / "submitted/linked/tiny").symlink_to(course.root / "submitted/ada/tiny")
    (course.root / "submitted/whole").symlink_to(course.root / "submitted/ada")
    pipe = hand_in("pipe", b"")
    pipe.unlink()
    os.mkfifo(pipe)
    hand_in("folder", b"").unlink()
    (course.root / "submitted/folder/tiny/tiny.ipynb").mkdir()
    done = {v.student: v for v in grade()}
    assert done["ada"].points == 5
    says = {
        "bad": "no valid JSON", "empty": "empty", "old": "format '3'", "gone": "missing",
        "link": "a link", "linked": "a link", "whole": "a link", "pipe": "not a plain file",
        "folder": "not a plain file",
    }  # fmt: skip
    assert {s: says[s] in v.problem for s, v in done.items() if s != "ada"} == dict.fromkeys(
        says, True
    )
    for student in says:
        grades, comments, score = rows(course, student)
        assert score == 0 and not any(g["needs_manual_grade"] for g in grades.values())
        assert says[student] in comments["double"]["auto_comment"]
        assert autograded(course, student).cells  # the release, so that it can be looked at


def test_a_fault_of_the_grader_spares_the_others_and_is_tried_again(
    course, grade, hand_in, stand_ins
):
    hand_in("ada", **stand_ins.RIGHT)
    hand_in("eve", double="BREAK THE JUDGE")
    hand_in("eva", double="BREAK THE BOX")
    done = {v.student: v for v in grade()}
    assert done["ada"].points == 5
    for student in ("eve", "eva"):
        assert done[student].points == 0 and "grader failed" in done[student].problem
        assert done[student].incidents[0].kind == "judge-failed"
    again = {v.student: "resumed" in v.extra for v in grade()}
    assert again == {"ada": True, "eve": False, "eva": False}


def test_what_is_graded_is_skipped_until_it_changes(course, assignment, grade, hand_in, stand_ins):
    hand_in("ada", **stand_ins.RIGHT)
    (first,) = grade()
    (second,) = grade()
    assert second.extra.pop("resumed") == "yes" and second == first
    (forced,) = grade(force=True)
    assert "resumed" not in forced.extra and forced.seed == first.seed
    hand_in("ada", double="half")
    assert grade()[0].points == 1
    course.verdict_file(assignment, "ada").unlink()
    assert "resumed" not in grade()[0].extra


def test_a_submission_that_the_gradebook_lost_is_graded_again(course, grade, hand_in, stand_ins):
    hand_in("ada", **stand_ins.RIGHT)
    grade()
    with Gradebook(course.db_url, "rnn") as gradebook:
        gradebook.remove_submission("tiny", "ada")
    (again,) = grade()
    assert "resumed" not in again.extra and rows(course, "ada")[2] == 5


def test_a_killed_run_goes_on(course, grade, hand_in, stand_ins):
    for student in ("ada", "ben", "cyd"):
        hand_in(student, **stand_ins.RIGHT)

    def stop(done, total, student):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade(progress=stop, workers=1)
    assert sum("resumed" in v.extra for v in grade()) == 2
    logs = sorted((course.root / "runs").glob("*.jsonl"))
    last = [json.loads(log.read_text().splitlines()[-1]) for log in logs]
    assert [line["stopped_by"] for line in last] == ["KeyboardInterrupt", None]
    assert last[1] == {
        "event": "end", "stopped_by": None, "graded": 1, "skipped": 2, "problems": 0
    }  # fmt: skip


def test_seeds_hang_on_student_and_file_and_are_recorded_and_replayed(
    course, grade, hand_in, stand_ins
):
    hand_in("ada", **stand_ins.RIGHT)
    hand_in("ben", **stand_ins.RIGHT)
    first, ben = grade()
    assert first.seed != ben.seed
    hand_in("ada", double="half")
    second = grade(students=["ada"])[0]
    assert first.seed != second.seed
    (replayed,) = grade(students=["ada"], seed=first.seed)
    assert replayed.seed == first.seed and "resumed" not in replayed.extra
    log = (course.root / "runs" / f"{replayed.extra['run']}.jsonl").read_text().splitlines()
    assert json.loads(log[0])["seed"] == first.seed
    line = json.loads(log[1])
    assert (line["student"], line["seed"], line["points"]) == ("ada", first.seed, 1)
    with pytest.raises(ValueError, match="seed"):
        grade(seed=-1)


def give_by_hand(course, cell, points, comment=None):
    with Gradebook(course.db_url, "rnn") as gradebook:
        row = gradebook.find_grade(cell, "tiny", "tiny", "ada")
        row.manual_score, row.needs_manual_grade = points, False
        answer = {"double-check": "double"}.get(cell, cell)
        gradebook.find_comment(answer, "tiny", "tiny", "ada").manual_comment = comment
        gradebook.db.commit()


def test_hand_grades_stay_with_the_answer_they_were_given_for(course, grade, hand_in, stand_ins):
    hand_in("ada", **stand_ins.RIGHT)
    grade()
    give_by_hand(course, "why", 4, "Well put.")
    hand_in("ada", **{**stand_ins.RIGHT, "double": "half"})
    grade()
    grades, comments, score = rows(course, "ada")
    assert score == 1 + 2 + 4 and not grades["why"]["needs_manual_grade"]
    assert comments["why"]["manual_comment"] == "Well put."
    hand_in("ada", **{**stand_ins.RIGHT, "why": "Something else."})
    (done,) = grade()
    grades, comments, score = rows(course, "ada")
    assert score == 5 and grades["why"]["needs_manual_grade"]
    assert grades["why"]["manual_score"] is None and comments["why"]["manual_comment"] is None
    log = (course.root / "runs" / f"{done.extra['run']}.jsonl").read_text()
    assert "why: 4 points given by hand" in log


def test_overruling_the_judge_is_looked_at_again_when_the_judge_changes(
    course, assignment, grade, hand_in, stand_ins
):
    hand_in("ada", double="half")
    grade()
    give_by_hand(course, "double-check", 2.5)
    (same,) = grade(force=True)
    grades, _, score = rows(course, "ada")
    assert score == 2.5 and not grades["double-check"]["needs_manual_grade"]
    changed = dataclasses.replace(same.verdicts[0], points=0.5)
    record(
        course,
        assignment,
        dataclasses.replace(same, verdicts=(changed, *same.verdicts[1:])),
        autograded(course, "ada"),
    )
    grades, _, score = rows(course, "ada")
    assert score == 2.5 and grades["double-check"]["needs_manual_grade"]


def test_scores_are_reset_before_a_worse_resubmission(course, grade, hand_in, stand_ins):
    hand_in("ada", **stand_ins.RIGHT)
    grade()
    hand_in("ada", b"{")
    grade()
    grades, _, score = rows(course, "ada")
    assert score == 0 and {g["auto_score"] for g in grades.values()} == {0}


@pytest.mark.parametrize("points", [float("nan"), float("inf"), -1, 4])
def test_points_outside_of_the_cells_are_never_written(
    course, assignment, grade, hand_in, stand_ins, points
):
    hand_in("ada", **stand_ins.RIGHT)
    (done,) = grade()
    wrong = dataclasses.replace(done.verdicts[0], points=points)
    spoilt = dataclasses.replace(done, verdicts=(wrong, *done.verdicts[1:]))
    with pytest.raises(ValueError, match="from 0 to 3"):
        record(course, assignment, spoilt, autograded(course, "ada"))
    assert rows(course, "ada")[2] == 5  # rolled back whole
    assert verdicts.read(course.verdict_file(assignment, "ada")) == done


def test_a_verdict_that_cannot_be_written_stops_nobody_else(course, grade, hand_in, stand_ins):
    def generous(nb, assignment, sandbox, *, student, seed):
        nb, verdict = stand_ins.judge(nb, assignment, sandbox, student=student, seed=seed)
        if student == "ada":
            much = dataclasses.replace(verdict.verdicts[0], points=1000.0)
            verdict = dataclasses.replace(verdict, verdicts=(much, *verdict.verdicts[1:]))
        return nb, verdict

    for student in ("ada", "ben"):
        hand_in(student, **stand_ins.RIGHT)
    ada, ben = grade(judge=generous)
    assert (ada.points, ben.points) == (0, 5) and ada.extra["retry"] == "yes"
    assert rows(course, "ada")[2] == 0
    assert grade()[0].points == 5


def test_folders_that_name_no_student_are_passed_over(course, grade, hand_in, stand_ins):
    for name in ("ada", ".hidden", "a\nb", "x" * 200):
        hand_in(name, **stand_ins.RIGHT)
    raw = os.fsencode(course.root / "submitted") + b"/\xff\xfe/tiny"
    os.makedirs(raw)
    assert [v.student for v in grade()] == ["ada"]


def test_an_item_without_a_verdict_gets_nothing(course, grade, hand_in, stand_ins):
    def forgetful(nb, assignment, sandbox, *, student, seed):
        nb, verdict = stand_ins.judge(nb, assignment, sandbox, student=student, seed=seed)
        return nb, dataclasses.replace(verdict, verdicts=verdict.verdicts[1:])

    hand_in("ada", **stand_ins.RIGHT)
    (done,) = grade(judge=forgetful)
    assert done.points == 2 and done.max_points == 10
    assert rows(course, "ada")[0]["double-check"]["auto_score"] == 0


def test_points_of_a_verdict_never_come_from_outputs(course, grade, hand_in, stand_ins):
    def shouting(nb, assignment, sandbox, *, student, seed):
        nb, verdict = stand_ins.judge(nb, assignment, sandbox, student=student, seed=seed)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = [
                    nbformat.v4.new_output("execute_result", data={"text/plain": "3"}),
                    nbformat.v4.new_output("stream", name="stderr", text="a warning"),
                ]
        return nb, verdict

    hand_in("ada", double="wrong")
    grade(judge=shouting)
    assert rows(course, "ada")[2] == 0
    hand_in("ada", **stand_ins.RIGHT)
    grade(judge=shouting)
    assert rows(course, "ada")[2] == 5


def test_incidents_of_intake_and_judge_come_together(course, grade, hand_in, stand_ins):
    nb = stand_ins.answer(course, double="open('gradebook.db')")
    nb.cells[4].metadata.nbgrader.points = 100
    hand_in("eve", nb)
    (done,) = grade()
    assert [(i.kind, i.cheat) for i in done.incidents] == [
        ("edited-points", True), ("opened-gradebook", True)
    ]  # fmt: skip


def test_time_of_handing_in_is_kept(course, grade, hand_in, stand_ins):
    path = hand_in("ada", **stand_ins.RIGHT)
    (path.parent / "timestamp.txt").write_text("2026-05-01 12:00:00 UTC")
    hand_in("ben", **stand_ins.RIGHT)
    (course.root / "submitted/ben/tiny/timestamp.txt").symlink_to("/etc/hostname")
    hand_in("cyd", **stand_ins.RIGHT)
    (course.root / "submitted/cyd/tiny/timestamp.txt").write_text("never\x00")
    grade()
    with Gradebook(course.db_url, "rnn") as gradebook:
        times = {s.student_id: s.timestamp for s in gradebook.assignment_submissions("tiny")}
    assert str(times["ada"]) == "2026-05-01 12:00:00" and times["ben"] is times["cyd"] is None
    assert (course.root / "autograded/ada/tiny/timestamp.txt").exists()
    assert not (course.root / "autograded/ben/tiny/timestamp.txt").exists()


def test_only_the_asked_for_and_only_who_is_there(course, grade, hand_in, stand_ins):
    hand_in("ada", **stand_ins.RIGHT)
    hand_in("ben", **stand_ins.RIGHT)
    assert [v.student for v in grade(students=["ben"])] == ["ben"]
    with pytest.raises(CourseError, match="nothing of cyd"):
        grade(students=["cyd", "ada"])
    with pytest.raises(CourseError, match="nothing of"):
        grade(students=["../source"])


def test_two_runs_at_a_time_are_refused(course, grade, hand_in, stand_ins):
    hand_in("ada", **stand_ins.RIGHT)

    def meanwhile(nb, assignment, sandbox, *, student, seed):
        with pytest.raises(CourseError, match="another grading run"):
            grade()
        return stand_ins.judge(nb, assignment, sandbox, student=student, seed=seed)

    assert grade(judge=meanwhile)[0].points == 5


def test_a_release_that_was_changed_by_hand_is_not_graded_with(course, assignment, grade, hand_in):
    hand_in("ada")
    path = course.notebook("release", assignment)
    path.write_text(path.read_text().replace("tiny.double", "tiny.triple"))
    with pytest.raises(CourseError, match="disagree on double-check"):
        grade()
    path.unlink()
    with pytest.raises(CourseError, match="not released"):
        grade()
