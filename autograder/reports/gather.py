"""From a course folder to results and pages: verdicts, joined with what graders entered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.assignment import Assignment, WrittenItem
from autograder.gradebook import exchange_secret, files, lateness, notebooks, policies, verdicts
from autograder.gradebook.course import Course
from autograder.gradebook.lateness import Lateness
from autograder.reports import timing
from autograder.reports.class_data import ClassFacts
from autograder.reports.class_report import class_report
from autograder.reports.export import GradeRow, grades
from autograder.reports.feedback import feedback_page
from autograder.reports.results import HandGrade, Result
from autograder.reports.work_time import minutes_at_work
from autograder.similarity.texts import of_course

Advance = Callable[[int, int, str], None]  # done, total, what was just done


@dataclass(frozen=True)
class Gathered:
    """A class's results on an assignment."""

    results: tuple[Result, ...]
    ungraded: tuple[str, ...]  # handed in, and not graded yet
    missing: tuple[str, ...]  # nothing handed in
    excused: tuple[str, ...] = ()  # need not hand in; who did all the same is among the results
    late: Mapping[str, Lateness] = field(default_factory=dict)  # of those who came late


def gather(course: Course, assignment: Assignment, students: Sequence[str] = ()) -> Gathered:
    """Every result there is.

    Args:
        course: the course.
        assignment: the assignment.
        students: only these; all where empty.

    Raises:
        ValueError: where the assignment is not in the gradebook, or a student is nowhere.
        DatabaseError: where the gradebook cannot be read.
    """
    lateness.settle(course, assignment.name, students)
    rows = {row.student: row for row in grades(course, [assignment.name])}
    rules = policies.read(course)
    handed_in = course.students(assignment.name)
    known = sorted({*rows, *handed_in})
    unknown = [name for name in students if name not in known]
    if unknown:
        raise ValueError(f"student {unknown[0]!r} is neither in the gradebook nor in submitted/")
    results, ungraded, missing, excused = [], [], [], []
    late: dict[str, Lateness] = {}
    for student in known:
        if students and student not in students:
            continue
        verdict = verdicts.read(course.verdict_file(assignment, student))
        row = rows.get(student)
        if row is not None and row.excused:
            excused.append(student)
        if verdict is not None and row is not None and row.items:
            name = f"{row.first_name} {row.last_name}".strip()
            hand = _hand(assignment, row)
            said = timing.words(row.lateness, rules.rule(assignment.name), rules.zone)
            results.append(Result(verdict, hand, row.late_penalty, name, said))
            if row.lateness.late:
                late[student] = row.lateness
        elif student in handed_in:
            ungraded.append(student)
        elif student not in excused:
            missing.append(student)
    return Gathered(tuple(results), tuple(ungraded), tuple(missing), tuple(excused), late)


def _hand(assignment: Assignment, row: GradeRow) -> dict[str, HandGrade]:
    held = {item.cell: item for item in row.items}
    entered = {}
    for item in assignment.items:
        grade = held.get(item.cell)
        answer = item.cell if isinstance(item, WrittenItem) else item.answer
        comment = row.comments.get(answer) or row.comments.get(item.cell, "")
        if grade is not None and (grade.manual is not None or grade.extra or comment):
            entered[item.cell] = HandGrade(grade.manual, comment, grade.extra)
    return entered


def write_feedback(
    course: Course, assignment: Assignment, results: Sequence[Result], advance: Advance
) -> list[Path]:
    """Each student's page, where nbgrader keeps feedback: ``feedback/<student>/<assignment>/``."""
    written = []
    for done, result in enumerate(results, start=1):
        try:
            nb = notebooks.read(course.notebook("autograded", assignment, result.student))
        except (OSError, ValueError):
            nb = None
        html = feedback_page(
            nb,
            result.verdict,
            assignment,
            manual=result.hand,
            late_penalty=result.late_penalty,
            timing=result.timing,
            site_url=course.site_url,
            plots=course.feedback_plots,
        )
        folder = course.folder("feedback", assignment.name, result.student)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{assignment.notebook}.html"
        files.write_text(path, html, lasting=False)
        _for_exchange(course, assignment, result.student)
        written.append(path)
        advance(done, len(results), result.student)
    return written


def _for_exchange(course: Course, assignment: Assignment, student: str) -> None:
    """Put beside a page what ``nbgrader release_feedback`` looks for there."""
    exchange_secret.carry_on(course, assignment.name, student, "feedback")
    graded, page = (course.folder(s, assignment.name, student) for s in ("autograded", "feedback"))
    stamp = graded / "timestamp.txt"
    if stamp.is_file():
        files.write_bytes(page / stamp.name, stamp.read_bytes(), lasting=False)


def class_facts(course: Course, assignment: Assignment, gathered: Gathered) -> ClassFacts:
    """What a class report says beside the results: who is near whom, times, who is missing."""
    students = [result.student for result in gathered.results]
    return ClassFacts(
        missing=gathered.missing,
        ungraded=gathered.ungraded,
        excused=gathered.excused,
        late=gathered.late,
        similarity=of_course(course, assignment, students),
        minutes=minutes_at_work(course, assignment, students),
    )


def write_report(
    course: Course,
    assignment: Assignment,
    gathered: Gathered,
    to: Path | None = None,
    facts: ClassFacts | None = None,
) -> Path:
    """The class report, in the course folder's ``reports/`` where ``to`` is None."""
    path = to or course.root / "reports" / f"{assignment.name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = facts or class_facts(course, assignment, gathered)
    html = class_report(gathered.results, assignment, known, site_url=course.site_url)
    files.write_text(path, html)
    return path
