"""Due dates, lateness and what it costs, extensions and excuses: in nbgrader's own columns."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from nbgrader.api import Gradebook

from autograder.gradebook import attempts, clock, grade, handed_in, history, lateness, policies
from autograder.gradebook.attempts import Arrived, Clock
from autograder.gradebook.course import CourseError
from autograder.gradebook.policies import Extension, Policies, Rule
from autograder.reports import timing
from autograder.reports.export import grades

DUE = datetime(2026, 12, 1, 22, 59, tzinfo=UTC)
HOUR, DAY = 3600, 86400
TEN = Rule(percent_per_day=10, days=5)


@pytest.fixture
def submit(course, assignment, stand_ins):
    """Hands in 5 of 10 points at a time, and grades."""

    def handed(student, when, **answers):
        path = stand_ins.hand_in(course, student, **(stand_ins.RIGHT | answers))
        attempts.stamp(path.parent, when)
        grade.grade(course, assignment, sandbox=nullcontext(), judge=stand_ins.judge)

    return handed


def row(course, student):
    return next(r for r in grades(course, ["tiny"]) if r.student == student)


def by_hand(course, student, points):
    with Gradebook(course.db_url, "rnn") as book:
        found = book.find_grade("why", "tiny", "tiny", student)
        found.manual_score, found.needs_manual_grade = points, False
        book.db.commit()


@pytest.mark.parametrize(
    ("rule", "seconds", "points"),
    [
        (TEN, 0, 0),
        (TEN, 1, 0.5),
        (TEN, DAY, 0.5),
        (TEN, DAY + 1, 1.0),
        (TEN, 5 * DAY, 2.5),
        (TEN, 5 * DAY + 1, 5),  # too late for anything
        (replace(TEN, of="max"), DAY, 1.0),
        (replace(TEN, of="max", percent_per_day=60), DAY, 5),  # never more than the score
        (Rule(days=0), 1, 5),
        (Rule(), 9 * DAY, 0),
        (Rule(plugin="nbgrader.plugins.LateSubmissionPlugin"), DAY, 0),
        (Rule(percent_per_day=100), 3 * DAY, 5),
    ],
)
def test_what_lateness_costs(rule, seconds, points):
    assert lateness.penalty(rule, "ada", seconds, 5, 10) == pytest.approx(points)


def test_a_plugin_of_nbgraders_decides(monkeypatch):
    from nbgrader.plugins import LateSubmissionPlugin

    rule = Rule(plugin="nbgrader.plugins.LateSubmissionPlugin")
    monkeypatch.setattr(
        LateSubmissionPlugin,
        "late_submission_penalty",
        lambda self, student, score, seconds: seconds / HOUR * (student == "ada"),
    )
    assert lateness.penalty(rule, "ada", 2 * HOUR, 5, 10) == 2
    assert lateness.penalty(rule, "ada", 9 * HOUR, 5, 10) == 5
    assert lateness.penalty(rule, "ben", 2 * HOUR, 5, 10) == 0
    with pytest.raises(ValueError, match="is no nbgrader"):
        policies.check(Rule(plugin="nbgrader.plugins.Nothing"))


@pytest.mark.parametrize(
    ("after", "late"), [(-1, 0), (0, 0), (900, 0), (901, 901), (2 * DAY, 2 * DAY)]
)
def test_grace_forgives_minutes_and_shortens_nothing(after, late):
    rule = Rule(grace_minutes=15)
    assert lateness.seconds_late(rule, DUE + timedelta(seconds=after), DUE) == late
    assert lateness.seconds_late(rule, None, DUE) == lateness.seconds_late(rule, DUE, None) == 0


def test_grading_enters_the_penalty_in_nbgraders_column(course, submit):
    lateness.set_due(course, "tiny", DUE)
    policies.write(course, Policies(assignments={"tiny": TEN}))
    submit("ada", DUE + timedelta(hours=30))
    submit("ben", DUE - timedelta(hours=30))
    with Gradebook(course.db_url, "rnn") as book:
        ada = book.find_submission("tiny", "ada")
        assert (ada.score, ada.late_submission_penalty) == (5, 1)
        assert ada.total_seconds_late == 30 * HOUR  # nbgrader's own word
        assert book.find_submission("tiny", "ben").notebooks[0].late_submission_penalty is None
    assert (row(course, "ada").points, row(course, "ben").points) == (4, 5)


def test_a_graders_points_a_new_rule_and_a_new_date_change_it(course, submit):
    lateness.set_due(course, "tiny", DUE)
    policies.write(course, Policies(assignments={"tiny": TEN}))
    submit("ada", DUE + timedelta(hours=1))
    by_hand(course, "ada", 5)
    assert lateness.settle(course, "tiny") == 1
    assert row(course, "ada").late_penalty == pytest.approx(1)
    assert lateness.settle(course, "tiny") == 0
    policies.write(course, policies.with_rule(policies.read(course), "tiny", percent_per_day=50))
    assert lateness.settle(course, "tiny") == 1 and row(course, "ada").points == 5
    lateness.set_due(course, "tiny", DUE + timedelta(days=1))
    assert lateness.settle(course, "tiny") == 1 and row(course, "ada").points == 10
    lines = [line for line in history.read(course, "tiny", "ada") if line["event"] == "penalty"]
    assert [(x["before"]["points"], x["after"]["points"]) for x in lines] == [
        (9.5, 9), (9, 5), (5, 10)
    ]  # fmt: skip
    lateness.set_due(course, "tiny", DUE - timedelta(days=1))
    assert lateness.settle(course, "tiny") == 1
    lateness.set_due(course, "tiny", None)
    assert row(course, "ada").late_penalty == 0


def test_without_a_due_date_nothing_is_touched(course, submit):
    submit("ada", DUE)
    with Gradebook(course.db_url, "rnn") as book:
        book.find_submission("tiny", "ada").notebooks[0].late_submission_penalty = 2
        book.db.commit()
    assert lateness.settle(course, "tiny") == 0 and row(course, "ada").points == 3


def test_an_extension_before_and_after_the_hand_in(course, submit):
    lateness.set_due(course, "tiny", DUE)
    extension = Extension(DUE + timedelta(days=3), "ill")
    known = policies.with_extension(Policies(default=TEN), "tiny", "ada", extension)
    policies.write(course, known)
    submit("ada", DUE + timedelta(days=2))
    submit("ben", DUE + timedelta(days=2))
    assert (row(course, "ada").points, row(course, "ben").points) == (5, 4)
    with Gradebook(course.db_url, "rnn") as book:  # nbgrader knows of it
        assert book.find_submission("tiny", "ada").extension == timedelta(days=3)
        book.grant_extension("tiny", "ben", days=1)  # and its own count
    assert lateness.settle(course, "tiny") == 1 and row(course, "ben").points == 4.5
    assert row(course, "ben").lateness.extended
    # a new date for all leaves the ends of extensions where they are
    lateness.set_due(course, "tiny", DUE + timedelta(hours=12))
    lateness.settle(course, "tiny")
    assert row(course, "ben").lateness.due == DUE + timedelta(days=1)
    assert row(course, "ada").lateness.due == DUE + timedelta(days=3)
    policies.write(course, policies.with_extension(policies.read(course), "tiny", "ada", None))
    lateness.take_back(course, "tiny", "ada")
    lateness.settle(course, "tiny")
    assert row(course, "ada").lateness.due == DUE + timedelta(hours=12)


def test_the_excused_are_not_missing(course, assignment, submit):
    from autograder.cli import roster
    from autograder.reports.gather import gather

    roster.enter(course, [{"id": "zoe"}, {"id": "lou"}])
    submit("ada", DUE)
    policies.write(course, policies.with_excuse(Policies(), "tiny", "zoe", "credited"))
    gathered = gather(course, assignment)
    assert (gathered.missing, gathered.excused) == (("lou",), ("zoe",))
    assert row(course, "zoe").status == "excused"
    policies.write(course, policies.with_excuse(policies.read(course), "tiny", "zoe", None))
    assert row(course, "zoe").status == "missing"


@pytest.mark.parametrize(
    ("late", "clock_of", "seconds"),
    [
        ("", Clock.MARKER, 0),
        ("LATE", Clock.MARKER, 901),
        ("", Clock.FILE, 9 * DAY),
        ("", Clock.PLATFORM, 9 * DAY),
    ],
)
def test_where_only_a_marker_tells_of_lateness(late, clock_of, seconds):
    """Canvas's zip has the time of its download, which must cost nobody a point."""
    arrived = Arrived(DUE + timedelta(days=9), clock_of, late)
    rule = Rule(grace_minutes=15)
    held = handed_in.moment(arrived, DUE, rule)
    assert lateness.seconds_late(rule, held, DUE) == seconds
    assert handed_in.moment(arrived, None, rule) == arrived.when


