import csv
import io
import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from nbgrader import api
from sqlalchemy import select

from autograder.gradebook import database
from autograder.gradebook.record import record
from autograder.reports import export, gather
from autograder.verdict import Outcome, SubmissionVerdict, Verdict


def graded(bptt, student, share=1.0, seed=5):
    """A verdict with a share of every item's points."""
    verdicts = []
    for item in bptt.items:
        if hasattr(item, "rubric"):
            verdicts.append(Verdict(item.cell, item.title, Outcome.MANUAL, 0, item.max_points))
        else:
            points = share * item.max_points
            verdicts.append(Verdict(item.cell, item.title, Outcome.PARTLY, points, item.max_points))
    return SubmissionVerdict(student, bptt.name, seed, tuple(verdicts))


@pytest.fixture
def course(released, bptt, submit):
    """ada graded and hand-graded late, ben graded, cy handed in, dee in the class list."""
    when = datetime(2026, 3, 1, 12, 30)
    for student, share in (("ada", 1.0), ("ben", 0.5)):
        nb = submit(released, student)
        record(released, bptt, graded(bptt, student, share), nb, submitted_at=when)
    submit(released, "cy")
    with database.transaction(released.db_url) as session:
        for student in ("cy", "dee"):
            session.add(api.Student(id=student))
        ada = session.get(api.Student, "ada")
        ada.first_name, ada.last_name = "=cmd()", 'L, "x"'
        for notebook in session.scalars(select(api.SubmittedNotebook)):
            if notebook.student.id != "ada":
                continue
            notebook.late_submission_penalty = 2.0
            for grade in notebook.grades:
                if grade.name == "explanation":
                    grade.manual_score, grade.extra_credit = 3.5, 0.5
                    grade.needs_manual_grade = False
            for comment in notebook.comments:
                if comment.name in ("explanation", "backward"):
                    comment.manual_comment = f"on {comment.name}"
    return released


def rows(course):
    return {row.student: row for row in export.grades(course)}


def test_a_row_has_points_penalty_hand_grade_and_status(course):
    found = rows(course)
    ada = found["ada"]
    assert (ada.raw_points, ada.late_penalty, ada.points) == (39.0, 2.0, 37.0)
    assert ada.status == "graded"
    assert ada.submitted == "2026-03-01 12:30:00"
    assert found["ben"].points == 17.5
    assert found["ben"].status == "needs hand grading"
    assert (found["dee"].status, found["dee"].points, found["dee"].max_points) == (
        "missing",
        0.0,
        40.0,
    )


def test_the_sums_are_nbgraders_own(course):
    found = rows(course)
    with api.Gradebook(course.db_url, course.course_id) as book:
        for submission in book.assignment_submissions("bptt"):
            assert found[submission.student.id].raw_points == submission.score
            assert found[submission.student.id].max_points == submission.max_score
            assert found[submission.student.id].late_penalty == submission.late_submission_penalty


def test_csv_is_quoted_guarded_and_has_a_column_for_each_cell(course):
    text = export.to_csv(export.grades(course))
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    ada = next(row for row in table if row["student_id"] == "ada")
    assert ada["first_name"] == "'=cmd()"
    assert ada["last_name"] == 'L, "x"'
    assert ada["bptt/explanation"] == "4"
    assert ada["bptt/backward-check"] == "6"
    assert (ada["automatic_points"], ada["manual_points"]) == ("35", "4")
    dee = next(row for row in table if row["student_id"] == "dee")
    assert dee["bptt/backward-check"] == ""
    assert all(None not in row and len(row) == 16 + 9 for row in table)


def test_json_is_exact(course):
    tree = json.loads(export.dump(export.grades(course)))
    ada = next(row for row in tree if row["student"] == "ada")
    assert ada["first_name"] == "=cmd()"
    assert ada["points"] == 37.0
    item = next(i for i in ada["items"] if i["cell"] == "explanation")
    assert (item["automatic"], item["manual"], item["extra"], item["points"]) == (
        None,
        3.5,
        0.5,
        4.0,
    )


def test_only_the_assignments_that_are_asked_for(course):
    assert len(export.grades(course, ["bptt"])) == 4
    with pytest.raises(ValueError, match="'nope' is not in the gradebook; it has bptt"):
        export.grades(course, ["nope"])


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r=1", "\n=1", "＝1", "|x"]
)
def test_a_formula_gets_an_apostrophe(text):
    assert export.guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ada", "a=b", "o'neil", "1-2", "Ödön"])
def test_other_text_stays(text):
    assert export.guarded(text) == text


@given(st.text())
@hypothesis_settings(derandomize=True, deadline=None)
def test_no_guarded_text_begins_as_a_formula(text):
    shown = export.guarded(text).lstrip(" \t\r\n\u00a0\ufeff\u3000")
    assert shown[:1] not in set("=+-@|%＝＋－＠") or shown == ""


def test_gathering_joins_verdicts_with_what_graders_entered(course, bptt):
    found = gather.gather(course, bptt)
    assert [r.student for r in found.results] == ["ada", "ben"]
    assert (found.ungraded, found.missing) == (("cy",), ("dee",))
    ada, ben = found.results
    assert ada.points == 37.0 and not ada.pending
    assert ada.name == '=cmd() L, "x"'
    assert ada.hand["backward-check"].comment == "on backward"
    assert ada.hand["explanation"].points == 3.5
    assert ben.points == 17.5 and len(ben.pending) == 1


def test_gathering_some_students(course, bptt):
    assert [r.student for r in gather.gather(course, bptt, ["ben"]).results] == ["ben"]
    with pytest.raises(ValueError, match="'zoe' is neither"):
        gather.gather(course, bptt, ["zoe"])


def test_pages_are_written_where_nbgrader_keeps_them(course, bptt):
    seen = []
    found = gather.gather(course, bptt)
    pages = gather.write_feedback(course, bptt, found.results, lambda *step: seen.append(step))
    assert pages[0] == course.root / "feedback" / "ada" / "bptt" / "bptt.html"
    words = pages[0].read_text("utf-8")
    assert "on explanation" in words and "on backward" in words and ">37<" in words
    assert seen == [(1, 2, "ada"), (2, 2, "ben")]
    report = gather.write_report(course, bptt, found)
    assert report == course.root / "reports" / "bptt.html"
    assert "Nothing from" in report.read_text("utf-8")


def test_a_page_needs_no_notebook(course, bptt):
    found = gather.gather(course, bptt, ["ben"])
    course.notebook("autograded", bptt, "ben").unlink()
    (page,) = gather.write_feedback(course, bptt, found.results, lambda *step: None)
    assert ">17.5<" in page.read_text("utf-8")
