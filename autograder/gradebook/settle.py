"""The last word on a submission: the judge's, made whole, or one for what could not be judged."""

from dataclasses import replace

from autograder.assignment import Assignment, WrittenItem
from autograder.gradebook.sanitize import Sanitized
from autograder.gradebook.words import shown
from autograder.verdict import Incident, Outcome, SubmissionVerdict, Verdict


def settle(
    verdict: SubmissionVerdict, assignment: Assignment, sanitized: Sanitized
) -> SubmissionVerdict:
    """The judge's verdict with the notes of intake, and a word on every item.

    An item without a verdict gets nothing. A written answer that was left blank needs no person's
    look.
    """
    judged = {v.cell: v for v in verdict.verdicts}
    settled = []
    for item in assignment.items:
        found = judged.get(item.cell)
        if isinstance(item, WrittenItem) and item.cell in sanitized.blank:
            found = _nothing(item.cell, item.title, item.max_points, "Nothing was written.")
        elif found is None:
            found = _nothing(item.cell, item.title, item.max_points, "This item was not judged.")
        settled.append(found)
    return replace(
        verdict,
        verdicts=tuple(settled),
        incidents=(*sanitized.incidents, *verdict.incidents),
    )


def unusable(assignment: Assignment, student: str, seed: int, problem: str) -> SubmissionVerdict:
    """A verdict on what could not be read: no points, and why."""
    incidents = (Incident("unreadable", problem),)
    return SubmissionVerdict(
        student, assignment.name, seed, _all_nothing(assignment, problem), incidents, problem
    )


def failed(assignment: Assignment, student: str, seed: int, error: Exception) -> SubmissionVerdict:
    """A verdict where the grader itself failed: no points yet, and a note for the instructor."""
    problem = "The grader failed on this submission; your instructor has been told."
    said = f"The grader failed: {type(error).__name__}: {shown(error, 300)}. Grade it again."
    return SubmissionVerdict(
        student,
        assignment.name,
        seed,
        _all_nothing(assignment, problem),
        (Incident("judge-failed", said),),
        problem,
    )


def _all_nothing(assignment: Assignment, why: str) -> tuple[Verdict, ...]:
    return tuple(_nothing(i.cell, i.title, i.max_points, why) for i in assignment.items)


def _nothing(cell: str, title: str, max_points: float, why: str) -> Verdict:
    return Verdict(cell, title, Outcome.MISSING, 0.0, max_points, diagnosis=why)
