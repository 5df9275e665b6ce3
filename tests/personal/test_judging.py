"""Grading: the network follows from the id of the hand-in; another's answer is known as such."""

import dataclasses

import personal_toy as toy
import pytest

from autograder.assignment import personal
from autograder.assignments import notebooks
from autograder.assignments.verify import verify
from autograder.gradebook import source
from autograder.gradebook.notebooks import grade_id
from autograder.judge.catalogue import Catalogue
from autograder.judge.code import judge_code
from autograder.judge.derivation import judge_derivation
from autograder.judge.personal import typed_id
from autograder.judge.submission import judge_submission
from autograder.sandbox import Sandbox
from autograder.verdict import Outcome

MEMBERS = list(toy.KEEPS)
MINE, TOTAL = toy.ASSIGNMENT.items
CATALOGUE = Catalogue(toy.ASSIGNMENT, {"total": toy.total(toy.FAMILY.reference), "mine": ""})
PAIRS = [(a, b) for a in MEMBERS for b in MEMBERS if a != b]


def of(item, member):
    return toy.ASSIGNMENT.of_student(toy.FAMILY.stand_in(member)).item(item.cell)


def test_every_student_has_one_version_of_each_item():
    for member in MEMBERS:
        for item in (MINE, TOTAL):
            version = of(item, member)
            assert version.member == member
            assert version.exercise.name.endswith(f"/{member}")
            assert version.points == item.points


def test_versions_may_not_differ_in_what_the_gradebook_knows():
    def uneven(member):
        return dataclasses.replace(MINE.personal.versions[member], title=f"of {member}")

    with pytest.raises(ValueError, match="title is"):
        personal(toy.FAMILY, uneven)


@pytest.mark.parametrize("member", MEMBERS)
def test_the_own_answer_is_right(member, in_process):
    assert judge_derivation(of(MINE, member), toy.answer(member), 3).outcome is Outcome.RIGHT
    call = in_process(toy.total(member), "total")
    assert judge_code(of(TOTAL, member), call, 3).outcome is Outcome.RIGHT


@pytest.mark.parametrize(("member", "other"), PAIRS)
def test_anothers_answer_is_recognised(member, other, in_process):
    derived = judge_derivation(of(MINE, member), toy.answer(other), 3)
    call = in_process(toy.total(other), "total")
    coded = judge_code(of(TOTAL, member), call, 3, CATALOGUE.wrong_answers(of(TOTAL, member)))
    for verdict in (derived, coded):
        assert verdict.answers == other
        assert "the answer to another network" in verdict.diagnosis
        assert toy.FAMILY.members[other] in verdict.diagnosis
        assert toy.FAMILY.members[member] in verdict.diagnosis
        assert verdict.points < verdict.max_points and verdict.mistakes == ()
    assert {p.name: p.points for p in derived.parts} == {"ds[T]": 0, "ds[t]": 0, "dP": 1}
    assert coded.points == 0


def test_one_line_of_anothers_answer_beside_a_slip_is_explained():
    text = toy.answer("half").replace("ds[T] = 0.5 * s[T]", "ds[T] = -s[T]")
    verdict = judge_derivation(of(MINE, "whole"), text, 3)
    assert verdict.answers == ""
    assert verdict.mistakes == ("sign",)
    line = next(p for p in verdict.parts if p.name == "ds[t]")
    assert "right for a network that has a sum that keeps half" in line.hint
    assert "Yours has a sum that keeps everything" in line.hint


def test_a_slip_is_a_slip_and_no_other_network(in_process):
    for member in MEMBERS:
        item = of(TOTAL, member)
        for mistake in item.mistakes:
            verdict = judge_code(item, _called(item, mistake), 3, CATALOGUE.wrong_answers(item))
            assert set(verdict.mistakes) == {mistake.id} and verdict.answers == ""


def _called(item, mistake):
    from autograder.sandbox import CallReply

    function = CATALOGUE.function(item, mistake)
    return lambda arguments: CallReply(value=function(*arguments))


# ------------------------------------------------------------------------- the id in the notebook


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ('student = "ab12"', "ab12"),
        ("# my id\nstudent = 'ab12'  # yes", "ab12"),
        ('student = ""', ""),
        ("student = str(12)", ""),
        ("student = 12", ""),
        ("student = ", ""),
        ("student == 'ab'", ""),
        ("import os; os._exit(1)", ""),
        ("student = " + "(" * 900 + "'a'" + ")" * 900, ""),
        ("student = '" + "a" * 3000 + "'", ""),
        ("student = 'a'\nstudent = 'b'", "b"),
        ("student = '\\ud800'", "\ud800"),
    ],
)
def test_the_typed_id_is_read_and_never_run(cell, read):
    assert typed_id(toy.notebook({"student": cell})) == read


def test_a_notebook_without_the_cell_has_no_typed_id():
    nb = toy.notebook({})
    nb.cells = [cell for cell in nb.cells if grade_id(cell) != "student"]
    assert typed_id(nb) == ""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox((), toy.ASSIGNMENT.limits) as opened:
        yield opened