def test_a_marker_follows_the_due_date_until_somebody_says_more(course, assignment, submit):
    policies.write(course, Policies(default=TEN))
    submit("ada", DUE)
    attempt = attempts.current(course, assignment, "ada")
    attempts.retime(attempt, Arrived(DUE + timedelta(days=9), Clock.MARKER, "LATE"))
    lateness.set_due(course, "tiny", DUE)
    handed_in.refresh(course, assignment)
    assert lateness.settle(course, "tiny") == 1 and row(course, "ada").points == 4.5
    handed_in.set_time(course, assignment, "ada", DUE + timedelta(days=3))
    assert lateness.settle(course, "tiny") == 1 and row(course, "ada").points == 3.5
    with pytest.raises(CourseError, match="handed in nothing"):
        handed_in.set_time(course, assignment, "zoe", DUE)


def test_policies_are_kept_and_read_back(course):
    known = Policies("Europe/Vienna", TEN, {"tiny": Rule(counts="best", days=None)})
    known = policies.with_extension(known, "tiny", "ada", Extension(DUE, "ill"))
    known = policies.with_excuse(known, "tiny", "李雷", "")
    policies.write(course, known)
    assert policies.read(course) == known


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ('{"zones": "UTC"}', "none of its settings"),
        ('{"zone": "Mars"}', "no time zone"),
        ('{"default": {"percent_per_day": 200}}', "from 0 to 100"),
        ('{"default": {"counts": "first"}}', "last or best"),
        ('{"default": {"of": "x"}}', "points or max"),
        ('{"default": {"days": -2}}', "from 0 to 3650"),
        ('{"default": {"grace": 5}}', "grace"),
        ('{"extensions": {"tiny": {"ada": {"until": "2026-01-01"}}}}', "has no zone"),
    ],
)
def test_a_file_that_is_not_right_stops_the_command(course, text, words):
    (course.root / policies.FILE).write_text(text)
    with pytest.raises(CourseError, match=words):
        policies.read(course)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-12-01 23:59", "Europe/Vienna", "2026-12-01T22:59:00"),
        ("2026-07-01", "Europe/Vienna", "2026-07-01T21:59:00"),
        ("2026-12-01T12:00-05:00", "Europe/Vienna", "2026-12-01T17:00:00"),
        ("2026-12-01 12:00", "UTC", "2026-12-01T12:00:00"),
    ],
)
def test_times_are_in_the_courses_zone(text, zone, utc):
    assert clock.read(text, zone).isoformat() == f"{utc}+00:00"


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "2026-03-29 02:30", ""])
def test_times_that_are_none(text):
    with pytest.raises(ValueError, match="due: "):
        clock.read(text, "Europe/Vienna", "due")


