import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.reports import statistics
from autograder.reports.results import HandGrade, ItemResult, Result, number
from autograder.verdict import Incident, Outcome, Part, SubmissionVerdict, Verdict


def result(student, *points, most=4.0, **more):
    verdicts = tuple(
        Verdict(f"c{i}", f"Item {i}", Outcome.RIGHT if p == most else Outcome.PARTLY, p, most)
        for i, p in enumerate(points)
    )
    return Result(SubmissionVerdict(student, "a", 1, verdicts, **more))


def test_facility_is_the_mean_share_of_the_points():
    first, second = statistics.items([result("a", 4, 0), result("b", 1, 2)])
    assert first.facility == pytest.approx(5 / 8)
    assert second.facility == pytest.approx(2 / 8)
    assert (first.full, first.nothing) == (1, 0)
    assert (second.full, second.nothing) == (0, 1)


def test_discrimination_leaves_the_item_itself_out():
    # item 0 falls as the rest rises; counted with itself in the sum it would rise
    points = [(4, 0), (3, 1), (2, 2), (1, 3), (0, 4)]
    first, _ = statistics.items([result(f"s{i}", *p) for i, p in enumerate(points)])
    assert first.discrimination == pytest.approx(-1)


@pytest.mark.parametrize(
    "points",
    [
        [(4, 0)] * (statistics.LEAST - 1),
        [(2, i) for i in range(5)],
        [(2, 2)] * 9,
        [(i,) for i in range(5)],
    ],
    ids=["few", "item alike", "all alike", "no other item"],
)
def test_no_discrimination_where_there_is_none(points):
    first, *_ = statistics.items([result(f"s{i}", *p) for i, p in enumerate(points)])
    assert first.discrimination is None


def test_a_submission_that_never_ran_says_nothing_of_the_items():
    broken = result("b", 0, problem="not a notebook")
    (item,) = statistics.items([result("a", 4), broken])
    assert (item.graded, item.facility) == (1, 1.0)


def test_items_that_wait_for_a_grader_do_not_count_yet():
    waiting = Verdict("m", "Text", Outcome.MANUAL, 0, 5)
    verdicts = (Verdict("c", "Code", Outcome.RIGHT, 4, 4), waiting)
    done = Result(SubmissionVerdict("a", "a", 1, verdicts), {"m": HandGrade(5)})
    code, text = statistics.items([done, Result(SubmissionVerdict("b", "a", 1, verdicts))])
    assert (text.graded, text.pending, text.facility) == (1, 1, 1.0)
    assert code.facility == 1.0


def test_mistakes_count_students_not_parts():
    def made(student, *ids):
        parts = tuple(Part(f"p{i}", 0, 1, "off", f"hint of {m}", m) for i, m in enumerate(ids))
        verdict = Verdict("c", "Code", Outcome.WRONG, 0, 3, parts)
        return Result(SubmissionVerdict(student, "a", 1, (verdict,)))

    rows = statistics.mistakes([made("ada", "late", "late", "sign"), made("ben", "late", None)])
    assert [(r.id, r.students, r.hint) for r in rows] == [
        ("late", ("ada", "ben"), "hint of late"),
        ("sign", ("ada",), "hint of sign"),
    ]


def test_what_the_catalogue_does_not_know_is_counted():
    parts = (Part("a", 0, 1, "off"), Part("b", 0, 1, "off"))
    verdict = Verdict("c", "Code", Outcome.WRONG, 0, 2, parts)
    assert statistics.unrecognised([Result(SubmissionVerdict("a", "a", 1, (verdict,)))]) == 1
    assert statistics.unrecognised([result("b", 4)]) == 0


@given(st.lists(st.floats(0, 40)), st.integers(1, 12))
@settings(derandomize=True, deadline=None)
def test_a_histogram_loses_nobody(values, count):
    classes = statistics.bins(values, 40, count)
    assert sum(n for *_, n in classes) == len(values)
    assert len(classes) == count
    assert classes[-1][1] == pytest.approx(40)


def test_a_histogram_puts_borders_above_and_the_maximum_last():
    assert [n for *_, n in statistics.bins([0, 4, 3.9, 40, 36], 40)] == [
        2,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        2,
    ]


def test_troubles_are_what_a_person_must_look_at():
    wrong = Verdict("c", "Code", Outcome.CRASHED, 0, 4, (), "KeyError")
    slow = Verdict("d", "Slow", Outcome.TIMEOUT, 0, 4)
    assert Result(SubmissionVerdict("a", "a", 1, (wrong,))).troubles == ()
    assert Result(SubmissionVerdict("a", "a", 1, (wrong, slow))).troubles == ("Slow: timed out",)
    noted = SubmissionVerdict("a", "a", 1, (), (Incident("k", "A cell was restored."),), "broken")
    assert Result(noted).troubles == ("broken", "A cell was restored.")


def test_points_count_hand_grades_extra_credit_and_penalty():
    verdicts = (
        Verdict("c", "Code", Outcome.WRONG, 1, 4),
        Verdict("m", "Text", Outcome.MANUAL, 0, 5),
    )
    hand = {"c": HandGrade(None, extra=0.5), "m": HandGrade(3)}
    whole = Result(SubmissionVerdict("a", "a", 1, verdicts), hand, late_penalty=1)
    assert (whole.raw_points, whole.points, whole.pending) == (4.5, 3.5, ())
    assert Result(SubmissionVerdict("a", "a", 1, verdicts), {}, late_penalty=9).points == 0


@pytest.mark.parametrize(
    ("points", "hand", "wanted"),
    [
        (0, None, Outcome.MANUAL),
        (0, 5, Outcome.RIGHT),
        (0, 2, Outcome.PARTLY),
        (0, 0, Outcome.WRONG),
    ],
)
def test_the_outcome_follows_the_graders_points(points, hand, wanted):
    verdict = Verdict("m", "Text", Outcome.MANUAL, points, 5)
    assert ItemResult(verdict, HandGrade(hand)).outcome is wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(3.0, "3"), (2.5, "2.5"), (1 / 3, "0.33"), (10, "10"), (0, "0"), (-0.001, "0"), (-2, "-2")],
)
def test_points_read_as_people_write_them(value, wanted):
    assert number(value) == wanted


def test_forty_tries_of_one_kind_are_one_note():
    tries = tuple(Incident("opened", f"tries path {i}", cheat=True) for i in range(40))
    whole = Result(
        SubmissionVerdict("a", "a", 1, (), (*tries, Incident("note", "A cell was put back.")))
    )
    assert whole.notes(cheat=True) == ("The notebook tries path 0. (39 more of this kind.)",)
    assert whole.notes(cheat=False, subject="Your notebook") == ("A cell was put back.",)


def test_what_repeats_the_problem_is_told_once():
    broken = SubmissionVerdict(
        "a", "a", 1, (), (Incident("unreadable", "It is empty."),), "It is empty."
    )
    assert Result(broken).troubles == ("It is empty.",)
    assert Result(broken).notes(cheat=False) == ()
