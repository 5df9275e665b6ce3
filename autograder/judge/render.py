"""A verdict as plain text, to stand below a check cell."""

from autograder.verdict import Outcome, Verdict

MARKS = {True: "✓", False: "✗"}


def verdict_text(verdict: Verdict) -> str:
    """Points, parts, diagnosis and hints of one verdict, a line each."""
    lines = [f"{verdict.title}: {verdict.points:g} of {verdict.max_points:g} points"]
    lines[0] += f" ({verdict.outcome})" if verdict.outcome is not Outcome.RIGHT else ""
    if verdict.diagnosis:
        lines.append(verdict.diagnosis)
    hints = []
    for part in verdict.parts:
        mark = MARKS[part.points >= part.max_points]
        said = f"  {part.diagnosis}" if part.diagnosis else ""
        lines.append(f"{mark} {part.name} {part.points:g}/{part.max_points:g}{said}")
        if part.hint and part.hint not in hints:
            hints.append(part.hint)
    lines += [f"Hint: {hint}" for hint in hints]
    return "\n".join(lines)