def test_what_a_student_reads_of_it(course, assignment, submit):
    from autograder.reports.gather import gather, write_feedback

    lateness.set_due(course, "tiny", DUE)
    policies.write(course, Policies("Europe/Vienna", TEN))
    submit("ada", DUE + timedelta(hours=30))
    gathered = gather(course, assignment)
    (page,) = write_feedback(course, assignment, gathered.results, lambda *_: None)
    html = page.read_text()
    assert "Due Tue 1 Dec 2026, 23:59 (Europe/Vienna)." in html
    assert "Handed in Thu 3 Dec 2026, 05:59 (Europe/Vienna): 1 day 6 h late." in html
    assert "2 days were begun, each costs 10 % of the points earned." in html
    assert "1 points were taken off" in html or "1 point was taken off" in html


@pytest.mark.parametrize(
    ("after", "rule", "words"),
    [
        (None, TEN, "Due Tue 1 Dec 2026, 22:59 (UTC)."),
        (-60, TEN, "Handed in Tue 1 Dec 2026, 22:58 (UTC)."),
        (60, Rule(grace_minutes=5), "within the minutes of grace."),
        (6 * DAY, TEN, "nothing is earned later than 5 days after it was due."),
        (60, Rule(days=0), "nothing is earned later than that."),
        (60, Rule(), "(UTC): 1 min late."),
        (60, replace(TEN, of="max"), "1 day was begun, each costs 10 % of all points."),
    ],
)
def test_lateness_in_words(after, rule, words):
    submitted = None if after is None else DUE + timedelta(seconds=after)
    seconds = lateness.seconds_late(rule, submitted, DUE)
    late = lateness.Lateness(submitted, DUE, False, seconds, 0, lateness.is_closed(rule, seconds))
    assert timing.words(late, rule, "UTC").endswith(words)
    assert timing.words(lateness.Lateness(), rule, "UTC") == ""


def test_history_is_added_to_and_survives_a_line_cut_short(course, submit, monkeypatch):
    monkeypatch.setenv(history.WHO, "the examiner")
    submit("ada", DUE, double="half")
    path = course.root / "history/tiny.jsonl"
    before = path.read_bytes()
    (line,) = history.read(course, "tiny", "ada")
    assert (line["event"], line["who"], line["first"]) == ("graded", "the examiner", True)
    path.write_bytes(before + b'{"event": "cut sho')
    submit("ada", DUE)
    assert path.read_bytes().startswith(before)
    first, second = history.read(course, "tiny", "ada")
    assert first == line and not second["first"]
    assert (second["before"]["points"], second["after"]["points"]) == (3, 5)
    assert second["seed"] != line["seed"] or second["run"] != line["run"]
    assert second["before"]["automatic"]["double-check"] == 1
    assert history.read(course, "tiny", "ben") == []
