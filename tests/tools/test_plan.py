"""The thirteen weeks: dates follow from the first Monday, and what is named is there."""

from datetime import date

import pytest

from tools.site.plan import PLAN, assignments, chapters, problems, weeks

SMALL = """
start: 2027-02-01
skip: [2027-02-08]
weeks:
  - lectures: [a/one: first]
    release: bptt
  - lectures: [a/two: second, review]
    due: bptt
"""


def plan(tmp_path, text=SMALL):
    path = tmp_path / "plan.yml"
    path.write_text(text)
    return weeks(path)


def test_dates_follow_from_the_first_monday_and_skip_weeks(tmp_path):
    first, second = plan(tmp_path)
    assert (first.number, first.monday, first.release) == (1, date(2027, 2, 1), "bptt")
    assert (second.number, second.monday, second.deadline) == (
        2,
        date(2027, 2, 15),
        date(2027, 2, 21),
    )
    assert [lecture.chapter for lecture in second.lectures] == ["a/two", ""]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2027-02-01", "2027-02-02", r"start should be a Monday .*; got 2027-02-02"),
        ("[2027-02-08]", "[soon]", "skip should be a Monday .*; got soon"),
        ("    due: bptt", "    due: other", "week 2: other is due before it is released"),
        ("    due: bptt\n", "", "released and never due: bptt"),
        ("[a/one: first]", "[[first]]", r"week 1: a lecture is .*; got \['first'\]"),
        ("    release: bptt", "    realese: bptt", r"week 1: .* not \['realese'\]"),
    ],
)
def test_what_cannot_be_is_named(tmp_path, old, new, said):
    with pytest.raises(ValueError, match=said):
        plan(tmp_path, SMALL.replace(old, new))


def test_what_the_book_has_not_is_named(tmp_path):
    found = problems(plan(tmp_path), ["a/one", "a/three"], ["lstm"])
    assert found == [
        "there is no chapter a/two",
        "the chapter a/three is in no week",
        "there is no assignment bptt",
        "the assignment lstm is in no week",
    ]


def test_the_plan_of_the_book_is_thirteen_weeks_and_leaves_nothing_out():
    found = weeks(PLAN)
    assert len(found) == 13
    assert all(len(week.lectures) == 2 for week in found)
    assert problems(found, chapters(), assignments()) == []


def test_lectures_follow_the_order_of_the_chapters():
    order = {name: i for i, name in enumerate(chapters())}
    places = [order[lec.chapter] for week in weeks(PLAN) for lec in week.lectures if lec.chapter]
    assert places == sorted(places)
