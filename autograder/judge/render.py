"""A verdict as plain text, to stand below a check cell."""

from autograder import taught
from autograder.verdict import Outcome, Part, Verdict

MARKS = {True: "✓", False: "✗"}


def verdict_text(verdict: Verdict) -> str:
    """Points, parts, diagnosis and hints of one verdict, a line each."""
    lines = [f"{verdict.title}: {verdict.points:g} of {verdict.max_points:g} points"]
    lines[0] += f" ({verdict.outcome})" if verdict.outcome is not Outcome.RIGHT else ""
    if verdict.diagnosis:
        lines.append(verdict.diagnosis)
    hints: list[str] = []
    for part in verdict.parts:
        mark = MARKS[part.points >= part.max_points]
        said = f"  {part.diagnosis}" if part.diagnosis else ""
        lines.append(f"{mark} {part.name} {part.points:g}/{part.max_points:g}{said}")
        hint = hint_text(part)
        if hint and hint not in hints:
            hints.append(hint)
    lines += [f"Hint: {hint}" for hint in hints]
    return "\n".join(lines)


def hint_text(part: Part) -> str:
    """A part's hint, with the place in the book that explains the mistake."""
    place = taught.place_of(part.taught)
    return " ".join([part.hint, f"The book explains it: {place.words}."] if place else [part.hint])