def graded(sandbox, student, typed, member):
    """The verdict on a notebook handed in by ``student``, with an id and a member's answers."""
    sources = {
        "student": f"student = {typed!r}",
        "mine": toy.answer(member),
        "total": toy.total(member),
    }
    nb = toy.notebook(sources)
    return judge_submission(
        nb, toy.ASSIGNMENT, sandbox, student=student, seed=5, catalogue=CATALOGUE
    )[1]


@pytest.mark.sandbox
def test_the_id_of_the_hand_in_counts_and_a_typo_is_told_kindly(sandbox):
    student, wrong = (toy.FAMILY.stand_in(m) for m in ("whole", "half"))
    verdict = graded(sandbox, student, wrong, "half")
    mine = verdict.verdicts[0]
    assert mine.points == 1
    assert f"“{wrong}”" in mine.diagnosis and "Correct the id" in mine.diagnosis
    (note,) = verdict.incidents
    assert note.kind == "other-student-id" and not note.cheat
    assert wrong in note.message and student in note.message


@pytest.mark.sandbox
def test_the_right_answer_under_a_mistyped_id_gets_everything(sandbox):
    student, wrong = (toy.FAMILY.stand_in(m) for m in ("whole", "half"))
    verdict = graded(sandbox, student, wrong, "whole")
    assert verdict.points == verdict.max_points
    assert [v.diagnosis for v in verdict.verdicts] == ["", ""]
    assert [i.kind for i in verdict.incidents] == ["other-student-id"]


@pytest.mark.sandbox
def test_a_neighbours_answer_under_the_own_id_is_a_note_to_the_instructor(sandbox):
    student = toy.FAMILY.stand_in("whole")
    verdict = graded(sandbox, student, student.upper() + " ", "third")
    assert [i.kind for i in verdict.incidents] == ["another-network"] * 2
    assert not any(i.cheat for i in verdict.incidents)
    assert verdict.points == 1  # the line that is the same for all


@pytest.mark.sandbox
@pytest.mark.parametrize("typed", ["", "\u200b", "<b>" * 40, "\ud800\x00"])
def test_an_empty_or_hostile_id_stops_nothing(sandbox, typed):
    student = toy.FAMILY.stand_in("half")
    verdict = graded(sandbox, student, typed, "half")
    assert verdict.points == verdict.max_points
    for note in verdict.incidents:
        assert len(note.message) < 400 and note.message.isprintable()


# ----------------------------------------------------------------------------------- the notebooks


def test_the_release_asks_for_the_id_and_holds_no_answer():
    solution = toy.solution()
    blank = notebooks.blank(solution)
    cells = {grade_id(c): c.source for c in blank.cells}
    assert cells["student"] == 'student = ""'
    source.check_release(solution, blank)
    assert "keep" not in cells["total"] and "raise NotImplementedError()" in cells["total"]


@pytest.mark.parametrize("member", MEMBERS)
def test_the_solution_for_a_student(member):
    student = toy.FAMILY.stand_in(member)
    made = notebooks.for_student(toy.ASSIGNMENT, toy.solution(), student)
    cells = {grade_id(c): c.source for c in made.cells}
    assert cells["student"] == f"student = {student!r}"
    assert cells["mine"] == f"%%derivation toy.mine\n{toy.answer(member)}"
    assert f"keep, s = {toy.KEEPS[member]}" in cells["total"]


# -------------------------------------------------------------------------------------- verifying


@pytest.fixture
def verified(sandbox, monkeypatch):
    import autograder.assignments.verify as verifying

    def run(assignment=toy.ASSIGNMENT):
        monkeypatch.setattr(notebooks, "solution", lambda *_: toy.solution())
        cells = {"total": toy.total(toy.FAMILY.reference)}
        for place in (verifying, __import__("autograder.judge.submission", fromlist=["x"])):
            monkeypatch.setattr(place, "catalogue_of", lambda a: Catalogue(a, cells))
        return verify(assignment, sandbox)

    return run


@pytest.mark.sandbox
def test_verify_goes_through_every_network(verified):
    report = verified()
    assert report.ok, report.problems
    seen = [(e.cell, e.id) for e in report.entries]
    for member in MEMBERS:
        for cell, entries in {
            "mine-check": ("solution", "sign", "squared", "turned"),
            "total-check": ("solution", "start", "late", "dict"),
        }.items():
            for entry in entries:
                assert seen.count((cell, f"{entry} ({member})")) == 1
    assert report.count("network") == 6


@pytest.mark.sandbox
def test_verify_finds_a_version_whose_solution_is_anothers(verified):
    def wrong(member):
        version = MINE.personal.versions[member]
        own = dataclasses.replace(version.solution, source=toy.answer("half"))
        return dataclasses.replace(version, solution=own)

    broken = dataclasses.replace(toy.ASSIGNMENT, items=(personal(toy.FAMILY, wrong), TOTAL))
    report = verified(broken)
    assert any("solution (whole): is right and gets 1 of 4" in p for p in report.problems)
    assert not any("(half)" in p for p in report.problems)
